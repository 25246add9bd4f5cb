// What a request is told: its value, whether it wrote, who decided, and what is known of it when it
// ends in an error.

import { describe, expect, test } from "vitest";
import { encodeOther } from "../../../cluster/consensus/codec.ts";
import { MessageKind } from "../../../cluster/consensus/messages.ts";
import { bytesOf, textOf } from "./register-process.ts";
import { SmallCluster } from "./small-cluster.ts";

const NODES = ["n1", "n2", "n3"];
const seed = 1;
const TIMEOUT_MS = 1000;

async function compareAndSet(
  cluster: SmallCluster,
  node: string,
  [expected, value]: readonly [string | null, string | null],
  number: number,
): Promise<readonly [isSwapped: boolean, value: string | null]> {
  const id = { client: 9, number };
  const registers = cluster.registers(node);
  const answer = await registers.compareAndSet(
    ...([bytesOf("k")!, bytesOf(expected), bytesOf(value), id, TIMEOUT_MS] as const),
  );
  return [answer.isSwapped, textOf(answer.value)];
}

describe("a request", () => {
  test("to compare and set writes when the value is the one expected", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      const steps = [
        ["n1", ["a", "b"], [false, null]],
        ["n2", [null, "a"], [true, "a"]],
        ["n3", [null, "b"], [false, "a"]],
        ["n1", ["a", ""], [true, ""]],
        ["n2", [null, "c"], [false, ""]],
        ["n2", ["", null], [true, null]],
        ["n3", [null, "d"], [true, "d"]],
      ] as const;
      for (const [number, [node, pair, answer]] of steps.entries()) {
        expect(await compareAndSet(cluster, node, pair, number), `step ${number}`).toEqual(answer);
      }
    });
  });

  test("that is tried again by another coordinator is done once", async () => {
    const script = async (cluster: SmallCluster): Promise<void> => {
      expect(await compareAndSet(cluster, "n1", [null, "a"], 1)).toEqual([true, "a"]);
      expect(await compareAndSet(cluster, "n1", ["a", null], 2)).toEqual([true, null]);
      // Its value is expected again, and yet it is not written again.
      expect(await compareAndSet(cluster, "n2", [null, "a"], 1)).toEqual([true, null]);
      expect(await cluster.get("n3", "k")).toBe(null);
    };
    await SmallCluster.run({ seed, nodes: NODES }, script);
    const planted = SmallCluster.run(
      { seed, nodes: NODES, planted: "consensus-retry-twice" },
      script,
    );
    await expect(planted).rejects.toThrow();
  });

  test("names the quorum that decided, also when the coordinator has no vote", async () => {
    const options = { seed, nodes: [...NODES, "n4"], votersOf: () => ({ voters: NODES }) };
    const world = await SmallCluster.run(options, async (cluster) => {
      const put = (number: number) =>
        cluster.registers("n4").put(bytesOf("k")!, bytesOf("a"), { client: 1, number }, TIMEOUT_MS);
      const { answeredBy, isSwapped } = await put(1);
      expect(isSwapped).toBe(true);
      expect(answeredBy.length).toBeGreaterThanOrEqual(2);
      expect(NODES).toEqual(expect.arrayContaining([...answeredBy]));
      cluster.machine("n2").kill();
      expect((await put(2)).answeredBy).toEqual(["n1", "n3"]);
      expect(await cluster.get("n4", "k")).toBe("a");
    });
    expect(world.probes.marks()["consensus read at once"]).toBe(1);
  });

  test("without a majority ends in time, not done where nothing was offered", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      expect(await cluster.put("n1", "k", "a")).toBe("done");
      cluster.machine("n2").kill();
      cluster.machine("n3").kill();
      const beganMs = cluster.world.nowMs;
      // n1 still has the promises for its last change, so that it offers the next at once.
      expect(await cluster.put("n1", "k", "b")).toBe("CLUSTER_TIMEOUT unknown");
      expect(cluster.world.nowMs - beganMs).toBeLessThanOrEqual(TIMEOUT_MS + 1);
      expect(await cluster.put("n1", "k", "c")).toBe("CLUSTER_TIMEOUT not-done");
      expect(await cluster.get("n1", "k")).toBe("CLUSTER_TIMEOUT not-done");
      for (const node of ["n2", "n3"]) await cluster.restart(node);
      // Unknown is unknown: what only n1 has may be done yet, or never.
      expect(["a", "b"]).toContain(await cluster.get("n2", "k"));
      expect(await cluster.put("n3", "k", "d")).toBe("done");
      expect(await cluster.get("n1", "k")).toBe("d");
    });
  });

  test("that cannot be served is refused before anything is sent", async () => {
    const options = { seed, nodes: NODES, votersOf: () => ({ voters: ["n1"] }) };
    await SmallCluster.run(options, async (cluster) => {
      expect(await cluster.get("n1", "k")).toBe("CLUSTER_UNAVAILABLE not-done");
      expect(await cluster.put("n1", "k", "a")).toBe("CLUSTER_UNAVAILABLE not-done");
    });
  });

  test("that is open when the node stops ends then, and none is taken after it", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      expect(await cluster.put("n1", "k", "a")).toBe("done");
      const registers = cluster.registers("n1");
      const open = [
        cluster.put("n1", "k", "b"),
        cluster.get("n1", "k"),
        cluster.put("n1", "l", "b"),
      ];
      registers.stop();
      expect(await Promise.all(open)).toEqual([
        "CLUSTER_CLOSED unknown",
        "CLUSTER_CLOSED not-done",
        "CLUSTER_CLOSED not-done",
      ]);
      expect(await cluster.get("n1", "k")).toBe("CLUSTER_CLOSED not-done");
      registers.receive("n2", encodeOther({ kind: MessageKind.hello, disk: 1 }));
      expect(await cluster.put("n2", "k", "c")).toBe("done");
    });
  });

  test("is not touched by bytes that are no message", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      expect(await cluster.put("n1", "k", "a")).toBe("done");
      for (const bytes of [[], [0], [3, 1], [8, 0, 0, 0], [255, 255, 255]]) {
        const receive = (): void => cluster.registers("n1").receive("n2", new Uint8Array(bytes));
        expect(receive).toThrow(expect.objectContaining({ code: "CLUSTER_MESSAGE" }));
      }
      expect(await cluster.get("n1", "k")).toBe("a");
    });
  });
});
