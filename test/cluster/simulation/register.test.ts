import { describe, expect, test } from "vitest";
import { registerScenario } from "../../../cluster/simulation/register/register.ts";
import type { Plan } from "../../../cluster/simulation/scenario.ts";
import { reduce } from "../../../cluster/simulation/shrink.ts";
import type { SimulationOptions, SimulationResult } from "../../../cluster/simulation/simulate.ts";
import { isNightly, runScenario, upTo } from "./run-scenario.ts";

/** Of few nodes, so that many runs are quick. */
const SMALL_SEED = 6;

function run(options: Partial<SimulationOptions>): Promise<SimulationResult> {
  return runScenario(registerScenario, { seeds: [7], minutes: 0.2, ...options });
}

describe("the register scenario", () => {
  test("a seed has one digest, and two seeds have two", async () => {
    const first = await run({});
    expect(first).toEqual(await run({}));
    expect((await run({ seeds: [8] })).digest).not.toBe(first.digest);
  });

  test("no promise is broken, while every kind of fault changes outcomes", async () => {
    const seeds = upTo(isNightly ? 500 : 10);
    const minutes = isNightly ? 1 : 0.3;
    const { violations, faultsByKind, checked, marks } = await run({ seeds, minutes });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    expect(Object.keys(faultsByKind).sort()).toEqual(
      [
        ...["clog", "duplicate", "kill", "kill-in-write", "loss", "one-way", "partition"],
        ...["power-loss", "reorder", "slow-disk", "slow-node"],
      ].sort(),
    );
    expect(checked.linearizability).toBeGreaterThan(300 * seeds.length);
    expect(Object.keys(marks)).toEqual(
      expect.arrayContaining([
        "a client asked again",
        "buggify a client asks again at once",
        "buggify a round resends early",
        "buggify a store is compacted",
        "hashlog merge",
        "lsm compaction",
        "lsm flush",
        "memory snapshot",
        "register kept a newer value",
        "register read wrote back",
      ]),
    );
  }, 600_000);

  test.each(registerScenario.bugs)("$name is caught: $description", async ({ name }) => {
    // The seeds that pass without it are the same.
    let isCaught = false;
    await run({
      seeds: upTo(30),
      minutes: 0.5,
      planted: name,
      onSeed: (_seed, { verdicts }) => {
        const judge = name === "silent-read" ? "liveness" : "linearizability";
        isCaught = verdicts.some((it) => it.checker === judge && it.violations.length > 0);
      },
      isInterrupted: () => isCaught,
    });
    expect(isCaught).toBe(true);
  });

  test("what fails is made smaller, and still fails the same way", async () => {
    const options = { seeds: [SMALL_SEED], planted: "ack-before-sync" };
    let attempts = 0;
    const { violations } = await run({
      ...options,
      shrinkAttemptsMax: 40,
      onAttempt: () => attempts++,
    });
    expect(attempts).toBeGreaterThan(10);
    const { plan, kept, checker } = violations[0]!;
    const smaller: Plan = reduce(plan, kept!);
    expect(smaller.faults.length).toBeLessThan(plan.faults.length / 4);
    expect(smaller.operations.length).toBeLessThan(plan.operations.length / 20);
    const again = await run({ ...options, kept: kept! });
    expect(again.violations[0]!.checker).toBe(checker);
    expect(again).toEqual(await run({ ...options, kept: kept! }));
  });
});
