// One benchmark of db_bench on an engine that is ready for it, and its row.

import type { Engine } from "../../engines/engine.ts";
import type { Row } from "../../reports/result.ts";
import type { DbBenchWorkload } from "../../workloads/db-bench.ts";
import { DB_BENCH_BATCH_SIZE } from "../../workloads/db-benchmarks.ts";
import { OperationKind } from "../../workloads/workload.ts";
import { runBatchPass } from "../batch-pass.ts";
import { runCompaction } from "../compaction-run.ts";
import { makeRow } from "../row.ts";
import { type RunOutcome, runPhase } from "../run.ts";
import { runScanPass } from "../scan-pass.ts";
import { runBesideWriter } from "../writer-beside.ts";
import { type SuiteRun, type SuiteSettings, warmupOf } from "./suite.ts";

export interface DbBenchRowOptions {
  readonly settings: SuiteSettings;
  readonly run: SuiteRun;
  readonly engine: Engine;
  readonly workload: DbBenchWorkload;
  /** What is written beside the benchmark; undefined: nothing. */
  readonly writer: DbBenchWorkload | undefined;
}

export async function measureDbBenchmark(options: DbBenchRowOptions): Promise<Row> {
  const { settings, run, engine, workload } = options;
  const statsBefore = engine.stats();
  run.progress.begin(`${run.name} ${workload.name}`, true);
  const outcome = await outcomeOf(options);
  const { shape } = workload.benchmark;
  const facts = {
    ...settings,
    module: run.module,
    engine,
    statsBefore,
    durability: engine.durability,
    benchmark: workload.name,
    run: run.run,
    concurrency: shape === "scan" || shape === "compaction" ? 1 : settings.clients,
    notes: notesOf(settings, workload, outcome),
  };
  const row = makeRow(facts, outcome);
  run.progress.end(row);
  return row;
}

function outcomeOf(options: DbBenchRowOptions): Promise<RunOutcome> {
  const { settings, run, engine, workload } = options;
  const { clock, timer, signal, watch } = run;
  const { latency, clients } = settings;
  const onProgress = run.progress.update.bind(run.progress);
  const limit = settings.maxSeconds === undefined ? {} : { maxSeconds: settings.maxSeconds };
  const common = { engine, clock, timer, signal, latency, watch, onProgress, ...limit };
  const operations = workload.operationCount;
  switch (workload.benchmark.shape) {
    case "compaction":
      return runCompaction(common);
    case "batches": {
      const batchSize = DB_BENCH_BATCH_SIZE;
      return runBatchPass({ ...common, workload, clients, expected: operations, batchSize });
    }
    case "scan": {
      const { reverse } = workload.benchmark;
      const expected = Math.min(operations, settings.records);
      return runScanPass({ ...common, reverse, limit: operations, expected });
    }
    case "operations": {
      const phase = {
        ...common,
        workload,
        phase: "run" as const,
        offer: settings.offer,
        clients,
        operations,
        warmupOperations: warmupFor(settings, workload),
        notFoundFails: false,
      };
      if (options.writer === undefined) return runPhase(phase);
      return runBesideWriter(phase, options.writer, settings.writerOpsPerSec);
    }
  }
}

/** Only what changes nothing is warmed up. */
function warmupFor(settings: SuiteSettings, workload: DbBenchWorkload): number {
  const { kind, order } = workload.benchmark;
  const reads = kind === OperationKind.read || kind === OperationKind.scan;
  return reads && order !== "mixgraph" ? warmupOf(settings, workload.name) : 0;
}

function notesOf(
  settings: SuiteSettings,
  workload: DbBenchWorkload,
  outcome: RunOutcome,
): string[] {
  const notes: string[] = [];
  const { benchmark, operationCount, keyCount } = workload;
  if (benchmark.divisor > 1 && settings.operationsOf[benchmark.name] === undefined) {
    notes.push(
      `${operationCount} operations on ${keyCount} keys: ` +
        `1/${benchmark.divisor} of what was asked for, as in db_bench`,
    );
  }
  if (benchmark.synced && settings.durability !== "sync") {
    notes.push(`at durability sync; the run is at ${settings.durability}`);
  }
  const absent = outcome.perOperation.reduce((sum, each) => sum + (each.returns.NOT_FOUND ?? 0), 0);
  if (absent > 0 && benchmark.order === "mixgraph") {
    const reads = outcome.perOperation.find((each) => each.operation === "READ")?.count ?? absent;
    notes.push(`${reads - absent} of ${reads} gets found`);
  } else if (absent > 0) {
    notes.push(`${outcome.operations - absent} of ${outcome.operations} found`);
  }
  return notes;
}
