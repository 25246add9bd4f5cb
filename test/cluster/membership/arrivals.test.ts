// The vectors of Akka's AccrualFailureDetectorSpec and Cassandra's ArrivalWindowTest and
// BoundedStatsDequeTest.

import { describe, expect, test } from "vitest";
import { ExponentialArrivals, NormalArrivals } from "../../../cluster/membership/arrivals.ts";
import { IntervalWindow } from "../../../cluster/membership/interval-window.ts";
import { normalPhi } from "../../../cluster/membership/normal-phi.ts";

function windowOf(capacity: number, intervals: readonly number[]): IntervalWindow {
  const window = new IntervalWindow(capacity);
  for (const interval of intervals) window.add(interval);
  return window;
}

function cdf(phi: number): number {
  return 1 - 10 ** -phi;
}

describe("the normal model", () => {
  test.each([
    [0, 0.5],
    [6, 0.7257],
    [15, 0.9332],
    [20, 0.97725],
    [25, 0.99379],
    [35, 0.99977],
    [40, 0.99997],
  ])("cdf of phi(%i, 0, 10) is %d", (elapsed, expected) => {
    const tolerance = elapsed === 40 ? 0.0001 : 0.001;
    expect(Math.abs(cdf(normalPhi(elapsed, 0, 10)) - expected)).toBeLessThan(tolerance);
  });

  test("of other means and deviations, and at both ends", () => {
    expect(Math.abs(cdf(normalPhi(22, 20, 3)) - 0.7475)).toBeLessThan(0.001);
    expect(Math.abs(normalPhi(10, 0, 1) - 38)).toBeLessThan(1);
    expect(normalPhi(-25, 0, 1) + 0).toBe(0);
  });

  test.each([
    [0, 0],
    [500, 0.1],
    [1000, 0.3],
    [1200, 1.6],
    [1400, 4.7],
    [1600, 10.8],
    [1700, 15.3],
  ])("phi(%i, 1000, 100) is %d", (elapsed, expected) => {
    expect(Math.abs(normalPhi(elapsed, 1000, 100) - expected)).toBeLessThanOrEqual(0.1);
  });

  const base = { window: 1000, firstMs: 1000, deviationMinMs: 100, pauseMs: 0, threshold: 8 };

  test("after one heartbeat there is an estimate", () => {
    const arrivals = new NormalArrivals(base);
    expect(arrivals.phi(5000)).toBe(0);
    arrivals.beat(0);
    expect(Math.abs(arrivals.phi(1000) - 0.3)).toBeLessThanOrEqual(0.2);
    expect(Math.abs(arrivals.phi(2000) - 4.5)).toBeLessThanOrEqual(0.3);
    expect(arrivals.phi(3000)).toBeGreaterThan(15);
  });

  test("threshold 3: alive at 1200, dead at 8200", () => {
    const arrivals = new NormalArrivals({ ...base, threshold: 3 });
    for (const atMs of [0, 1000, 1100]) arrivals.beat(atMs);
    expect(arrivals.phi(1200)).toBeLessThan(3);
    expect(arrivals.phi(8200)).toBeGreaterThan(3);
  });

  test("a long gap is not counted, so that the next one is seen", () => {
    const arrivals = new NormalArrivals({ ...base, pauseMs: 3000 });
    let nowMs = 0;
    const regular = (): void => {
      for (let i = 0; i < 1000; i++) arrivals.beat((nowMs += 1000));
    };
    regular();
    nowMs += 5 * 60_000;
    expect(arrivals.phi(nowMs)).toBeGreaterThan(8);
    arrivals.beat(nowMs);
    nowMs += 900;
    expect(arrivals.phi(nowMs)).toBeLessThan(8);
    arrivals.beat(nowMs);
    nowMs += 7000;
    expect(arrivals.phi(nowMs)).toBeGreaterThan(8);
  });
});

describe("the exponential model", () => {
  test("five arrivals 111 ms apart", () => {
    const arrivals = new ExponentialArrivals({ window: 4, firstMs: 2000, longestMs: 2000 });
    expect(arrivals.phi(100)).toBe(0);
    for (const atMs of [111, 222, 333, 444, 555]) arrivals.beat(atMs);
    expect(Math.abs(arrivals.phi(666) / Math.LOG10E - 1)).toBeLessThan(0.01);
    expect(Math.abs(arrivals.phi(3000) / Math.LOG10E - 22.03)).toBeLessThan(0.01);
  });

  test("at threshold 8 a node is dead after 18.42 mean intervals", () => {
    const arrivals = new ExponentialArrivals({ window: 1000, firstMs: 1000, longestMs: 2000 });
    for (let i = 0; i <= 50; i++) arrivals.beat(i * 1000);
    expect(arrivals.phi(50_000 + 18_420)).toBeLessThan(8);
    expect(arrivals.phi(50_000 + 18_430)).toBeGreaterThan(8);
  });

  test("an outage says nothing of the rhythm", () => {
    const arrivals = new ExponentialArrivals({ window: 4, firstMs: 100, longestMs: 2000 });
    for (const atMs of [0, 100, 60_000, 60_100]) arrivals.beat(atMs);
    expect(arrivals.phi(60_200) / Math.LOG10E).toBeCloseTo(1, 6);
  });
});

describe("the window of intervals", () => {
  test("mean and variance", () => {
    const window = windowOf(20, [100, 200, 125, 340, 130]);
    expect(window.mean).toBeCloseTo(179, 5);
    expect(window.variance).toBeCloseTo(7584, 5);
  });

  test("the oldest makes room", () => {
    const window = windowOf(3, [100, 110, 90]);
    expect([window.mean, window.variance]).toEqual([100, expect.closeTo(66.6667, 3)]);
    window.add(140);
    expect(window.mean).toBeCloseTo(113.3333, 3);
    expect(window.variance).toBeCloseTo(422.2222, 3);
    window.add(80);
    expect(window.mean).toBeCloseTo(103.3333, 3);
    expect(window.variance).toBeCloseTo(688.8889, 3);
  });

  test("holds the last ones in order", () => {
    const four = windowOf(4, [1, 2, 3, 4, 5]);
    expect([four.toArray(), four.mean]).toEqual([[2, 3, 4, 5], 3.5]);
    const upTo1000 = Array.from({ length: 1001 }, (_, i) => i);
    expect(windowOf(5, upTo1000).toArray()).toEqual([996, 997, 998, 999, 1000]);
  });
});
