import { describe, expect, test } from "vitest";
import { lostActorState } from "../../../cluster/simulation/siblings/lost-actor-state.ts";
import type { SimulationOptions, SimulationResult } from "../../../cluster/simulation/simulate.ts";
import { isNightly, runScenario, upTo } from "./run-scenario.ts";

function run(options: Partial<SimulationOptions>): Promise<SimulationResult> {
  return runScenario(lostActorState, { seeds: [1], minutes: 0.2, ...options });
}

describe("the scenario of lost actor state", () => {
  test("with epochs no acknowledged write is lost, and no sibling is false", async () => {
    const { violations, faultsByKind, checked, marks, used, measures } = await run({
      seeds: upTo(isNightly ? 500 : 16),
      minutes: isNightly ? 1 : 0.3,
    });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    expect(faultsByKind["disk-loss"]).toBeGreaterThanOrEqual(40);
    expect(used).toEqual({ diskLosses: 3, diskLossesBetweenRepairs: 1, membershipChanges: 0 });
    expect(measures.guarantees!["read-your-writes"]!.checked).toBeGreaterThan(1000);
    expect(measures.lostUpdates).toBe(0);
    expect(checked["lost-writes"]).toBeGreaterThan(1000);
    expect(Object.keys(marks)).toEqual(
      expect.arrayContaining([
        "a client asked again",
        "a key took an epoch",
        "a replica knew the request",
        "anti-entropy brought something",
        "buggify a client asks again at once",
        "buggify a replica answers late",
        "buggify a round resends early",
        "buggify a store is compacted",
        "buggify an epoch ends early",
        "buggify anti-entropy comes early",
        "epochs crashed",
        "epochs new",
        "hashlog merge",
        "lsm compaction",
        "lsm flush",
        "memory snapshot",
      ]),
    );
  }, 600_000);

  test("without epochs the two writes before the loss, or the one after it, vanish", async () => {
    const { violations } = await run({ seeds: upTo(8), planted: "no-epochs" });
    const seeds = new Set(violations.map(({ seed }) => seed));
    expect(seeds.size).toBeGreaterThanOrEqual(6);
    expect(new Set(violations.map(({ checker }) => checker))).toContain("lost-writes");
  });

  test.each([
    ["empty-read", "regular"],
    ["fresh-request-id", "siblings"],
    ["r-one", "regular"],
    ["w-one", "lost-writes"],
  ])("%s is caught by %s, in each of four seeds", async (planted, checker) => {
    const { violations } = await run({ seeds: upTo(4), planted });
    const seeds = violations.filter((it) => it.checker === checker).map(({ seed }) => seed);
    expect(seeds).toEqual([1, 2, 3, 4]);
  });

  test("a write that was asked for twice is one version, where requests have names", async () => {
    const options = { seeds: upTo(3) };
    const siblings = async (planted?: string): Promise<number> => {
      const most: number[] = [];
      await run({
        ...options,
        ...(planted === undefined ? {} : { planted }),
        onSeed: (_seed, { history }) => {
          most.push(
            ...history.map((event) => {
              const values = event.siblings ?? [];
              return values.length - new Set(values).size;
            }),
          );
        },
      });
      return Math.max(...most);
    };
    expect(await siblings()).toBe(0);
    expect(await siblings("fresh-request-id")).toBeGreaterThan(0);
  });

  test("the scripted part alone is enough: one lost disk and three writes", async () => {
    const none = { faults: [1], operations: [2, 3, 4] };
    const planted = await run({ seeds: [2], planted: "no-epochs", kept: none });
    expect(planted.violations[0]?.message).toContain('the acknowledged put "s0:');
    expect((await run({ seeds: [2], kept: none })).violations).toEqual([]);
  });
});
