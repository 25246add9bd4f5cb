// Records what operations cost: one histogram for each kind and outcome, cut into intervals of
// about a second. An operation is recorded once, into the histogram of the interval; at the end of
// an interval that is added to the totals, so a second view costs nothing an operation.
//
// In closed loop only the service time is kept (sent to done): there is no other. In open loop the
// response time (intended to done) is kept beside it.
//
// I1. The figures of the row cover exactly the intervals that are not marked as warm-up.
// I2. An operation of the workload is counted once in `operations`, whatever its steps and extras
//     (the reads and updates within a read-modify-write, checks of values) are counted as.

import assert from "node:assert/strict";
import { EngineError } from "../engines/errors.ts";
import { encodeBase64 } from "../reports/hdr/codec.ts";
import { Histogram } from "../reports/hdr/histogram.ts";
import type { Interval, Latency, OperationResult } from "../reports/result.ts";
import { OPERATION_NAMES, type OperationKind } from "../workloads/workload.ts";
import { OUTCOME_NAMES, Outcome } from "./outcome.ts";

/** What is measured beside the operations of the workload; indices go on after its kinds. */
export const Extra = { verify: 6, scanPerRecord: 7 } as const;
export type Extra = (typeof Extra)[keyof typeof Extra];

const NAMES: readonly string[] = [...OPERATION_NAMES, "VERIFY", "SCAN-LATENCY-PER-RECORD"];
const OUTCOMES = OUTCOME_NAMES.length;
const ERROR_SAMPLES_MAX = 5;

export interface RecorderOptions {
  /** False records how many there were, and no latency. */
  readonly latency: boolean;
  /** Keep response times too. */
  readonly openLoop: boolean;
  readonly startNs: number;
  /** A read that finds nothing is a failed operation, with a histogram of its own (YCSB). */
  readonly notFoundFails: boolean;
  /** Keep what `takeStatus` needs. */
  readonly status?: boolean;
}

/** What happened since the last call, for a status line. */
export interface OperationStatus {
  readonly operation: string;
  readonly histogram: Histogram;
}

export interface Recording {
  readonly elapsedNs: number;
  readonly operations: number;
  readonly errors: number;
  readonly errorSamples: string[];
  readonly latencyNs: Latency | undefined;
  readonly perOperation: OperationResult[];
  readonly intervals: Interval[];
  readonly warmup: { readonly operations: number; readonly ms: number };
}

/** Latencies of one name. Steps and extras have series of their own until the end. */
class Series {
  readonly name: string;
  /** Part of the figures over all operations. */
  readonly counts: boolean;
  readonly service = new Histogram();
  readonly response: Histogram | undefined;
  readonly totalService = new Histogram();
  readonly totalResponse: Histogram | undefined;
  readonly status: Histogram | undefined;

