// A try that comes when the register may have forgotten an earlier one of the same request: it is
// not done, and says so.

import { describe, expect, test } from "vitest";
import { EMPTY_STATE, type RegisterState } from "../../../cluster/consensus/register-state.ts";
import { ONLY_TRY, RegisterRequest, type TryTimes } from "../../../cluster/consensus/request.ts";
import { ClusterError } from "../../../cluster/errors.ts";
import type { NodeProbes } from "../../../cluster/runtime.ts";
import { bytesOf } from "./register-process.ts";
import { SmallCluster } from "./small-cluster.ts";

const NODES = ["n1", "n2", "n3"];
const seed = 1;
/** More than a register remembers. */
const MANY = 1100;
const RETRY = (ageMs: number): TryTimes => ({ ageMs, aloneMs: 0 });
const REFUSED = "CLUSTER_TIMEOUT not-done";

/** What came of the put of "once", as one of client 9. */
async function tryOnce(cluster: SmallCluster, node: string, times: TryTimes): Promise<string> {
  const value = bytesOf("once");
  const id = { client: 9, number: 1 };
  try {
    await cluster.registers(node).put(bytesOf("k")!, value, id, 1000, times);
    return "done";
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    expect(error.message).toContain("read the key");
    return `${error.code} ${error.fate}`;
  }
}

async function write(cluster: SmallCluster, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await cluster.put("n2", "k", `other ${i}`)).toBe("done");
}

describe("a retry", () => {
  test("after more writes than are remembered is refused, and not done again", async () => {
    const world = await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      const beganMs = cluster.world.nowMs;
      expect(await tryOnce(cluster, "n1", ONLY_TRY)).toBe("done");
      await write(cluster, MANY);
      const ageMs = cluster.world.nowMs - beganMs;
      expect(ageMs).toBeLessThan(29_000);
      expect(await tryOnce(cluster, "n3", RETRY(ageMs))).toBe(REFUSED);
      expect(await cluster.get("n3", "k")).toBe(`other ${MANY - 1}`);
    });
    expect(world.probes.marks()["consensus may have forgotten a request"]).toBe(1);
  });

  test("of what was never done is done when nothing so young was forgotten", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      await write(cluster, MANY);
      await cluster.sleep(3000);
      expect(await tryOnce(cluster, "n3", RETRY(1500))).toBe("done");
      expect(await cluster.get("n1", "k")).toBe("once");
    });
  });

  test("of a key with few writes is done however old it is", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      await write(cluster, 31);
      expect(await tryOnce(cluster, "n3", RETRY(86_400_000))).toBe("done");
      expect(await tryOnce(cluster, "n1", RETRY(86_400_000))).toBe("done");
    });
  });
});

describe("a first try", () => {
  test("is done however many writes there were just now", async () => {
    await SmallCluster.run({ seed, nodes: NODES }, async (cluster) => {
      await write(cluster, MANY);
      expect(await tryOnce(cluster, "n3", { ageMs: 0, aloneMs: 1000 })).toBe("done");
    });
  });
});

/** One request on one node, whose clock and states the test makes. */
class Tried {
  nowMs: number;
  readonly request: RegisterRequest;
  readonly #clock = { nowMs: () => this.nowMs, wallMs: () => 1e12 + this.nowMs };
  readonly #probes: NodeProbes = {
    buggify: () => false,
    mark: () => {},
    isPlanted: () => false,
  };

  constructor(times: TryTimes, nowMs = 50_000) {
    this.nowMs = nowMs;
    const change = { kind: "put", id: { client: 9, number: 1 }, value: undefined } as const;
    this.request = new RegisterRequest(change, times, this.nowMs);
  }

  isDoneOn(state: RegisterState): boolean {
    return this.request.applyTo(state, this.#clock, this.#probes) !== undefined;
  }

  /** So many others write now. */
  after(count: number, state: RegisterState = EMPTY_STATE): RegisterState {
    let after = state;
    for (let i = 0; i < count; i++) {
      const id = { client: 1, number: after.decided };
      after = after.written(undefined, id, this.#clock.wallMs());
    }
    return after;
  }
}

describe("a first try that waits for its turn", () => {
  test.each([
    [0, true],
    [749, true],
    [760, false],
    [5000, false],
  ])("%i ms, of a key with many writes since: %s", (waitedMs, isDone) => {
    const tried = new Tried({ ageMs: 0, aloneMs: 1000 });
    tried.nowMs += waitedMs;
    expect(tried.isDoneOn(tried.after(1100))).toBe(isDone);
    expect(tried.isDoneOn(tried.after(1024))).toBe(true);
  });

  test("counts that time to its age when it is a retry", () => {
    const waiting = new Tried(RETRY(1000));
    const state = waiting.after(1100);
    waiting.nowMs += 5000;
    expect(waiting.isDoneOn(state)).toBe(false);
    expect(new Tried(RETRY(1000), waiting.nowMs).isDoneOn(state)).toBe(true);
  });
});

describe("a try that was refused after it had offered its change", () => {
  test("goes on when all is known that came since", () => {
    const tried = new Tried(ONLY_TRY);
    const before = tried.after(1100);
    expect(tried.isDoneOn(before)).toBe(true);
    expect(tried.isDoneOn(tried.after(1024, before))).toBe(true);
    expect(tried.isDoneOn(tried.after(1, before))).toBe(true);
    // The first offer counts, not the last one.
    expect(tried.isDoneOn(tried.after(1025, before))).toBe(false);
  });

  test("does not know what came of it when others are forgotten", async () => {
    const tried = new Tried(ONLY_TRY);
    expect(tried.isDoneOn(EMPTY_STATE)).toBe(true);
    expect(tried.isDoneOn(tried.after(1025))).toBe(false);
    tried.request.endUnknown({ buggify: () => false, mark: () => {}, isPlanted: () => false });
    const expected = { code: "CLUSTER_TIMEOUT", fate: "unknown" };
    await expect(tried.request.answer).rejects.toMatchObject(expected);
  });
});
