import { describe, expect, test } from "vitest";
import { encodeBase64 } from "../../../reports/hdr/codec.ts";
import type { HistogramError } from "../../../reports/hdr/errors.ts";
import {
  formatLogHeader,
  formatLogInterval,
  IntervalLogReader,
  type LogFilter,
} from "../../../reports/hdr/interval-log.ts";
import { summarizeLog } from "../../../reports/hdr/log-summary.ts";
import { errorOf, recordAll } from "./support.ts";

const START_MS = 1441812279474;

const payload = encodeBase64(recordAll([42]));

/** Offset and start of each interval that the filter keeps. */
function times(text: string, filter: LogFilter = {}): [number, number][] {
  const intervals = [...new IntervalLogReader(text).intervals(filter)];
  return intervals.map((interval) => [interval.offsetSeconds, interval.startSeconds]);
}

function logErrorOf(text: string): HistogramError {
  return errorOf(() => summarizeLog(text));
}

describe("writing", () => {
  test("the head of a log", () => {
    const header = { comments: ["[made by hand]", "two\nlines"], startTimeMs: START_MS };
    expect(formatLogHeader({ ...header, baseTimeMs: START_MS - 1000 })).toBe(
      `#[made by hand]
#two
#lines
#[Histogram log format version 1.3]
#[BaseTime: 1441812278.474 (seconds since epoch)]
#[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 15:24:39 UTC 2015]
"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
`,
    );
    expect(formatLogHeader(header)).not.toContain("BaseTime");
  });

  test("a line: times and the maximum with three digits", () => {
    const histogram = recordAll([123_000_000], { significantDigits: 5 });
    const entry = { startSeconds: 1000, endSeconds: 1042, histogram };
    expect(formatLogInterval(entry)).toMatch(/^1000.000,42.000,123.000,HISTFAA[^,]*\n$/);
    expect(formatLogInterval({ ...entry, tag: "READ", maxValueRatio: 1e9 })).toMatch(
      /^Tag=READ,1000.000,42.000,0.123,HISTFAA/,
    );
    for (const tag of ["a,b", "a b", "a\nb"]) {
      expect(() => formatLogInterval({ ...entry, tag })).toThrow(
        expect.objectContaining({ code: "HDR_OPTION" }),
      );
    }
  });

  test("what is written is read", () => {
    const histograms = [recordAll([1, 2, 3]), recordAll([]), recordAll([2 ** 40])];
    const lines = histograms.map((histogram, i) =>
      formatLogInterval({
        startSeconds: i + 0.25,
        endSeconds: i + 1.5,
        histogram,
        ...(i === 1 ? { tag: "UPDATE" } : {}),
      }),
    );
    const header = formatLogHeader({ startTimeMs: START_MS, baseTimeMs: START_MS });
    for (const text of [
      header + lines.join(""),
      (header + lines.join("")).replaceAll("\n", "\r\n"),
    ]) {
      const reader = new IntervalLogReader(text);
      const intervals = [...reader.intervals()];
      expect(reader.startTimeSeconds).toBe(1441812279.474);
      expect(intervals.map((interval) => interval.tag)).toEqual([null, "UPDATE", null]);
      expect(intervals.map((interval) => interval.line)).toEqual([5, 6, 7]);
      expect(intervals.map((interval) => interval.offsetSeconds)).toEqual([0.25, 1.25, 2.25]);
      expect(intervals.map((interval) => interval.lengthSeconds)).toEqual([1.25, 1.25, 1.25]);
      expect(intervals[2]!.startSeconds).toBeCloseTo(1441812281.724, 6);
      intervals.forEach((interval, i) => {
        expect(interval.histogram.equals(histograms[i]!)).toBe(true);
      });
    }
  });
});

