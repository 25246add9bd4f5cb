// Staleness in versions, against the closed form worked out by hand.

import { expect, test } from "vitest";
import { missesVersions } from "../../../bench/pbs/k-staleness.ts";

const missProbability = (n: number, r: number, w: number) => missesVersions(n, r, w, 1);

/** N, R, W, P(miss), then P(within k versions) for k of 1, 2, 3, 5 and 10. */
const KNOWN = [
  [2, 1, 1, 0.5, [0.5, 0.75, 0.875, 0.9688, 0.999]],
  [3, 1, 1, 0.666667, [0.3333, 0.5556, 0.7037, 0.8683, 0.9827]],
  [3, 1, 2, 0.333333, [0.6667, 0.8889, 0.963, 0.9959, 1]],
  [3, 2, 1, 0.333333, [0.6667, 0.8889, 0.963, 0.9959, 1]],
  [5, 1, 1, 0.8, [0.2, 0.36, 0.488, 0.6723, 0.8926]],
  [5, 2, 2, 0.3, [0.7, 0.91, 0.973, 0.9976, 1]],
  [5, 2, 3, 0.1, [0.9, 0.99, 0.999, 1, 1]],
  [5, 3, 2, 0.1, [0.9, 0.99, 0.999, 1, 1]],
] as const;

test.each(KNOWN)("N=%i R=%i W=%i misses with %f", (n, r, w, miss, within) => {
  expect(missProbability(n, r, w)).toBeCloseTo(miss, 6);
  for (const [i, k] of [1, 2, 3, 5, 10].entries()) {
    expect(1 - missesVersions(n, r, w, k), `k=${k}`).toBeCloseTo(within[i]!, 4);
  }
});

test("one of N=5 is asked: every W", () => {
  for (const [w, miss] of [0.8, 0.6, 0.4, 0.2].entries()) {
    expect(missProbability(5, 1, w + 1)).toBeCloseTo(miss, 12);
    expect(missProbability(5, w + 1, 1)).toBeCloseTo(miss, 12);
  }
});

test("quorums that overlap miss nothing", () => {
  for (let n = 1; n <= 15; n++) {
    for (let r = 1; r <= n; r++) {
      for (let w = 1; w <= n; w++) {
        const miss = missProbability(n, r, w);
        if (r + w > n) expect(miss, `${n} ${r} ${w}`).toBe(0);
        else expect(miss, `${n} ${r} ${w}`).toBeGreaterThan(0);
        expect(miss).toBeCloseTo(missProbability(n, w, r), 12);
      }
    }
  }
});

test("what is not quite certain is told from what is, however near", () => {
  expect(1 - missesVersions(11, 5, 6, 10)).toBe(1);
  expect(missesVersions(11, 5, 6, 10)).toBeGreaterThan(0);
  expect(missesVersions(25, 12, 13, 10)).toBeGreaterThan(0);
  expect(missesVersions(11, 6, 6, 10)).toBe(0);
});
