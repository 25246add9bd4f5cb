import { describe, expect, test } from "vitest";
import { lostActorState } from "../../../cluster/simulation/siblings/lost-actor-state.ts";
import type { SimulationOptions, SimulationResult } from "../../../cluster/simulation/simulate.ts";
import { isNightly, runScenario, upTo } from "./run-scenario.ts";

function run(options: Partial<SimulationOptions>): Promise<SimulationResult> {
  return runScenario(lostActorState, { seeds: [1], minutes: 0.3, ...options });
}

describe("the scenario of lost actor state", () => {
  test("with epochs no acknowledged write is lost, and no sibling is false", async () => {
    const { violations, faultsByKind, checked, marks } = await run({
      seeds: upTo(isNightly ? 500 : 16),
    });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    expect(faultsByKind["disk-loss"]).toBeGreaterThanOrEqual(16);
    expect(checked["lost-writes"]).toBeGreaterThan(1000);
    expect(Object.keys(marks)).toEqual(
      expect.arrayContaining([
        "a key took an epoch",
        "anti-entropy brought something",
        "epochs crashed",
        "epochs new",
      ]),
    );
  }, 600_000);

  test("without epochs the two writes before the loss, or the one after it, vanish", async () => {
    const { violations } = await run({ seeds: upTo(8), planted: "no-epochs" });
    const seeds = new Set(violations.map(({ seed }) => seed));
    expect(seeds.size).toBeGreaterThanOrEqual(6);
    expect(new Set(violations.map(({ checker }) => checker))).toContain("lost-writes");
  });

  test("a store that answers reads with nothing is caught by its last reads", async () => {
    const { violations } = await run({ planted: "empty-read" });
    expect(violations.map(({ checker }) => checker)).toContain("regular");
  });

  test("the scripted part alone is enough: one lost disk and three writes", async () => {
    const none = { faults: [0], operations: [0, 1, 2] };
    const planted = await run({ seeds: [2], planted: "no-epochs", kept: none });
    expect(planted.violations[0]?.message).toContain('the acknowledged put "s0:');
    expect((await run({ seeds: [2], kept: none })).violations).toEqual([]);
  });
});