describe("the clock of a log", () => {
  const line = (timestamp: string) => `${timestamp},1.000,0.042,${payload}\n`;
  const start = "#[StartTime: 1441812279.474 (seconds since epoch), some date]\n";

  test("small timestamps are offsets from the start", () => {
    expect(times(start + line("0.127") + line("5.132"))).toEqual([
      [0.127, 1441812279.601],
      [5.132, 1441812284.606],
    ]);
  });

  test("within a year of the start they are absolute", () => {
    expect(times(start + line("1441812280.474"))).toEqual([[1, 1441812280.474]]);
    const year = 365 * 24 * 3600;
    // A year before the start is still a date; a second more makes it an offset.
    expect(times(start + line(String(1441812279.474 - year)))[0]![0]).toBe(-year);
    const offset = 1441812279 - year - 1;
    expect(times(start + line(String(offset)))[0]![0]).toBe(offset);
  });

  test("a base time settles it, small or large", () => {
    const base = "#[BaseTime: 1441812279.000 (seconds since epoch)]\n";
    expect(times(base + start + line("1.474"))).toEqual([[1, 1441812280.474]]);
    const zero = "#[BaseTime: 0.000 (seconds since epoch)]\n";
    expect(times(zero + start + line("1441812281.474"))[0]![0]).toBe(2);
  });

  test("without a start it starts at the first interval", () => {
    const text = line("1441812280.5") + line("1441812282.5");
    expect(times(text)).toEqual([
      [0, 1441812280.5],
      [2, 1441812282.5],
    ]);
    expect(summarizeLog(text).startTimeSeconds).toBe(1441812280.5);
    expect(times(line("7.5") + line("8.5"))).toEqual([
      [0, 7.5],
      [1, 8.5],
    ]);
    const base = "#[BaseTime: 1441812279.000 (seconds since epoch)]\n";
    expect(times(base + line("3.5"))).toEqual([[0, 1441812282.5]]);
  });

  test("of two logs in one file, the second goes on where its own start says", () => {
    const later = start.replace("1441812279.474", "1441812379.474");
    expect(times(start + line("0.5") + later + line("0.5")).map(([offset]) => offset)).toEqual([
      0.5, 100.5,
    ]);
  });

  test("a range holds at both of its ends, exactly", () => {
    for (const shift of [0, 1441812279.474]) {
      const text = start + [5, 5.132, 19.131, 20].map((at) => line(String(at + shift))).join("");
      const kept = (filter: LogFilter) => times(text, filter).map(([offset]) => offset);
      expect(kept({ fromSeconds: 5.132, toSeconds: 19.131 })).toEqual([5.132, 19.131]);
      expect(kept({ fromSeconds: 5, toSeconds: 20 })).toEqual([5, 5.132, 19.131, 20]);
      expect(kept({ fromSeconds: 5.133 })).toEqual([19.131, 20]);
      expect(kept({ toSeconds: 5.131 })).toEqual([5]);
    }
  });

  test("tags are a filter too; what it drops is not even decoded", () => {
    const text = `${start}Tag=A,${line("1")}${line("2")}Tag=B,3,1,1,damaged\n`;
    const offsets = (filter: LogFilter) => times(text, filter).map(([offset]) => offset);
    expect(offsets({ tag: "A" })).toEqual([1]);
    expect(offsets({ tag: null })).toEqual([2]);
    expect(offsets({ toSeconds: 2 })).toEqual([1, 2]);
    expect(logErrorOf(text).line).toBe(4);
  });
});

describe("a line that cannot be read is an error that names it", () => {
  test.each([
    ["no histogram", `1,1,1`],
    ["a field too many", `1,1,1,${payload},1`],
    ["a word for a number", `one,1,1,${payload}`],
    ["an empty number", `1,,1,${payload}`],
    ["a hexadecimal number", `1,0x10,1,${payload}`],
    ["a cut-off histogram", `1,1,1,${payload.slice(0, -8)}`],
    ["no base64", `1,1,1,!${payload}`],
    ["a broken start time", `#[StartTime: yesterday (seconds since epoch)]`],
    ["free text", `hello`],
  ])("%s", (_, line) => {
    const error = logErrorOf(`#comment\n\n1,1,1,${payload}\n${line}\n`);
    expect([error.code, error.line]).toEqual(["HDR_LOG", 4]);
  });

  test("the reason within a histogram is kept", () => {
    const cause = logErrorOf(`1,1,1,${payload.slice(0, 12)}\n`).cause as HistogramError;
    expect([cause.code, cause.position]).toEqual(["HDR_FORMAT", 4]);
  });
});
