// The main job, sized to the machine: YCSB A to F on every engine that is present, three runs each,
// in about two minutes.
//
// Steps:
//  1. A pilot: every engine loads a little and runs each workload for a moment.
//  2. From its rates, records and operations that fit the budget (start-size.ts).
//  3. The comparison itself, interleaved; a run that turns out far slower is cut short.

import type { Clock } from "../engines/io/clock.ts";
import type { Row } from "../reports/result.ts";
import { type CompareOptions, type Comparison, compareEngines } from "./compare.ts";
import type { Progress } from "./run.ts";
import {
  type PilotCost,
  RUNNING_ORDER,
  START_BENCHMARKS,
  START_REPEAT,
  type StartSize,
  sizeStart,
} from "./start-size.ts";
import type { SuiteProgress, SuiteSettings } from "./suites/suite.ts";
import { ycsbSuite } from "./suites/ycsb.ts";

const PILOT_RECORDS = 5000;
const PILOT_SECONDS = 0.15;
/** More than any engine does in PILOT_SECONDS. */
const PILOT_OPERATIONS = 2_000_000;

export type StartOptions = Omit<CompareOptions, "suite" | "settings" | "repeat"> & {
  readonly settings: Omit<
    SuiteSettings,
    "benchmarks" | "records" | "operations" | "operationsOf" | "warmupOperations" | "maxSeconds"
  >;
  /** Of the whole, pilot included. */
  readonly budgetSeconds: number;
  readonly onSized: (size: StartSize) => void;
};

/** The comparison, and what it was asked to do. */
export interface Started {
  readonly comparison: Comparison;
  readonly compared: CompareOptions;
}

export async function runStart(options: StartOptions): Promise<Started> {
  const startNs = options.clock.now();
  const common = { ...options.settings, benchmarks: RUNNING_ORDER };
  const pilot = new Pilot(options.clock, options.progress);
  const piloted: CompareOptions = {
    ...options,
    suite: ycsbSuite,
    settings: {
      ...common,
      records: PILOT_RECORDS,
      operations: PILOT_OPERATIONS,
      operationsOf: {},
      warmupOperations: 0,
      maxSeconds: PILOT_SECONDS,
      latency: false,
    },
    repeat: 1,
    progress: pilot,
  };
  const first = await compareEngines(piloted);
  const stopped = first.failure !== undefined || options.signal.aborted;
  if (stopped || first.rows.length === 0) return { comparison: first, compared: piloted };
  const spentSeconds = (options.clock.now() - startNs) / 1e9;
  const size = sizeStart(pilot.cost(), Math.max(1, options.budgetSeconds - spentSeconds));
  options.onSized(size);
  const compared: CompareOptions = {
    ...options,
    suite: ycsbSuite,
    settings: { ...common, ...size, operations: 0, warmupOperations: undefined },
    repeat: START_REPEAT,
    shownBenchmarks: START_BENCHMARKS,
    onSkipped: () => {},
  };
  return { comparison: await compareEngines(compared), compared };
}

/** Adds up what the pilot costs, and shows it as one phase an engine. */
class Pilot implements SuiteProgress {
  readonly #clock: Clock;
  readonly #progress: SuiteProgress;
  readonly #operationSeconds: Record<string, number> = {};
  #engines = new Set<string>();
  #loadSeconds = 0;
  #loads = 0;
  #beganNs = 0;

  constructor(clock: Clock, progress: SuiteProgress) {
    this.#clock = clock;
    this.#progress = progress;
  }

  begin(label: string): void {
    this.#beganNs = this.#clock.now();
    this.#progress.begin(`pilot: ${label}`, false);
  }

  update(progress: Progress): void {
    this.#progress.update(progress);
  }

  end(row: Row | undefined): void {
    this.#progress.end(undefined);
    if (row === undefined) {
      this.#loads++;
      this.#loadSeconds += (this.#clock.now() - this.#beganNs) / 1e9;
      return;
    }
    this.#engines.add(row.engine);
    const seconds = 1 / Math.max(1, row.opsPerSec);
    this.#operationSeconds[row.benchmark] = (this.#operationSeconds[row.benchmark] ?? 0) + seconds;
  }

  leftOut(line: string): void {
    this.#progress.leftOut(line);
  }

  cost(): PilotCost {
    const perLoad = this.#loadSeconds / Math.max(1, this.#loads) / PILOT_RECORDS;
    return {
      loadSeconds: perLoad * this.#engines.size,
      operationSeconds: this.#operationSeconds,
      engines: this.#engines.size,
    };
  }
}
