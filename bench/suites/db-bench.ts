// The benchmarks of RocksDB's db_bench: names and meaning as there.
//
// Steps, for each benchmark in the order given, on one folder:
//  1. A fill begins with an empty store.
//  2. Any other needs a filled one: if nothing was written yet, every record is put in, untimed.
//  3. The benchmark runs and gives a row.

import type { Row } from "../../reports/result.ts";
import { DB_BENCHMARK_NAMES, DbBenchWorkload, findDbBenchmark } from "../../workloads/db-bench.ts";
import { OperationKind } from "../../workloads/workload.ts";
import { makeRow } from "../row.ts";
import { type RunOutcome, runPhase } from "../run.ts";
import { runScanPass } from "../scan-pass.ts";
import { Session } from "../session.ts";
import { operationsOf, type Suite, type SuiteRun, type SuiteSettings, warmupOf } from "./suite.ts";

/**
 * Far apart, so that the streams of neighbouring benchmarks are not those of neighbouring seeds.
 */
const SEED_STEP = 1_000_003;

export const dbBenchSuite: Suite = {
  name: "db_bench",
  benchmarks: DB_BENCHMARK_NAMES,
  defaults: ["fillrandom", "readrandom", "readseq"],
  defaultValueBytes: 100,
  warmupScope: "only before reads and seeks at random keys, which change nothing",
  check(settings) {
    for (const [position] of settings.benchmarks.entries()) workloadOf(settings, position);
  },
  sample: (settings) => workloadOf(settings, 0),
  async *execute(settings, run) {
    const session = new Session({ ...run, ...settings, settings: run.engineSettings });
    try {
      let filled = false;
      for (const [position, name] of settings.benchmarks.entries()) {
        if (run.signal.aborted) return;
        if (needsScan(name) && !run.module.supports.scan) {
          run.progress.begin(`${run.module.name} ${name} is left out: it has no scans`, false);
          run.progress.end(undefined);
          continue;
        }
        const workload = workloadOf(settings, position);
        const { store } = findDbBenchmark(name);
        if (store === "empty") await session.empty();
        else if (!filled) {
          run.progress.begin(`${run.module.name} fill`, false);
          const onProgress = run.progress.update.bind(run.progress);
          await session.fill(workload, { ...run, onProgress });
          run.progress.end(undefined);
          if (run.signal.aborted) return;
        }
        const row = await benchmark(settings, run, session, workload);
        // After a fill that the time limit cut short, reads would find little: the next one fills.
        filled = store !== "empty" || row.cutShortOf === undefined;
        if (row.operations > 0 || !row.partial) yield row;
      }
    } finally {
      await session.empty();
    }
  },
};

/** An engine whose manifest has no scans is left out of these. */
function needsScan(name: string): boolean {
  const { shape, kind } = findDbBenchmark(name);
  return shape === "scan" || kind === OperationKind.scan;
}

/** The stream of a benchmark follows from its place: reads must not repeat the order of a fill. */
function workloadOf(settings: SuiteSettings, position: number): DbBenchWorkload {
  const benchmark = settings.benchmarks[position]!;
  return new DbBenchWorkload({
    benchmark,
    records: settings.records,
    operations: operationsOf(settings, benchmark),
    seed: (settings.seed + SEED_STEP * (position + 1)) % Number.MAX_SAFE_INTEGER,
    valueBytes: settings.valueBytes,
  });
}

async function benchmark(
  settings: SuiteSettings,
  run: SuiteRun,
  session: Session,
  workload: DbBenchWorkload,
): Promise<Row> {
  const engine = await session.engine();
  const { shape, kind, reverse } = workload.benchmark;
  const { clock, timer, signal } = run;
  const { latency, clients } = settings;
  const notes: string[] = [];
  run.progress.begin(`${run.module.name} ${workload.name}`, true);
  const onProgress = run.progress.update.bind(run.progress);
  let outcome: RunOutcome;
  if (shape === "scan") {
    const limit = workload.operationCount;
    const expected = Math.min(limit, settings.records);
    const common = { engine, clock, timer, signal, latency, onProgress };
    outcome = await runScanPass({ ...common, reverse, limit, expected });
  } else {
    const reads = kind === OperationKind.read || kind === OperationKind.scan;
    outcome = await runPhase({
      engine,
      workload,
      phase: "run",
      offer: settings.offer,
      clients,
      operations: workload.operationCount,
      warmupOperations: reads ? warmupOf(settings, workload.name) : 0,
      ...(settings.maxSeconds === undefined ? {} : { maxSeconds: settings.maxSeconds }),
      latency,
      notFoundFails: false,
      clock,
      timer,
      signal,
      onProgress,
    });
  }
  const absent = outcome.perOperation.reduce((sum, each) => sum + (each.returns.NOT_FOUND ?? 0), 0);
  if (absent > 0) {
    const found = outcome.operations - absent;
    notes.push(`${found} of ${outcome.operations} found`);
  }
  const { module } = run;
  const facts = { ...settings, module, engine, benchmark: workload.name, run: run.run, notes };
  const row = makeRow({ ...facts, concurrency: shape === "scan" ? 1 : clients }, outcome);
  run.progress.end(row);
  return row;
}
