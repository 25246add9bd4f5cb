import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../../../cluster/checking/history.ts";
import { siblingExplosion } from "../../../../cluster/simulation/cluster/sibling-explosion.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

/** By dvv; each by the client whose it is. */
function numbersPut(history: readonly HistoryEvent[]): number[] {
  const numbers: number[] = [];
  for (const { type, key, value, session } of history) {
    if (type !== "invoke" || key !== "dvv/set" || typeof value !== "string") continue;
    const number = Number(value.split(",").at(-1));
    expect(`dvv/s${number % 2}`).toBe(session);
    numbers.push(number);
  }
  return numbers;
}

describe("the scenario of sibling explosion", () => {
  test("two siblings by dvv, every put by vector-clock, numbers lost by lww", async () => {
    const seeds = upTo(isNightly ? 50 : 1);
    const numbers: number[] = [];
    const { violations, measures, digest } = await runScenario(siblingExplosion, {
      seeds,
      minutes: 1,
      onSeed: (seed, { history }) => {
        if (seed === 1) numbers.push(...numbersPut(history));
      },
    });
    expect(violations).toEqual([]);
    const figures = siblingExplosion.figures!(measures.counts!);
    expect(figures).toMatchObject({
      dvv: { puts: 99, siblings: 2, numbers: 99 },
      "vector-clock": { puts: 99, siblings: 99, numbers: 99 },
      lww: { puts: 99, siblings: 1 },
    });
    const { lww } = figures as Record<string, Record<string, number>>;
    expect(lww!.numbers).toBeLessThan(99);
    const again = await runScenario(siblingExplosion, { seeds, minutes: 1 });
    expect(again.digest).toBe(digest);
    // Each number from 0 to 98 was put once.
    expect(numbers.slice(0, 4)).toEqual([0, 1, 98, 97]);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, i) => i));
  }, 600_000);

  test("a write that ignores its context explodes with dvv, too", async () => {
    const planted = "context-ignored";
    const { violations } = await runScenario(siblingExplosion, { seeds: [1], minutes: 1, planted });
    expect(violations.find(({ checker }) => checker === "explosion")?.message).toBe(
      "dvv: 99 siblings with 99 numbers are left of 99 puts",
    );
    expect(violations.map(({ checker }) => checker)).toContain("siblings");
  });
});
