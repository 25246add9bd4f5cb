import { describe, expect, test } from "vitest";
import { SampleSeries } from "../../bench/watch-samples.ts";
import type { EngineStats } from "../../engines/engine.ts";
import { VirtualTime } from "./virtual-time.ts";

const MS = 1e6;

describe("the samples of a row", () => {
  const stats: EngineStats = {
    diskBytes: 100,
    cacheHits: Number.NaN,
    memoryBytes: { index: 3, cache: 4 },
    recovery: { ms: 5 },
    levels: [{ files: 1, bytes: 2 }],
  };

  /** A row of so many seconds, looked at ten times a second. */
  function sampled(seconds: number, costNs = 0) {
    const time = new VirtualTime(0);
    const series = new SampleSeries(time);
    let reads = 0;
    const read = () => {
      reads++;
      time.spend(costNs);
      return stats;
    };
    series.begin(read);
    for (let beat = 1; beat <= seconds * 10; beat++) {
      time.spend(100 * MS);
      if (series.isDue(time.now())) series.take(time.now(), read);
    }
    return { ...series.end(), reads };
  }

  test("one at the start and one a second: numbers, and sums of parts", () => {
    const { samples, reads } = sampled(5);
    expect(samples.map(({ atMs }) => atMs)).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
    expect(samples[1]!.stats).toEqual({ diskBytes: 100, memoryBytes: 7 });
    expect(reads).toBe(6);
  });

  test("the longer the row, the fewer a minute; the first and the last stay", () => {
    const { samples } = sampled(2 * 3600);
    expect(samples.length).toBeLessThanOrEqual(241);
    expect(samples.length).toBeGreaterThan(100);
    expect(samples[0]!.atMs).toBe(0);
    expect(samples.at(-1)!.atMs).toBeGreaterThan(7_100_000);
    const gaps = samples.slice(1).map(({ atMs }, i) => atMs - samples[i]!.atMs);
    expect(Math.max(...gaps) / Math.min(...gaps)).toBeLessThan(2.1);
  });

  test("an engine that is slow to say it is asked less often, and the cost is stated", () => {
    const { reads, costMs } = sampled(60, 5 * MS);
    expect(reads).toBeLessThanOrEqual(13);
    expect(costMs).toBe(reads * 5);
    expect(costMs / 60_000).toBeLessThan(0.0015);
  });

  test("however slow it is, figures are never older than ten seconds", () => {
    const { samples } = sampled(60, 900 * MS);
    const gaps = samples.slice(1).map(({ atMs }, i) => atMs - samples[i]!.atMs);
    expect(gaps.length).toBeGreaterThan(4);
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(10_000);
  });

  test("one sample that was slow for once postpones none", () => {
    const time = new VirtualTime(0);
    const series = new SampleSeries(time);
    let costNs = 0;
    const read = () => {
      time.spend(costNs);
      return stats;
    };
    series.begin(read);
    for (let beat = 1; beat <= 50; beat++) {
      time.spend(100 * MS);
      costNs = beat === 20 ? 300 * MS : 0;
      if (series.isDue(time.now())) series.take(time.now(), read);
    }
    const gaps = series.end().samples.slice(1);
    expect(gaps.length).toBe(5);
  });

  test("an engine that fails is not asked again, and the row goes on", () => {
    const time = new VirtualTime(0);
    const series = new SampleSeries(time);
    let reads = 0;
    const read = (): EngineStats => {
      if (reads++ > 0) throw new Error("no");
      return stats;
    };
    series.begin(read);
    expect(series.take(time.now(), read)).toBeUndefined();
    time.spend(10e9);
    expect(series.isDue(time.now())).toBe(false);
    expect(series.end().samples).toHaveLength(1);
  });
});
