import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../../cluster/checking/history.ts";
import { type ClientProtocol, startClients } from "../../../cluster/simulation/client.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { Random } from "../../../workloads/random.ts";

const NODES = ["n1", "n2", "n3"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The datagram is the name of the request; whatever comes back is the answer. */
const protocol: ClientProtocol = {
  ask: (request) => ({ datagram: encoder.encode(request), details: { value: null } }),
  answer: (datagram, request) => {
    return decoder.decode(datagram) === request ? { value: request } : undefined;
  },
};

interface Heard {
  readonly node: string;
  readonly request: string;
  readonly atMs: number;
}

interface Run {
  readonly history: readonly HistoryEvent[];
  readonly heard: readonly Heard[];
}

/** It came so soon after another that they may have changed places on the way. */
function isHasty({ atMs }: Heard, i: number, heard: readonly Heard[]): boolean {
  return i > 0 && atMs - heard[i - 1]!.atMs < 10;
}

/** One request, of nodes of which only the n-th that is asked answers. */
async function ask(
  with_: Partial<ClientProtocol>,
  answersAt: number,
  { node, seed = 3 }: { node?: string; seed?: number } = {},
): Promise<Run> {
  const heard: Heard[] = [];
  const world = new World({
    random: new Random(seed),
    nodes: NODES,
    faults: [],
    boot: ({ nodeId, network, clock }) => ({
      async start() {
        network.onDatagram((from, datagram) => {
          heard.push({ node: nodeId, request: decoder.decode(datagram), atMs: clock.nowMs() });
          if (heard.length === answersAt) network.send(from, datagram);
        });
      },
    }),
  });
  const operation = { session: 1, atMs: 10, f: "put", key: "k" } as const;
  const history = startClients(
    world,
    {
      nodes: NODES,
      operations: [node === undefined ? operation : { ...operation, node }],
      closesAtMs: 1e9,
      random: new Random(seed + 1),
    },
    () => ({ ...protocol, ...with_ }),
  );
  await world.run(5000, 0);
  return { history, heard };
}

describe("a client", () => {
  test("without an answer asks another node, under the same name, so many times", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { history, heard } = await ask({ isRepeatable: () => true }, 3, { seed });
      const what = `seed ${seed}`;
      expect(new Set(heard.map(({ request }) => request)), what).toEqual(new Set(["s1:1"]));
      // Those that asked again at once may have asked a fourth time before the answer came.
      expect(heard.length, what).toBeGreaterThanOrEqual(3);
      const byTime = heard.slice(0, 3).map(({ node }) => node);
      if (!heard.some(isHasty))
        for (let i = 1; i < 3; i++) expect(byTime[i]).not.toBe(byTime[i - 1]);
      expect(
        history.map(({ type }) => type),
        what,
      ).toEqual(["invoke", "ok"]);
      expect(history[1]!.node, what).toBe(heard[2]!.node);
    }
  });

  test("gives up in the end, and the outcome is unknown", async () => {
    const { history, heard } = await ask({ isRepeatable: () => true }, 99);
    expect(heard.length).toBe(4);
    expect(history.map(({ type }) => type)).toEqual(["invoke", "info"]);
  });

  test("asks once what must not be done twice, and one node what is for that node", async () => {
    expect((await ask({}, 99)).heard.length).toBe(1);
    const pinned = await ask({ isRepeatable: () => true }, 99, { node: "n2" });
    expect(pinned.heard.map(({ node }) => node)).toEqual(["n2", "n2", "n2", "n2"]);
  });

  test("takes the first answer, also one to an attempt before the last", async () => {
    const { history, heard } = await ask({ isRepeatable: () => true }, 1);
    expect(heard.length).toBe(1);
    expect(history.map(({ type }) => type)).toEqual(["invoke", "ok"]);
  });
});
