// RocksDB's own db_bench as one more store of a comparison: the same benchmarks, keys, values,
// compression, filter, cache and durability, in processes of its own.
//
// Steps, for each planned process (db-bench-plan.ts):
//  1. Start it on the folder of the run; its lines of progress are ours.
//  2. Each benchmark that it reports becomes a row, as soon as it does.
//  3. Whoever interrupts kills it; the benchmark that ran then has no row.

import type { Row } from "../../reports/result.ts";
import type { OtherStore, StoreRun, SuiteSettings } from "../suites/suite.ts";
import { DbBenchOutput, type NativeReport } from "./db-bench-output.ts";
import { type PlannedBenchmark, type PlannedProcess, planDbBench } from "./db-bench-plan.ts";
import { runDbBenchProcess } from "./db-bench-process.ts";
import { nativeRow } from "./db-bench-row.ts";
import { DbBenchTicks } from "./db-bench-ticks.ts";
import { folderFiles } from "./folder-files.ts";

export interface DbBenchStoreOptions {
  /** The name of its rows' engine. */
  readonly name: string;
  readonly version: string;
  /** Bytes of the block cache. */
  readonly cacheBytes: number;
}

export class DbBenchStore implements OtherStore {
  readonly name: string;
  readonly #options: DbBenchStoreOptions;
  readonly #warnings = new Set<string>();

  constructor(options: DbBenchStoreOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  async *execute(settings: SuiteSettings, run: StoreRun): AsyncGenerator<Row, void, undefined> {
    const dir = run.dataDir.emptyDir(this.name);
    try {
      for (const planned of planDbBench(settings, dir, this.#options.cacheBytes)) {
        if (run.signal.aborted) return;
        const call = new Call({ store: this.#options, settings, run, planned, dir });
        yield* call.rows();
        for (const warning of call.warnings) this.#warnings.add(warning);
      }
    } finally {
      run.dataDir.emptyDir(this.name);
    }
  }
}

interface CallOptions {
  readonly store: DbBenchStoreOptions;
  readonly settings: SuiteSettings;
  readonly run: StoreRun;
  readonly planned: PlannedProcess;
  readonly dir: string;
}

/** One process, from its start to its end. */
class Call {
  readonly #options: CallOptions;
  readonly #output: DbBenchOutput;
  readonly #rows: Row[] = [];
  /** Index of the benchmark that runs. */
  #position = 0;
  #ticks: DbBenchTicks;
  #wake: () => void = () => {};

  constructor(options: CallOptions) {
    this.#options = options;
    this.#output = new DbBenchOutput((report) => this.#reported(report));
    this.#ticks = this.#begin();
  }

  get warnings(): readonly string[] {
    return this.#output.warnings.map((text) => `db_bench warns: ${text}`);
  }

  async *rows(): AsyncGenerator<Row, void, undefined> {
    let ended = false;
    const process = runDbBenchProcess({
      flags: this.#options.planned.flags,
      signal: this.#options.run.signal,
      onOutput: (line) => this.#output.line(line),
      onErrorOutput: (line) => {
        const progress = this.#ticks.line(line);
        if (progress !== undefined) this.#options.run.progress.update(progress);
      },
    }).finally(() => {
      ended = true;
      this.#wake();
    });
    // What it fails with is thrown below, after the rows that there are.
    process.catch(() => {});
    for (;;) {
      const row = this.#rows.shift();
      if (row !== undefined) yield row;
      else if (ended) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    await process;
  }

  get #current(): PlannedBenchmark | undefined {
    return this.#options.planned.benchmarks[this.#position];
  }

  #begin(): DbBenchTicks {
    const current = this.#current;
    if (current === undefined) return new DbBenchTicks(0, 0);
    const { benchmark, threads } = current;
    const label = benchmark === undefined ? "fill" : benchmark.name;
    this.#options.run.progress.begin(
      `${this.#options.store.name} ${label}`,
      benchmark !== undefined,
    );
    return new DbBenchTicks(threads, this.#options.settings.operations);
  }

  #reported(report: NativeReport): void {
    const benchmark = this.#current?.benchmark;
    const row = benchmark === undefined ? undefined : this.#rowOf(report);
    this.#options.run.progress.end(row);
    this.#position++;
    this.#ticks = this.#begin();
    if (row !== undefined) this.#rows.push(row);
    this.#wake();
  }

  #rowOf(report: NativeReport): Row {
    const { benchmark, threads } = this.#current!;
    const { records, valueBytes, durability } = this.#options.settings;
    const { name, version, cacheBytes } = this.#options.store;
    return nativeRow(report, {
      engine: name,
      version,
      benchmark: benchmark!,
      run: this.#options.run.run,
      durability: benchmark!.synced ? "sync" : durability,
      records,
      valueBytes,
      cacheBytes,
      threads,
      disk: folderFiles(this.#options.dir),
      intervals: this.#ticks.intervals(report.operations, report.seconds),
      notes: this.#notes(threads),
    });
  }

  #notes(threads: number): string[] {
    const notes = ["memtables of 64 MB are not in its cache bytes"];
    if (this.#options.settings.maxSeconds !== undefined) notes.push("it has no limit of time");
    if (threads > 1) notes.push(`${threads} threads of the system`);
    return [...notes, ...this.warnings];
  }
}
