import { describe, expect, test } from "vitest";
import { encodeBase64 } from "../../reports/hdr/codec.ts";
import { Histogram } from "../../reports/hdr/histogram.ts";
import { ycsbJsonArray, ycsbText } from "../../reports/index.ts";
import { ReportError } from "../../reports/report-error.ts";
import type { OperationResult, Row } from "../../reports/result.ts";
import { makeRow } from "./fixture.ts";

function histogram(values: readonly number[]): string {
  const made = new Histogram();
  for (const value of values) made.record(value);
  return encodeBase64(made);
}

function operation(name: string, values: readonly number[], over = {}): OperationResult {
  return {
    operation: name,
    count: values.length,
    returns: { OK: values.length },
    serviceHistogram: histogram(values),
    ...over,
  };
}

/** 2000 operations in 1234.9 ms. */
function row(perOperation: readonly OperationResult[], over: Partial<Row> = {}): Row {
  const elapsedNs = 1_234_900_000;
  const opsPerSec = 2000 / (elapsedNs / 1e9);
  return makeRow({ over: { perOperation: [...perOperation], elapsedNs, opsPerSec, ...over } });
}

describe("YCSB's text", () => {
  test("line by line as its default exporter prints it", () => {
    const read = operation("READ", [1999, 2000, 2001, 2002], {
      returns: { OK: 4, NOT_FOUND: 1 },
    });
    const update = operation("UPDATE", [500]);
    expect(ycsbText(row([read, update]))).toBe(
      [
        "[OVERALL], RunTime(ms), 1234",
        "[OVERALL], Throughput(ops/sec), 1620.7455429497568",
        "[READ], Operations, 4",
        "[READ], AverageLatency(us), 2.0005",
        "[READ], MinLatency(us), 1",
        "[READ], MaxLatency(us), 2",
        "[READ], 50thPercentileLatency(us), 2",
        "[READ], 95thPercentileLatency(us), 2",
        "[READ], 99thPercentileLatency(us), 2",
        "[READ], Return=OK, 4",
        "[READ], Return=NOT_FOUND, 1",
        "[UPDATE], Operations, 1",
        "[UPDATE], AverageLatency(us), 0.5",
        "[UPDATE], MinLatency(us), 0",
        "[UPDATE], MaxLatency(us), 0",
        "[UPDATE], 50thPercentileLatency(us), 0",
        "[UPDATE], 95thPercentileLatency(us), 0",
        "[UPDATE], 99thPercentileLatency(us), 0",
        "[UPDATE], Return=OK, 1",
        "",
      ].join("\n"),
    );
  });

  test.each([
    [1, "1st"],
    [2, "2nd"],
    [3, "3rd"],
    [4, "4th"],
    [11, "11th"],
    [12, "12th"],
    [13, "13th"],
    [21, "21st"],
    [90, "90th"],
    [100, "100th"],
    [99.9, "99.9"],
    [99.99, "99.99"],
  ])("percentile %d is %sPercentileLatency(us)", (percentile, name) => {
    const text = ycsbText(row([operation("READ", [5000])]), { percentiles: [percentile] });
    expect(text).toContain(`[READ], ${name}PercentileLatency(us), 5\n`);
  });

  test("measurement.interval chooses between service, response and both", () => {
    const both = row([operation("READ", [1000], { responseHistogram: histogram([9000]) })]);
    const max = (interval: "op" | "intended" | "both") =>
      ycsbText(both, { interval }).match(/^.*MaxLatency.*$/gm);
    expect(max("op")).toEqual(["[READ], MaxLatency(us), 1"]);
    expect(max("intended")).toEqual(["[READ], MaxLatency(us), 9"]);
    expect(max("both")).toEqual([
      "[READ], MaxLatency(us), 1",
      "[Intended-READ], MaxLatency(us), 9",
    ]);
  });

  test("only failures: an empty block, as in YCSB; without latencies counts alone", () => {
    const failed: OperationResult = { operation: "READ", count: 3, returns: { ERROR: 3 } };
    expect(ycsbText(row([failed]))).toContain(
      "[READ], Operations, 0\n[READ], AverageLatency(us), 0.0\n[READ], MinLatency(us), 0\n",
    );
    const off = row([failed]);
    delete off.latencyNs;
    expect(ycsbText(off)).toMatch(/\[READ\], Operations, 3\n\[READ\], Return=ERROR, 3\n$/);
  });

  test("a run below a millisecond has the row's own throughput", () => {
    const text = ycsbText(row([], { elapsedNs: 500_000, opsPerSec: 2e7 }));
    expect(text).toBe("[OVERALL], RunTime(ms), 0\n[OVERALL], Throughput(ops/sec), 2.0E7\n");
  });

  test("an interrupted run is labelled, a whole one is not", () => {
    const options = { engine: "hashlog", intervals: 2, operations: ["READ"] };
    const whole = makeRow({ ...options, over: { partial: false } });
    expect(ycsbText(whole)).not.toContain("Partial");
    expect(ycsbText({ ...whole, partial: true })).toContain("[OVERALL], Partial, 1\n");
  });

  test("a damaged histogram is a typed error", () => {
    const bad = row([operation("READ", [], { serviceHistogram: "AAAA" })]);
    expect(() => ycsbText(bad)).toThrow(ReportError);
  });
});

test("YCSB's JSON array, as Jackson spaces it", () => {
  const text = ycsbJsonArray(row([]));
  expect(text).toBe(
    [
      "[ {",
      '  "metric" : "OVERALL",',
      '  "measurement" : "RunTime(ms)",',
      '  "value" : 1234',
      "}, {",
      '  "metric" : "OVERALL",',
      '  "measurement" : "Throughput(ops/sec)",',
      '  "value" : 1620.7455429497568',
      "} ]",
    ].join("\n"),
  );
  expect(JSON.parse(text)).toHaveLength(2);
});
