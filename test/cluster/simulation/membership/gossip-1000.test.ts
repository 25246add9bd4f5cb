// What many members cost each other. The thousand run with RINGBENCH_NIGHTLY=1; a hundred always.

import { describe, expect, test } from "vitest";
import {
  measureColdStart,
  measureCrowd,
} from "../../../../cluster/simulation/membership/crowd-run.ts";
import { gossip1000 } from "../../../../cluster/simulation/membership/gossip-1000.ts";
import { Random } from "../../../../workloads/random.ts";
import { isNightly, runScenario } from "../run-scenario.ts";

const CROWD = { members: 100, deaths: 10, detector: "swim", planted: undefined } as const;

describe("a crowd of a hundred", () => {
  test("by swim finds out about joins, changes and deaths within the bounds", async () => {
    const it = await measureCrowd({ ...CROWD, random: new Random(5), afterMs: 30_000 });
    expect(it.joinMs).toBeLessThan(2000);
    expect(it.metaMs).toBeLessThan(2000);
    expect(it.firstSuspectMs).toBeLessThan(4000);
    expect(it.allDeadMaxMs).toBeLessThan(20_000);
    expect(it.falseDeaths).toBe(0);
    expect(it.idleMessages).toBeGreaterThan(1.9);
    expect(it.idleMessages).toBeLessThan(2.5);
  });

  test("by phi accrual too, later and at a higher price", async () => {
    const random = new Random(5);
    const it = await measureCrowd({ ...CROWD, random, detector: "phi", afterMs: 60_000 });
    expect(it.joinMs).toBeLessThan(2000);
    expect(it.allDeadMaxMs).toBeGreaterThan(18_000);
    expect(it.allDeadMaxMs).toBeLessThan(37_000);
    expect(it.falseDeaths).toBe(0);
    expect(it.idleBytes).toBeGreaterThan(500);
  });

  test("that comes all at once knows itself soon", async () => {
    const it = await measureColdStart({ ...CROWD, random: new Random(5) });
    expect(it.mostMs).toBeLessThan(10_000);
    expect(it.allMs).toBeLessThan(90_000);
  });

  test("is seen to be slow when a rumour is told once", async () => {
    const planted = "rumours-once";
    const random = new Random(5);
    const it = await measureCrowd({ ...CROWD, random, planted, afterMs: 1000 });
    expect(it.metaMs).toBeGreaterThan(5000);
  });
});

if (isNightly) {
  describe("the scenario gossip-1000", () => {
    test("holds its claims", async () => {
      const { violations, measures } = await runScenario(gossip1000, { seeds: [1, 2], minutes: 1 });
      expect(violations.map(({ message }) => message)).toEqual([]);
      console.info(JSON.stringify(gossip1000.figures!(measures.counts!), null, 2));
    });

    test.each(gossip1000.bugs)("$name is seen: $description", async ({ name }) => {
      const { violations } = await runScenario(gossip1000, {
        ...{ seeds: [1], minutes: 1, planted: name },
      });
      expect(violations.length).toBeGreaterThan(0);
    });
  });
}
