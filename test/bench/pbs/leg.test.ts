// One leg: what is drawn follows the law that `survival` and `quantileMs` tell of.

import { describe, expect, test } from "vitest";
import { type Leg, MixtureLeg, TableLeg } from "../../../bench/pbs/leg.ts";
import { Random } from "../../../workloads/random.ts";

const MIXTURE = { exponentialShare: 0.62, ratePerMs: 0.183, scaleMs: 1.05, shape: 1.51 };

const LEGS: readonly (readonly [string, Leg])[] = [
  ["a mixture", new MixtureLeg(MIXTURE)],
  ["a table", new TableLeg([0, 0.5, 0.9, 0.999, 1], [0.2, 1, 1.5, 8, 40])],
  ["a table of equal latencies", new TableLeg([0, 0.2, 0.7, 1], [1, 3, 3, 3])],
];

describe.each(LEGS)("%s", (_name, leg) => {
  test("draws exceed a latency as often as its survival says", () => {
    const seed = 11;
    const random = new Random(seed);
    const drawn = Float64Array.from({ length: 100_000 }, () => leg.drawMs(random)).sort();
    for (const ms of [0.3, 0.9, 1.05, 1.2, 2, 2.9, 3.1, 7, 20, 39, 100]) {
      const exceed = drawn.length - drawn.findLastIndex((value) => value <= ms) - 1;
      const expected = leg.survival(ms) * drawn.length;
      const error = Math.sqrt(expected * (1 - leg.survival(ms)));
      expect(Math.abs(exceed - expected), `seed ${seed}, ${ms} ms`).toBeLessThan(4.5 * error + 1);
    }
  });

  test("the quantiles of its parts add up to its survival", () => {
    const tails = Array.from({ length: 4000 }, (_, i) => (i + 0.5) / 4000);
    for (const ms of [0.5, 1.1, 2.5, 6, 25]) {
      const sum = leg.parts.reduce((above, { share, quantileMs }) => {
        return above + share * (tails.filter((tail) => quantileMs(tail) > ms).length / 4000);
      }, 0);
      expect(Math.abs(sum - leg.survival(ms)), `${ms} ms`).toBeLessThan(1 / 2000);
    }
  });

  test("survival falls from 1 and never rises", () => {
    let before = 1;
    for (let ms = -1; ms < 60; ms += 0.01) {
      const survival = leg.survival(ms);
      expect(survival).toBeLessThanOrEqual(before);
      if (ms <= 0) expect(survival).toBe(1);
      before = survival;
    }
  });
});

test("a mixture is its two laws, weighed", () => {
  const { exponentialShare: share, ratePerMs, scaleMs, shape } = MIXTURE;
  const leg = new MixtureLeg(MIXTURE);
  expect(leg.survival(0.5)).toBeCloseTo(share * Math.exp(-ratePerMs * 0.5) + 1 - share, 12);
  const pareto = (scaleMs / 10) ** shape;
  expect(leg.survival(10)).toBeCloseTo(
    share * Math.exp(-ratePerMs * 10) + (1 - share) * pareto,
    12,
  );
});

test("a table runs straight between its rows, and ends", () => {
  const leg = new TableLeg([0, 0.5, 1], [2, 4, 10]);
  expect(leg.survival(2)).toBe(1);
  expect(leg.survival(3)).toBeCloseTo(0.75, 12);
  expect(leg.survival(7)).toBeCloseTo(0.25, 12);
  expect(leg.survival(10)).toBe(0);
});
