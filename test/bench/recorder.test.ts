import { expect, test } from "vitest";
import { Outcome } from "../../bench/outcome.ts";
import { Extra, Recorder, type RecorderOptions } from "../../bench/recorder.ts";
import { decodeBase64 } from "../../reports/hdr/codec.ts";
import { OperationKind } from "../../workloads/workload.ts";

function recorderWith(options: Partial<RecorderOptions>) {
  return new Recorder({
    latency: true,
    openLoop: false,
    startNs: 0,
    notFoundFails: true,
    ...options,
  });
}

test("the warm-up is in the intervals and not in the figures", () => {
  const recorder = recorderWith({ warmup: true });
  for (let i = 0; i < 6; i++) recorder.record(OperationKind.read, Outcome.ok, 0, 0, 5000);
  recorder.rotate(4e8);
  for (let i = 0; i < 4; i++) recorder.record(OperationKind.read, Outcome.ok, 0, 0, 5000);
  recorder.beginMeasurement(1e9);
  for (let i = 0; i < 4; i++) recorder.record(OperationKind.read, Outcome.ok, 0, 0, 100);
  recorder.rotate(2e9);
  for (let i = 0; i < 3; i++) recorder.record(OperationKind.read, Outcome.ok, 0, 0, 200);
  const result = recorder.finish(2.5e9);
  expect(result.warmup).toEqual({ operations: 10, ms: 1000 });
  expect(result.operations).toBe(7);
  expect(result.elapsedNs).toBe(1.5e9);
  expect(result.latencyNs!.max).toBe(200);
  expect(result.perOperation[0]).toMatchObject({ operation: "READ", count: 7, returns: { OK: 7 } });
  expect(decodeBase64(result.perOperation[0]!.serviceHistogram!).totalCount).toBe(7);
  expect(result.intervals.map(({ warmup, operations }) => [warmup, operations])).toEqual([
    [true, 6],
    [true, 4],
    [false, 4],
    [false, 3],
  ]);
  expect(result.intervals.map(({ startMs, durationMs }) => [startMs, durationMs])).toEqual([
    [0, 400],
    [400, 600],
    [1000, 1000],
    [2000, 500],
  ]);
});

test("a warm-up that did not end is no measurement", () => {
  const recorder = recorderWith({ warmup: true });
  recorder.record(OperationKind.read, Outcome.ok, 0, 0, 5000);
  const result = recorder.finish(1e9);
  expect(result).toMatchObject({ operations: 0, elapsedNs: 0, perOperation: [] });
  expect(result.warmup).toEqual({ operations: 1, ms: 1000 });
  expect(result.latencyNs).toBeUndefined();
});

test("intervals are short in the first two seconds, and a second long after that", () => {
  const recorder = recorderWith({ warmup: true });
  const beats = 50;
  for (let beat = 1; beat <= beats; beat++) {
    recorder.record(OperationKind.read, Outcome.ok, 0, 0, 1000 * beat);
    if (beat === 3) recorder.beginMeasurement(2.5e8);
    // Timers are a little late, and the odd one is early.
    else recorder.beat(beat * 1e8 + (beat % 7 === 0 ? -1 : 3e5));
  }
  const { intervals, operations, perOperation } = recorder.finish(5e9);
  const lengths = intervals.map(({ durationMs }) => Math.round(durationMs / 10) * 10);
  // The beat at 300 ms was the end of the warm-up at 250, so that the next is at 400.
  expect(lengths.slice(0, 4)).toEqual([100, 100, 50, 150]);
  expect(lengths.slice(4, 20)).toEqual(new Array(16).fill(100));
  expect(lengths.slice(20)).toEqual([1000, 1000, 1000]);
  let endMs = 0;
  for (const { startMs, durationMs } of intervals) {
    expect(startMs).toBeCloseTo(endMs, 6);
    endMs = startMs + durationMs;
  }
  expect(intervals.map(({ warmup }) => warmup).lastIndexOf(true)).toBe(2);
  expect(operations).toBe(beats - 3);
  expect(perOperation[0]!.count).toBe(operations);
});

test("however many intervals there are, each has what was recorded in it", () => {
  const recorder = recorderWith({ openLoop: true });
  const count = 100;
  for (let i = 1; i <= count; i++) {
    recorder.record(OperationKind.read, Outcome.ok, 0, 1000 * i, 2000 * i);
    recorder.rotate(i * 1e9);
  }
  const { intervals, perOperation } = recorder.finish(count * 1e9 + 1);
  const histograms = intervals.map(({ serviceHistograms, responseHistograms }) => [
    decodeBase64(serviceHistograms!.READ!),
    decodeBase64(responseHistograms!.READ!),
  ]);
  expect(histograms.map(([service]) => service!.totalCount)).toEqual(new Array(count).fill(1));
  for (const [i, [service, response]] of histograms.entries()) {
    expect(service!.countBetween(1000 * (i + 1), 1000 * (i + 1))).toBe(1);
    expect(response!.countBetween(2000 * (i + 1), 2000 * (i + 1))).toBe(1);
  }
  expect(decodeBase64(perOperation[0]!.serviceHistogram!).totalCount).toBe(count);
  expect(decodeBase64(perOperation[0]!.responseHistogram!).totalCount).toBe(count);
});

