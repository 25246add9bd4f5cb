import { describe, expect, test } from "vitest";
import type { Fault } from "../../../cluster/simulation/fault.ts";
import { drawFaults } from "../../../cluster/simulation/nemesis.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { Random } from "../../../workloads/random.ts";

const NODES = ["n1", "n2", "n3", "n4"];
const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss", "disk-loss", "blackout", "clock-jump"] as const),
];

function draw(seed: number, deadMax = 1): Fault[] {
  const settings = { nodes: NODES, chaosMs: 60_000, kinds: KINDS, deadMax, everyMs: 100 };
  return drawFaults(new Random(seed), settings);
}

describe("a schedule of faults", () => {
  test("is the seed's own, and all of it lies within the chaos", () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    for (let seed = 0; seed < 50; seed++) {
      for (const fault of draw(seed)) {
        const forMs = "forMs" in fault ? fault.forMs : 0;
        expect(fault.atMs).toBeGreaterThan(0);
        expect(fault.atMs + forMs).toBeLessThanOrEqual(60_000);
      }
    }
  });

  test("has every kind in some seed, and not every kind in each", () => {
    const kindsOf = (seed: number): Set<string> => new Set(draw(seed).map(({ kind }) => kind));
    const all = new Set<string>();
    let smallest = KINDS.length;
    for (let seed = 0; seed < 30; seed++) {
      const kinds = kindsOf(seed);
      smallest = Math.min(smallest, kinds.size);
      for (const kind of kinds) all.add(kind);
    }
    expect([...all].sort()).toEqual([...KINDS].sort());
    expect(smallest).toBeLessThan(KINDS.length - 2);
  });

  test("takes down no more machines at a time than it may", () => {
    for (let seed = 0; seed < 50; seed++) {
      const deaths = draw(seed).flatMap((fault) =>
        ["kill", "kill-in-write", "power-loss", "disk-loss"].includes(fault.kind) &&
        "forMs" in fault
          ? [{ atMs: fault.atMs, untilMs: fault.atMs + fault.forMs }]
          : [],
      );
      for (const { atMs } of deaths) {
        const down = deaths.filter((it) => it.atMs <= atMs && it.untilMs >= atMs);
        expect(down.length, `seed ${seed}`).toBe(1);
      }
    }
  });
});

describe("faults on the stage", () => {
  test("what is flaky is so on the links of clients as well", async () => {
    const percents = { duplicatePercent: 3, reorderPercent: 5 };
    const faults: Fault[] = [
      { kind: "flaky", atMs: 100, forMs: 100, lossPercent: 10, ...percents },
    ];
    const boot = () => ({ start: async () => {} });
    const world = new World({ random: new Random(1), nodes: NODES, faults, boot });
    world.network.attach("client1", () => true, "plain");
    const seen: number[] = [];
    for (const atMs of [50, 150, 250]) {
      world.scheduler.schedule(atMs * 1000, () => {
        seen.push(world.network.link("client1", "n1").lossPercent);
        seen.push(world.network.link("n1", "client1").lossPercent);
      });
    }
    await world.run(300, 0);
    expect(seen).toEqual([0, 0, 10, 10, 0, 0]);
  });

  test("that overlap take away only what they brought", async () => {
    const percents = { duplicatePercent: 3, reorderPercent: 5 };
    const faults: Fault[] = [
      { kind: "flaky", atMs: 100, forMs: 400, lossPercent: 10, ...percents },
      { kind: "flaky", atMs: 200, forMs: 100, lossPercent: 20, ...percents },
      { kind: "partition", atMs: 100, forMs: 400, group: ["n1"] },
      { kind: "partition", atMs: 200, forMs: 100, group: ["n1", "n3"] },
      { kind: "one-way", atMs: 150, forMs: 300, from: "n1", to: "n2" },
    ];
    const boot = () => ({ start: async () => {} });
    const world = new World({ random: new Random(1), nodes: NODES, faults, boot });
    const link = world.network.link("n1", "n2");
    const seen: number[][] = [];
    for (const atMs of [50, 250, 350, 600]) {
      world.scheduler.schedule(atMs * 1000, () => {
        seen.push([link.lossPercent, link.reorderPercent, link.partitions, link.oneWayCuts]);
      });
    }
    await world.run(1000, 0);
    expect(seen).toEqual([
      [0, 0, 0, 0],
      [30, 10, 2, 1],
      [10, 5, 1, 1],
      [0, 0, 0, 0],
    ]);
  });

  test("a blackout takes all down, and all come back", async () => {
    const starts: string[] = [];
    const world = new World({
      random: new Random(1),
      nodes: NODES,
      faults: [{ kind: "blackout", atMs: 100, forMs: 50 }],
      boot: ({ nodeId, clock }) => ({
        async start() {
          starts.push(`${nodeId} ${clock.nowMs()}`);
        },
      }),
    });
    await world.run(1000, 0);
    expect(starts.slice(4).sort()).toEqual(NODES.map((node) => `${node} 150`));
    // Nothing was written, so that nothing was lost but the processes.
    expect(world.counts.byKind()).toEqual({ kill: 4 });
  });
});
