// What a suite is: a list of benchmarks that run, in the order given, on one engine in one folder.

import type { Durability, Engine } from "../../engines/engine.ts";
import type { Clock } from "../../engines/io/clock.ts";
import type { ClusterSettings, Row } from "../../reports/result.ts";
import type { Workload } from "../../workloads/workload.ts";
import type { DataDir } from "../data-dir.ts";
import type { Offer } from "../offer.ts";
import type { Progress } from "../run.ts";
import type { MeasuredStore, StoreModule } from "../store.ts";
import type { Timer } from "../timer.ts";
import type { Watch } from "../watch.ts";

/** What is the same for every engine and run of a comparison. */
export interface SuiteSettings {
  readonly benchmarks: readonly string[];
  readonly records: number;
  readonly operations: number;
  /** Benchmarks that have another number of operations, by name. */
  readonly operationsOf: Readonly<Record<string, number>>;
  readonly valueBytes: number;
  readonly durability: Durability;
  readonly clients: number;
  readonly cacheBytes: number;
  readonly latency: boolean;
  readonly offer: Offer;
  readonly seed: number;
  /** Operations before the measured ones; undefined: as many as the suite thinks right. */
  readonly warmupOperations: number | undefined;
  /** The measured part of a benchmark ends after so long. */
  readonly maxSeconds: number | undefined;
  /** Puts a second of the writer beside `readwhilewriting`; absent: as many as it can. */
  readonly writerOpsPerSec?: number;
}

/** Where a suite says what it is doing. */
export interface SuiteProgress {
  /** Something begins: "hashlog readrandom", or "hashlog fill" for what is not timed. */
  begin(label: string, timed: boolean): void;
  update(progress: Progress): void;
  end(row: Row | undefined): void;
  /** Nothing is run: "hashlog readseq is left out: it has no scans". */
  leftOut(line: string): void;
}

/** One store, one run. */
export interface StoreRun {
  /** 1-based. */
  readonly run: number;
  readonly dataDir: DataDir;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly signal: AbortSignal;
  readonly progress: SuiteProgress;
}

/** One engine, or what else can be opened, one run. */
export interface SuiteRun<S extends MeasuredStore = Engine> extends StoreRun {
  readonly module: StoreModule<S>;
  /** What its rows are named: the name of the module, unless two have the same. */
  readonly name: string;
  readonly engineSettings: Readonly<Record<string, string | number | boolean>>;
  readonly watch: Watch;
}

export interface Suite {
  readonly name: string;
  /** Every benchmark that it has, in the order in which `--help` shows them. */
  readonly benchmarks: readonly string[];
  /** Those that run when none are named. */
  readonly defaults: readonly string[];
  /** Bytes of a value when nobody says. */
  readonly defaultValueBytes: number;
  /** Which benchmarks are warmed up, and with what. */
  readonly warmupScope: string;
  /** Throws WORKLOAD_UNKNOWN for a benchmark, WORKLOAD_VALUE for numbers out of range. */
  check(settings: SuiteSettings): void;
  /** A workload whose load phase makes the records of the suite, for a look at its values. */
  sample(settings: SuiteSettings): Workload;
  /** Rows as they are finished; ends early, with a partial row, when the signal is aborted. */
  execute(settings: SuiteSettings, run: SuiteRun): AsyncGenerator<Row, void, undefined>;
}

/** A store that is no engine of the registry, and does the benchmarks of a suite by itself. */
export interface OtherStore {
  /** The engine of its rows. */
  readonly name: string;
  /** What makes its figures doubtful, as far as it has said so by now. */
  readonly warnings: readonly string[];
  /** Of a cluster: how it is made and asked. */
  readonly cluster?: ClusterSettings;
  /** As `Suite.execute`. */
  execute(settings: SuiteSettings, run: StoreRun): AsyncGenerator<Row, void, undefined>;
}

/** Enough for the compiler, little enough not to count: 5 % of the operations, at most so many. */
const WARMUP_SHARE = 0.05;
const WARMUP_OPERATIONS_MAX = 20_000;

/** Operations before the measured ones, where a warm-up changes nothing that is measured. */
export function warmupOf(settings: SuiteSettings, benchmark: string): number {
  if (settings.warmupOperations !== undefined) return settings.warmupOperations;
  const operations = operationsOf(settings, benchmark);
  return Math.min(WARMUP_OPERATIONS_MAX, Math.floor(operations * WARMUP_SHARE));
}

/** Measured operations of a benchmark. */
export function operationsOf(settings: SuiteSettings, benchmark: string): number {
  return settings.operationsOf[benchmark] ?? settings.operations;
}