test("an interval of no time is none", () => {
  const recorder = recorderWith({});
  recorder.record(OperationKind.read, Outcome.ok, 0, 0, 5000);
  recorder.beat(1e9);
  recorder.rotate(1e9);
  expect(recorder.finish(1e9).intervals).toHaveLength(1);
});

test("service counts from sent, response from intended; the total is by response", () => {
  const recorder = recorderWith({ openLoop: true });
  recorder.record(OperationKind.update, Outcome.ok, 1000, 4000, 4500);
  const { perOperation, latencyNs, intervals } = recorder.finish(5000);
  expect(perOperation[0]!.service!.max).toBe(500);
  expect(perOperation[0]!.response!.max).toBe(3501);
  expect(latencyNs!.max).toBe(3501);
  expect(Object.keys(intervals[0]!.responseHistograms!)).toEqual(["UPDATE"]);
});

test("failures have a histogram of their own, and their outcome counts under the operation", () => {
  const recorder = recorderWith({});
  recorder.record(OperationKind.read, Outcome.ok, 0, 0, 100);
  recorder.record(OperationKind.read, Outcome.notFound, 0, 0, 200);
  recorder.record(OperationKind.read, Outcome.error, 0, 0, 300);
  const { perOperation, errors, operations } = recorder.finish(1e6);
  expect(operations).toBe(3);
  expect(errors).toBe(1);
  expect(perOperation.map(({ operation, count }) => [operation, count])).toEqual([
    ["READ", 3],
    ["READ-FAILED", 2],
  ]);
  expect(perOperation[0]!.returns).toEqual({ OK: 1, NOT_FOUND: 1, ERROR: 1 });
  expect(perOperation[0]!.service!.max).toBe(100);
});

test("where a miss is a fact like another, it is timed with the hits", () => {
  const recorder = recorderWith({ notFoundFails: false });
  recorder.record(OperationKind.read, Outcome.notFound, 0, 0, 200);
  const { perOperation, errors } = recorder.finish(1e6);
  expect(errors).toBe(0);
  expect(perOperation.map(({ operation }) => operation)).toEqual(["READ"]);
  expect(perOperation[0]!.service!.max).toBe(200);
});

test("the steps of a read-modify-write are operations by name, and not in the total", () => {
  const recorder = recorderWith({});
  recorder.record(OperationKind.read, Outcome.ok, 0, 0, 100);
  recorder.recordStep(OperationKind.read, Outcome.ok, 0, 1000);
  recorder.recordStep(OperationKind.update, Outcome.ok, 1000, 3000);
  recorder.record(OperationKind.readModifyWrite, Outcome.ok, 0, 0, 3000);
  recorder.recordExtra(Extra.verify, Outcome.unexpectedState, 0, 0, 50);
  const { perOperation, operations, errors, intervals } = recorder.finish(1e6);
  expect(operations).toBe(2);
  expect(errors).toBe(1);
  expect(perOperation.map(({ operation, count }) => [operation, count])).toEqual([
    ["READ", 2],
    ["UPDATE", 1],
    ["READ-MODIFY-WRITE", 1],
    ["VERIFY", 1],
  ]);
  expect(perOperation[0]!.service!.max).toBe(1000);
  expect(perOperation[3]!.returns).toEqual({ UNEXPECTED_STATE: 1 });
  const total = Object.values(intervals[0]!.serviceHistograms!).map(
    (text) => decodeBase64(text).totalCount,
  );
  expect(total).toEqual([2, 1, 1, 1]);
});

test("operations that share a time have an equal part of it each", () => {
  const recorder = recorderWith({});
  recorder.recordShared(OperationKind.scan, 100, 1000, 51_000);
  const { operations, latencyNs, perOperation } = recorder.finish(1e6);
  expect(operations).toBe(100);
  expect(latencyNs!.p50).toBe(500);
  expect(perOperation[0]!.returns).toEqual({ OK: 100 });
});

test("without latencies there are counts, and no histogram anywhere", () => {
  const recorder = recorderWith({ latency: false });
  recorder.record(OperationKind.insert, Outcome.ok, 0, 0, 100);
  const { operations, latencyNs, perOperation, intervals } = recorder.finish(1e9);
  expect(operations).toBe(1);
  expect(latencyNs).toBeUndefined();
  expect(perOperation).toEqual([{ operation: "INSERT", count: 1, returns: { OK: 1 } }]);
  expect(intervals[0]!.latencyNs).toBeUndefined();
});

test("a status has what was done since the one before", () => {
  const options = { latency: true, openLoop: false, startNs: 0, notFoundFails: true, status: true };
  const recorder = new Recorder(options);
  recorder.record(OperationKind.read, Outcome.ok, 0, 0, 100);
  recorder.rotate(1e9);
  expect(recorder.takeStatus().map((each) => each.histogram.totalCount)).toEqual([1]);
  recorder.record(OperationKind.read, Outcome.ok, 0, 0, 100);
  recorder.record(OperationKind.read, Outcome.ok, 0, 0, 100);
  recorder.rotate(2e9);
  expect(recorder.takeStatus().map((each) => each.histogram.totalCount)).toEqual([2]);
  expect(recorder.takeStatus()).toEqual([]);
});