  constructor(name: string, counts: boolean, openLoop: boolean, status: boolean) {
    this.name = name;
    this.counts = counts;
    this.response = openLoop ? new Histogram() : undefined;
    this.totalResponse = openLoop ? new Histogram() : undefined;
    this.status = status ? new Histogram() : undefined;
  }
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #latency: boolean;
  readonly #openLoop: boolean;
  /** By kind and outcome; the main series of a kind is at its outcome `ok`. */
  readonly #series: (Series | undefined)[];
  readonly #stepSeries: (Series | undefined)[];
  readonly #all: Series[] = [];
  readonly #returns = new Float64Array(NAMES.length * OUTCOMES);
  readonly #intervals: Interval[] = [];
  readonly #errorSamples: string[] = [];
  readonly #startNs: number;
  #measuredFromNs: number;
  #intervalStartNs: number;
  #intervalOperations = 0;
  #intervalErrors = 0;
  #operations = 0;
  #errors = 0;
  #warmup = { operations: 0, ms: 0 };
  /** The last error that was recorded, whatever it is. */
  lastError: unknown;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#latency = options.latency;
    this.#openLoop = options.openLoop;
    this.#startNs = options.startNs;
    this.#measuredFromNs = options.startNs;
    this.#intervalStartNs = options.startNs;
    this.#series = new Array<Series | undefined>(NAMES.length * OUTCOMES).fill(undefined);
    this.#stepSeries = new Array<Series | undefined>(NAMES.length * OUTCOMES).fill(undefined);
  }

  /** An operation of the workload. In closed loop `intendedNs` is `sentNs`. */
  record(
    kind: OperationKind,
    outcome: Outcome,
    intendedNs: number,
    sentNs: number,
    doneNs: number,
  ): void {
    const index = kind * OUTCOMES + outcome;
    this.#returns[index] = this.#returns[index]! + 1;
    this.#intervalOperations++;
    if (outcome >= Outcome.error) this.#intervalErrors++;
    if (!this.#latency) return;
    const series = this.#series[index] ?? this.#newSeries(this.#series, index, true);
    series.service.record(doneNs - sentNs);
    if (this.#openLoop) series.response!.record(doneNs - intendedNs);
  }

  /** A step of an operation that counts as one of another kind too. */
  recordStep(kind: OperationKind, outcome: Outcome, sentNs: number, doneNs: number): void {
    this.#recordBeside(kind * OUTCOMES + outcome, sentNs, sentNs, doneNs);
  }

  recordExtra(
    extra: Extra,
    outcome: Outcome,
    intendedNs: number,
    sentNs: number,
    doneNs: number,
  ): void {
    if (outcome >= Outcome.error) this.#intervalErrors++;
    this.#recordBeside(extra * OUTCOMES + outcome, intendedNs, sentNs, doneNs);
  }

  /** `count` operations that took `doneNs - sentNs` together, each an equal share of it. */
  recordShared(kind: OperationKind, count: number, sentNs: number, doneNs: number): void {
    const index = kind * OUTCOMES + Outcome.ok;
    this.#returns[index] = this.#returns[index]! + count;
    this.#intervalOperations += count;
    if (!this.#latency) return;
    const series = this.#series[index] ?? this.#newSeries(this.#series, index, true);
    series.service.recordCount((doneNs - sentNs) / count, count);
  }

  recordError(error: unknown): void {
    this.lastError = error;
    if (this.#errorSamples.length >= ERROR_SAMPLES_MAX) return;
    const code = error instanceof EngineError ? `${error.code}: ` : "";
    const sample = code + (error instanceof Error ? error.message : String(error));
    if (!this.#errorSamples.includes(sample)) this.#errorSamples.push(sample);
  }

  /** The warm-up ends: what was recorded so far is not part of the figures. */
  beginMeasurement(nowNs: number): void {
    assert(this.#warmup.operations === 0, "I1: the measurement begins once");
    this.#endInterval(nowNs, true);
    const operations = this.#operations;
    this.#warmup = { operations, ms: (nowNs - this.#startNs) / 1e6 };
    this.#operations = 0;
    this.#errors = 0;
    this.#returns.fill(0);
    this.#measuredFromNs = nowNs;
  }

  /** Ends the interval that runs, and begins the next. */
  rotate(nowNs: number): void {
    this.#endInterval(nowNs, false);
  }

  /** When the interval that runs began, in nanoseconds. */
  get intervalStartNs(): number {
    return this.#intervalStartNs;
  }

  /** Operations of the measured part so far. */
  get operations(): number {
    return this.#operations + this.#intervalOperations;
  }

  /** Histograms of what was done since the last call, up to the last rotation. Copies. */
  takeStatus(): OperationStatus[] {
    const byName = new Map<string, Histogram>();
    for (const series of this.#all) {
      if (series.status === undefined || series.status.totalCount === 0) continue;
      const histogram = byName.get(series.name) ?? new Histogram();
      histogram.add(series.status);
      byName.set(series.name, histogram);
      series.status.reset();
    }
    return [...byName].map(([operation, histogram]) => ({ operation, histogram }));
  }

  /** Ends the last interval. The recorder is not used after it. */
  finish(nowNs: number): Recording {
    if (this.#intervalOperations > 0) this.#endInterval(nowNs, false);
    const latencies = this.#all.filter((series) => series.counts).map(totalOf);
    return {
      elapsedNs: nowNs - this.#measuredFromNs,
      operations: this.#operations,
      errors: this.#errors,
      errorSamples: this.#errorSamples,
      latencyNs: latencies.length > 0 ? merged(latencies).summary() : undefined,
      perOperation: this.#perOperation(),
      intervals: this.#intervals,
      warmup: this.#warmup,
    };
  }

  #recordBeside(index: number, intendedNs: number, sentNs: number, doneNs: number): void {
    this.#returns[index] = this.#returns[index]! + 1;
    if (!this.#latency) return;
    const series = this.#stepSeries[index] ?? this.#newSeries(this.#stepSeries, index, false);
    series.service.record(doneNs - sentNs);
    if (this.#openLoop) series.response!.record(doneNs - intendedNs);
  }

  #newSeries(table: (Series | undefined)[], index: number, counts: boolean): Series {
    const outcome = index % OUTCOMES;
    const kind = (index - outcome) / OUTCOMES;
    const name = this.#nameOf(NAMES[kind]!, outcome as Outcome);
    let series = this.#all.find((each) => each.name === name && each.counts === counts);
    if (series === undefined) {
      series = new Series(name, counts, this.#openLoop, this.#options.status === true);
      this.#all.push(series);
    }
    table[index] = series;
    return series;
  }

  #nameOf(operation: string, outcome: Outcome): string {
    if (outcome === Outcome.ok) return operation;
    if (outcome === Outcome.notFound && !this.#options.notFoundFails) return operation;
    // The check of a value is one operation whatever it finds, as in YCSB.
    if (operation === NAMES[Extra.verify]) return operation;
    return `${operation}-FAILED`;
  }

  #endInterval(nowNs: number, warmup: boolean): void {
    const interval: Interval = {
      startMs: (this.#intervalStartNs - this.#startNs) / 1e6,
      durationMs: (nowNs - this.#intervalStartNs) / 1e6,
      warmup,
      operations: this.#intervalOperations,
      errors: this.#intervalErrors,
      ...this.#intervalLatencies(warmup),
    };
    this.#intervals.push(interval);
    this.#operations += this.#intervalOperations;
    this.#errors += this.#intervalErrors;
    this.#intervalOperations = 0;
    this.#intervalErrors = 0;
    this.#intervalStartNs = nowNs;
  }

  #intervalLatencies(warmup: boolean): Partial<Interval> {
    const all: Histogram[] = [];
    const services = new Map<string, Histogram>();
    const responses = new Map<string, Histogram>();
    for (const series of this.#all) {
      if (series.service.totalCount === 0) continue;
      if (series.counts) all.push(series.response ?? series.service);
      join(services, series.name, series.service);
      if (series.response !== undefined) join(responses, series.name, series.response);
    }
    const latencies: Partial<Interval> = {};
    if (all.length > 0) {
      latencies.latencyNs = merged(all).summary();
      latencies.serviceHistograms = encoded(services);
      if (this.#openLoop) latencies.responseHistograms = encoded(responses);
    }
    for (const series of this.#all) takeOver(series, warmup);
    return latencies;
  }

  #perOperation(): OperationResult[] {
    const services = new Map<string, Histogram>();
    const responses = new Map<string, Histogram>();
    for (const series of this.#all) {
      join(services, series.name, series.totalService);
      if (series.totalResponse !== undefined) join(responses, series.name, series.totalResponse);
    }
    const results: OperationResult[] = [];
    for (const [kind, name] of NAMES.entries()) {
      const returns = this.#returnsOf(kind);
      const count = Object.values(returns).reduce((sum, each) => sum + each, 0);
      if (count === 0) continue;
      results.push(operationResult(name, count, returns, services, responses));
      const failed = `${name}-FAILED`;
      const failures = services.get(failed)?.totalCount ?? 0;
      if (failures > 0) results.push(operationResult(failed, failures, {}, services, responses));
    }
    return results;
  }

  #returnsOf(kind: number): Record<string, number> {
    const returns: Record<string, number> = {};
    for (const [outcome, name] of OUTCOME_NAMES.entries()) {
      const count = this.#returns[kind * OUTCOMES + outcome]!;
      if (count > 0) returns[name] = count;
    }
    return returns;
  }
}

function totalOf(series: Series): Histogram {
  return series.totalResponse ?? series.totalService;
}

/** Adds the interval of a series to its totals, unless it was warm-up, and empties it. */
function takeOver(series: Series, warmup: boolean): void {
  series.status?.add(series.service);
  if (!warmup) {
    series.totalService.add(series.service);
    if (series.response !== undefined) series.totalResponse!.add(series.response);
  }
  series.service.reset();
  series.response?.reset();
}

function join(map: Map<string, Histogram>, name: string, histogram: Histogram): void {
  const present = map.get(name);
  map.set(name, present === undefined ? histogram : merged([present, histogram]));
}

function merged(histograms: readonly Histogram[]): Histogram {
  if (histograms.length === 1) return histograms[0]!;
  const sum = new Histogram();
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}

function encoded(histograms: ReadonlyMap<string, Histogram>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, histogram] of histograms) texts[name] = encodeBase64(histogram);
  return texts;
}

function operationResult(
  operation: string,
  count: number,
  returns: Record<string, number>,
  services: ReadonlyMap<string, Histogram>,
  responses: ReadonlyMap<string, Histogram>,
): OperationResult {
  const result: OperationResult = { operation, count, returns };
  const service = services.get(operation);
  if (service !== undefined && service.totalCount > 0) {
    result.service = service.summary();
    result.serviceHistogram = encodeBase64(service);
  }
  const response = responses.get(operation);
  if (response !== undefined && response.totalCount > 0) {
    result.response = response.summary();
    result.responseHistogram = encodeBase64(response);
  }
  return result;
}
