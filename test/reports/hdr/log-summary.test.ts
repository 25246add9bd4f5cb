import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Histogram } from "../../../reports/hdr/histogram.ts";
import {
  formatLogHeader,
  formatLogInterval,
  IntervalLogReader,
  type LogFilter,
} from "../../../reports/hdr/interval-log.ts";
import { summarizeLog } from "../../../reports/hdr/log-summary.ts";
import { recordAll } from "./support.ts";

const START_MS = 1441812279474;

describe("the summary", () => {
  test("of an empty log: zeros", () => {
    expect(summarizeLog("#[StartTime: 5.000 (seconds since epoch)]\n")).toEqual({
      startTimeSeconds: 5,
      unit: null,
      intervals: 0,
      totalCount: 0,
      p50: 0,
      p99: 0,
      p999: 0,
      max: 0,
      mean: 0,
      tags: [],
    });
    expect(summarizeLog("").startTimeSeconds).toBe(0);
  });

  test("keeps the precision of the finest interval", () => {
    const line = (histogram: Histogram, at: number) =>
      formatLogInterval({ startSeconds: at, endSeconds: at + 1, histogram });
    const fine = recordAll([1_234_567], { significantDigits: 5 });
    const text = line(recordAll([1000]), 1) + line(fine, 2) + line(recordAll([1001]), 3);
    expect(summarizeLog(text)).toMatchObject({ totalCount: 3, p50: 1001, max: fine.max });
    expect(summarizeLog(line(recordAll([1_234_567]), 1)).max).toBe(1_234_943);
  });
});

const vectors = process.env.RINGBENCH_VECTORS;

describe.skipIf(!vectors)("published logs of HdrHistogram (needs RINGBENCH_VECTORS)", () => {
  const read = (name: string) => readFileSync(join(vectors!, "hdr", name), "utf8");

  test.each<[string, LogFilter, object]>([
    [
      "jHiccup-2.0.7S.logV2.hlog",
      {},
      {
        startTimeSeconds: 1441812279.474,
        intervals: 62,
        totalCount: 48761,
        p50: 327935,
        p99: 1427111935,
        p999: 1745879039,
        max: 1796210687,
        mean: 67632018.5421956,
      },
    ],
    [
      "jHiccup-2.0.7S.logV2.hlog",
      { fromSeconds: 5, toSeconds: 20 },
      { intervals: 15, totalCount: 11664, p999: 1536163839, max: 1544552447 },
    ],
    [
      "jHiccup-2.0.7S.logV2.hlog",
      { fromSeconds: 40, toSeconds: 60 },
      { intervals: 20, totalCount: 15830, p999: 1779433471, max: 1796210687 },
    ],
    [
      "jHiccup-2.0.6.logV1.hlog",
      {},
      {
        startTimeSeconds: 1438867590.285,
        intervals: 88,
        totalCount: 65964,
        p999: 1829765119,
        max: 1888485375,
        mean: 39934378.03626221,
      },
    ],
    ["tagged-Log.logV2.hlog", {}, { intervals: 42, totalCount: 32290 }],
  ])("%s %o", (name, filter, figures) => {
    expect(summarizeLog(read(name), filter)).toMatchObject(figures);
  });

  test("the tags of one log hold the same values", () => {
    const text = read("tagged-Log.logV2.hlog");
    const [untagged, tagged, ...rest] = summarizeLog(text).tags;
    expect(rest).toEqual([]);
    expect([untagged!.tag, tagged!.tag]).toEqual([null, "A"]);
    expect({ ...tagged, tag: null }).toEqual(untagged);
    expect([untagged!.intervals, untagged!.totalCount]).toEqual([21, 16145]);
    expect(summarizeLog(text, { tag: "A" })).toMatchObject({ intervals: 21, totalCount: 16145 });
  });

  test("each interval has the maximum that its writer logged, in milliseconds", () => {
    for (const name of ["jHiccup-2.0.7S.logV2.hlog", "jHiccup-2.0.6.logV1.hlog"]) {
      const intervals = [...new IntervalLogReader(read(name)).intervals()];
      for (const { line, histogram, loggedMax } of intervals) {
        expect(histogram.max / 1e6, `${name}, line ${line}`).toBeCloseTo(loggedMax, 2);
      }
    }
    const [first] = new IntervalLogReader(read("jHiccup-2.0.7S.logV2.hlog")).intervals();
    expect(first!.histogram.max).toBe(2768895);
    expect(first!.histogram.mean).toBe(301998.4669365722);
  });

  test("a log that is read and written again has the same figures", () => {
    const text = read("tagged-Log.logV2.hlog");
    const lines = [...new IntervalLogReader(text).intervals()].map((interval) =>
      formatLogInterval({
        startSeconds: interval.offsetSeconds,
        endSeconds: interval.offsetSeconds + interval.lengthSeconds,
        histogram: interval.histogram,
        ...(interval.tag === null ? {} : { tag: interval.tag }),
      }),
    );
    const again = formatLogHeader({ startTimeMs: START_MS }) + lines.join("");
    expect(summarizeLog(again)).toEqual(summarizeLog(text));
  });
});
