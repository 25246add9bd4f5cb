// Records what operations cost: one histogram for each kind and outcome, cut into intervals
// (interval.ts). An operation is recorded once, into the histogram of the interval; the totals are
// the sum of the intervals, so a second view costs nothing an operation.
//
// In closed loop only the service time is kept (sent to done): there is no other. In open loop the
// response time (intended to done) is kept beside it.
//
// I1. The figures of the row cover exactly the intervals that are not marked as warm-up.
// I2. An operation of the workload is counted once in `operations`, whatever its steps and extras
//     (the reads and updates within a read-modify-write, checks of values) are counted as.
// I3. An interval that has ended is raw, or it is encoded and in the totals; the raw ones are the
//     newest, at most RAW_INTERVALS_MAX.

import assert from "node:assert/strict";
import { EngineError } from "../engines/errors.ts";
import type { Interval, Latency, OperationResult } from "../reports/result.ts";
import { OPERATION_NAMES, type OperationKind } from "../workloads/workload.ts";
import { allOperations, encodeInterval, isIntervalOver, type RawInterval } from "./interval.ts";
import { failureName, operationResults } from "./operation-results.ts";
import { OUTCOME_NAMES, Outcome } from "./outcome.ts";
import { type OperationStatus, type Series, SeriesList } from "./series.ts";

/** What is measured beside the operations of the workload; indices go on after its kinds. */
export const Extra = { verify: 6, scanPerRecord: 7 } as const;
export type Extra = (typeof Extra)[keyof typeof Extra];

const NAMES: readonly string[] = [...OPERATION_NAMES, "VERIFY", "SCAN-LATENCY-PER-RECORD"];
const OUTCOMES = OUTCOME_NAMES.length;
const ERROR_SAMPLES_MAX = 5;
/**
 * More than there are short intervals: none of those is encoded while a short row runs. Each holds
 * up to about 100 KB for each series.
 */
const RAW_INTERVALS_MAX = 32;

export interface RecorderOptions {
  /** False records how many there were, and no latency. */
  readonly latency: boolean;
  /** Keep response times too. */
  readonly openLoop: boolean;
  readonly startNs: number;
  /** A read that finds nothing is a failed operation, with a histogram of its own (YCSB). */
  readonly notFoundFails: boolean;
  /** It begins with a warm-up, that `beginMeasurement` ends; else all is measured. */
  readonly warmup?: boolean;
  /** Keep what `takeStatus` needs. */
  readonly status?: boolean;
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

export class Recorder {
  readonly #latency: boolean;
  readonly #openLoop: boolean;
  readonly #notFoundFails: boolean;
  readonly #list: SeriesList;
  /** By kind and outcome; the main series of a kind is at its outcome `ok`. */
  readonly #series: (Series | undefined)[];
  readonly #stepSeries: (Series | undefined)[];
  readonly #returns = new Float64Array(NAMES.length * OUTCOMES);
  readonly #intervals: Interval[] = [];
  readonly #rawIntervals: RawInterval[] = [];
  readonly #errorSamples: string[] = [];
  readonly #startNs: number;
  #measuredFromNs: number;
  #intervalStartNs: number;
  #intervalOperations = 0;
  #intervalErrors = 0;
  #operations = 0;
  #errors = 0;
  #warming: boolean;
  #warmup = { operations: 0, ms: 0 };
  /** The last error that was recorded, whatever it is. */
  lastError: unknown;

  constructor(options: RecorderOptions) {
    this.#latency = options.latency;
    this.#openLoop = options.openLoop;
    this.#notFoundFails = options.notFoundFails;
    this.#warming = options.warmup === true;
    this.#startNs = options.startNs;
    this.#measuredFromNs = options.startNs;
    this.#intervalStartNs = options.startNs;
    this.#list = new SeriesList(options.openLoop, options.status === true);
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
    assert(this.#warming, "I1: the measurement begins once, after a warm-up");
    this.rotate(nowNs);
    this.#warming = false;
    this.#warmup = { operations: this.#operations, ms: (nowNs - this.#startNs) / 1e6 };
    this.#operations = 0;
    this.#errors = 0;
    this.#returns.fill(0);
    this.#measuredFromNs = nowNs;
  }

  /** Ends the interval that runs if it is long enough. Call it about ten times a second. */
  beat(nowNs: number): void {
    if (isIntervalOver(this.#startNs, this.#intervalStartNs, nowNs)) this.rotate(nowNs);
  }

  /** Ends the interval that runs, and begins the next; nothing where it only just began. */
  rotate(nowNs: number): void {
    if (nowNs <= this.#intervalStartNs && this.#intervalOperations === 0) return;
    this.#rawIntervals.push({
      startMs: (this.#intervalStartNs - this.#startNs) / 1e6,
      durationMs: (nowNs - this.#intervalStartNs) / 1e6,
      warmup: this.#warming,
      operations: this.#intervalOperations,
      errors: this.#intervalErrors,
      series: this.#list.takeInterval(),
    });
    this.#operations += this.#intervalOperations;
    this.#errors += this.#intervalErrors;
    this.#intervalOperations = 0;
    this.#intervalErrors = 0;
    this.#intervalStartNs = nowNs;
    if (this.#rawIntervals.length > RAW_INTERVALS_MAX) this.#encodeOldest();
  }

  /** Operations of the measured part so far, or of the warm-up while that lasts. */
  get operations(): number {
    return this.#operations + this.#intervalOperations;
  }

  /** 99th percentile of the last interval that ended; undefined before, and without latencies. */
  recentP99Ns(): number | undefined {
    const raw = this.#rawIntervals.at(-1);
    return raw === undefined ? undefined : allOperations(raw)?.valuesAtPercentiles([99])[0];
  }

  /** Histograms of what was done since the last call, up to the last rotation. Copies. */
  takeStatus(): OperationStatus[] {
    return this.#list.takeStatus();
  }

  /** Ends the last interval. The recorder is not used after it. */
  finish(nowNs: number): Recording {
    if (this.#intervalOperations > 0) this.rotate(nowNs);
    if (this.#warming) this.beginMeasurement(nowNs);
    while (this.#rawIntervals.length > 0) this.#encodeOldest();
    const totals = this.#list.totals();
    return {
      elapsedNs: nowNs - this.#measuredFromNs,
      operations: this.#operations,
      errors: this.#errors,
      errorSamples: this.#errorSamples,
      latencyNs: totals.all?.summary(),
      perOperation: operationResults(NAMES, this.#returns, totals),
      intervals: this.#intervals,
      warmup: this.#warmup,
    };
  }

  #encodeOldest(): void {
    const raw = this.#rawIntervals.shift()!;
    this.#intervals.push(encodeInterval(raw));
    if (!raw.warmup) this.#list.addToTotals(raw.series);
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
    const series = this.#list.find(this.#nameOf(NAMES[kind]!, outcome as Outcome), counts);
    table[index] = series;
    return series;
  }

  #nameOf(operation: string, outcome: Outcome): string {
    if (outcome === Outcome.ok) return operation;
    if (outcome === Outcome.notFound && !this.#notFoundFails) return operation;
    // The check of a value is one operation whatever it finds, as in YCSB.
    if (operation === NAMES[Extra.verify]) return operation;
    return failureName(operation);
  }
}
