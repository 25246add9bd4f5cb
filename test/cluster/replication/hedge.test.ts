import { AssertionError } from "node:assert";
import { describe, expect, test } from "vitest";
import { HedgeBudget, type HedgeOptions } from "../../../cluster/replication/hedge.ts";
import { Random } from "../../../workloads/random.ts";

const WINDOW = 1024;

function recorded(options: HedgeOptions, latenciesMs: Iterable<number>): HedgeBudget {
  const budget = new HedgeBudget(options);
  for (const latencyMs of latenciesMs) budget.record(latencyMs);
  return budget;
}

function times(count: number, latencyMs: number): number[] {
  return new Array<number>(count).fill(latencyMs);
}

describe("the delay", () => {
  test("is not known before a hundred requests", () => {
    const budget = recorded({ delayMaxMs: 100 }, times(99, 10));
    expect(budget.delayMs()).toBeUndefined();
    budget.record(10);
    expect(budget.delayMs()).toBeGreaterThan(10);
  });

  test.each([0.5, 0.9, 0.99])(
    "is the quantile %f of the window, an eighth too long at most",
    (q) => {
      const seed = 7;
      const random = new Random(seed);
      const latencies = Array.from({ length: 3 * WINDOW }, (_, i) => {
        // The mean changes, so that the latencies of old requests would show.
        return (1 + (i >> 10)) * -Math.log(1 - random.nextDouble()) * 20;
      });
      const budget = recorded({ quantile: q, delayMinMs: 0, delayMaxMs: 1e9 }, latencies);
      const window = latencies.slice(-WINDOW).sort((a, b) => a - b);
      const exact = window[Math.ceil(q * WINDOW) - 1]!;
      const delayMs = budget.delayMs()!;
      expect(delayMs, `seed ${seed}`).toBeGreaterThanOrEqual(exact);
      expect(delayMs, `seed ${seed}`).toBeLessThanOrEqual(exact * 1.125 + 1 / 64);
    },
  );

  test("follows the requests, also when it was asked before", () => {
    const budget = recorded({ delayMaxMs: 1000 }, times(WINDOW, 10));
    expect(budget.delayMs()).toBeLessThan(12);
    for (const latencyMs of times(WINDOW, 100)) {
      budget.record(latencyMs);
      budget.delayMs();
    }
    expect(budget.delayMs()).toBeGreaterThan(100);
    for (const latencyMs of times(WINDOW, 3)) budget.record(latencyMs);
    expect(budget.delayMs()).toBeLessThan(4);
  });

  test("is delayMinMs at least, and absent beyond delayMaxMs", () => {
    const options = { delayMinMs: 2, delayMaxMs: 50 };
    expect(recorded(options, times(200, 0)).delayMs()).toBe(2);
    expect(recorded(options, times(200, 0.2)).delayMs()).toBe(2);
    expect(recorded(options, times(200, 40)).delayMs()).toBeLessThan(46);
    expect(recorded(options, times(200, 51)).delayMs()).toBeUndefined();
    // Three in two hundred are more than one in a hundred; one is not.
    expect(recorded(options, [...times(197, 1), 900, 900, 900]).delayMs()).toBeUndefined();
    expect(recorded(options, [...times(199, 1), 900]).delayMs()).toBe(2);
  });

  test("takes latencies of any length", () => {
    const budget = recorded({ delayMaxMs: Number.MAX_VALUE }, times(200, Number.MAX_VALUE));
    expect(budget.delayMs()).toBeGreaterThan(1e7);
    for (const latencyMs of times(WINDOW, 1e-9)) budget.record(latencyMs);
    expect(budget.delayMs()).toBe(1);
  });
});

describe("the budget", () => {
  test.each([1, 5, 20, 100])("I1: at most %d hedges in a hundred requests", (sharePercentMax) => {
    const random = new Random(sharePercentMax);
    const budget = new HedgeBudget({ sharePercentMax, delayMaxMs: 10 });
    let hedges = 0;
    for (let requests = 1; requests <= 2000; requests++) {
      budget.record(1);
      for (let tries = random.nextBelow(4); tries > 0; tries--) if (budget.tryHedge()) hedges++;
      expect(hedges * 100).toBeLessThanOrEqual(requests * sharePercentMax);
    }
    // It can be used up, but for what is still saved.
    expect(hedges).toBeGreaterThanOrEqual(20 * sharePercentMax - 10);
  });

  test("has nothing at the beginning, and saves up ten at most", () => {
    const budget = new HedgeBudget({ delayMaxMs: 10 });
    expect(budget.tryHedge()).toBe(false);
    for (const latencyMs of times(10_000, 1)) budget.record(latencyMs);
    const taken = Array.from({ length: 12 }, () => budget.tryHedge());
    expect(taken).toEqual([...new Array(10).fill(true), false, false]);
  });
});

test("settings out of range are mistakes of the program", () => {
  const wrong: Partial<HedgeOptions>[] = [
    { sharePercentMax: 0 },
    { sharePercentMax: 101 },
    { quantile: 0 },
    { quantile: 1 },
    { delayMinMs: -1 },
    { delayMinMs: 11 },
    { delayMaxMs: Number.NaN },
  ];
  for (const options of wrong) {
    expect(() => new HedgeBudget({ delayMaxMs: 10, ...options })).toThrow(AssertionError);
  }
  expect(() => new HedgeBudget({ delayMaxMs: 10 }).record(-1)).toThrow("no less than 0");
  expect(() => new HedgeBudget({ delayMaxMs: 10 }).record(Number.NaN)).toThrow("no less than 0");
});
