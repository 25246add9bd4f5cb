import { expect, test } from "vitest";
import type { Fault } from "../../../../cluster/simulation/fault.ts";
import { World } from "../../../../cluster/simulation/world.ts";
import { Random } from "../../../../workloads/random.ts";

const NODES = ["n1", "n2", "n3", "n4", "n5"];

/** Who cannot hear whom while the fault is on, and what is left of it afterwards. */
async function cutsOf(fault: Fault): Promise<{ during: string[]; after: string[] }> {
  const boot = () => ({ start: async () => {} });
  const world = new World({ random: new Random(1), nodes: NODES, faults: [fault], boot });
  const isCut = (a: string, b: string): boolean => {
    const { partitions, cloggedUntilUs } = world.network.link(a, b);
    return partitions > 0 || cloggedUntilUs > world.scheduler.nowUs;
  };
  const cuts = (): string[] =>
    NODES.flatMap((a) => NODES.filter((b) => a < b && isCut(a, b)).map((b) => `${a}-${b}`));
  let during: string[] = [];
  world.scheduler.schedule(150_000, () => {
    during = cuts();
    for (const pair of during) expect(isCut(pair.slice(3), pair.slice(0, 2))).toBe(true);
  });
  await world.run(300, 0);
  return { during, after: cuts() };
}

const SPELL = { atMs: 100, forMs: 100 };

test.each<[string, Fault, string[]]>([
  [
    "a bridge hears both sides",
    { kind: "partition", ...SPELL, group: ["n1", "n2"], bridge: "n5" },
    ["n1-n3", "n1-n4", "n2-n3", "n2-n4"],
  ],
  [
    "in a ring each hears those beside it",
    { kind: "ring", ...SPELL, order: ["n1", "n2", "n3", "n4", "n5"], reach: 1 },
    ["n1-n3", "n1-n4", "n2-n4", "n2-n5", "n3-n5"],
  ],
  [
    "a node that is clogged is so with everybody",
    { kind: "clog-node", ...SPELL, node: "n2" },
    ["n1-n2", "n2-n3", "n2-n4", "n2-n5"],
  ],
])("%s", async (_name, fault, cuts) => {
  expect(await cutsOf(fault)).toEqual({ during: cuts, after: [] });
});

test("a disk that is full refuses what does not fit, until there is room again", async () => {
  const told: string[] = [];
  const world = new World({
    random: new Random(1),
    nodes: ["n1"],
    faults: [{ kind: "full-disk", ...SPELL, node: "n1", freeBytes: 10 }],
    boot: ({ files, timers }) => ({
      async start() {
        const file = files.openSync("/log", "create");
        let at = 0;
        const write = (bytes: number): void => {
          try {
            file.writeSync(new Uint8Array(bytes), 0, bytes, at);
            at += bytes;
            told.push(`${bytes} written`);
          } catch (error) {
            told.push((error as { code: string }).code);
          }
        };
        for (const [delayMs, bytes] of [
          [50, 100],
          [120, 8],
          [130, 8],
          [250, 100],
        ] as const) {
          timers.after(delayMs, () => write(bytes));
        }
      },
    }),
  });
  await world.run(300, 0);
  expect(told).toEqual(["100 written", "8 written", "ENOSPC", "100 written"]);
  expect(world.counts.byKind()).toEqual({ "full-disk": 1 });
});

test("noise arrives, and counts only where somebody hears it", async () => {
  let heard = 0;
  const world = new World({
    random: new Random(1),
    nodes: ["n1", "n2"],
    faults: [
      { kind: "noise", ...SPELL, node: "n1", datagrams: 7 },
      { kind: "noise", ...SPELL, node: "n2", datagrams: 7 },
    ],
    boot: ({ nodeId, network }) => ({
      async start() {
        if (nodeId === "n1") network.onDatagram(() => heard++);
      },
    }),
  });
  await world.run(300, 0);
  expect(heard).toBe(7);
  expect(world.counts.byKind()).toEqual({ noise: 7 });
});
