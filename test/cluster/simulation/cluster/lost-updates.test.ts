import { describe, expect, test } from "vitest";
import { lostUpdates } from "../../../../cluster/simulation/cluster/lost-updates.ts";
import type { SimulationOptions } from "../../../../cluster/simulation/simulate.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

function run(options: Partial<SimulationOptions>) {
  return runScenario(lostUpdates, { seeds: [1], minutes: 0.2, ...options });
}

/** By what each is seen; a few of them every time. */
const BUGS = [
  ["merge-overwrites", "lost-updates"],
  ["context-ignored", "siblings"],
  ["fresh-request-id", "siblings"],
].slice(0, isNightly ? 3 : 1) as [string, string][];

describe("the scenario of lost updates", () => {
  test("the last write that wins loses updates, siblings lose none", async () => {
    const { violations, measures } = await run({
      seeds: upTo(isNightly ? 100 : 2),
      minutes: isNightly ? 1 : 0.15,
    });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    const figures = lostUpdates.figures!(measures.counts!);
    expect(figures).toMatchObject({ dvv: { lostUpdates: 0, lostUpdateFraction: 0 } });
    const { lww, dvv } = figures as Record<string, Record<string, number>>;
    expect(dvv!.acknowledgedWrites).toBeGreaterThan(200);
    expect(lww!.lostUpdates).toBeGreaterThan(20);
    expect(lww!.lostUpdateFraction).toBe(lww!.lostUpdates! / lww!.acknowledgedWrites!);
  }, 600_000);

  test("the same seed gives the same digest", async () => {
    const { digest } = await run({ minutes: 0.05 });
    expect((await run({ minutes: 0.05 })).digest).toBe(digest);
    expect((await run({ minutes: 0.05, seeds: [2] })).digest).not.toBe(digest);
  });

  test("of a part of the plan it is not claimed that something is lost", async () => {
    const { violations } = await run({ kept: { faults: [], operations: [0, 1] } });
    expect(violations).toEqual([]);
  });

  test.each(BUGS)("%s is caught by %s", async (planted, checker) => {
    const { violations } = await run({ seeds: [1], minutes: 0.3, planted });
    expect(violations.map((it) => it.checker)).toContain(checker);
  });
});
