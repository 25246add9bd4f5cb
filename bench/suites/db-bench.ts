// The benchmarks of RocksDB's db_bench: names and meaning as there.
//
// Steps, for each benchmark in the order given, on one folder:
//  1. What the engine's manifest cannot do is left out, with a line.
//  2. A fill begins with an empty store.
//  3. Any other needs a filled one: if nothing was written yet, every record is put in, untimed.
//  4. The benchmark runs (db-bench-row.ts) and gives a row.

import type { Capabilities, Durability } from "../../engines/engine.ts";
import { checkDbBench, type DbBenchOptions, DbBenchWorkload } from "../../workloads/db-bench.ts";
import {
  DB_BENCHMARK_NAMES,
  type DbBenchmark,
  dbBenchOperations,
  findDbBenchmark,
} from "../../workloads/db-benchmarks.ts";
import { OperationKind } from "../../workloads/workload.ts";
import { Session } from "../session.ts";
import { measureDbBenchmark } from "./db-bench-row.ts";
import type { Suite, SuiteSettings } from "./suite.ts";

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
    for (const name of settings.benchmarks) checkDbBench(optionsOf(settings, name, 0));
  },
  sample: (settings) => workloadOf(settings, 0),
  async *execute(settings, run) {
    const session = new Session({ ...run, ...settings, settings: run.engineSettings });
    try {
      let filled = false;
      for (const [position, name] of settings.benchmarks.entries()) {
        if (run.signal.aborted) return;
        const benchmark = findDbBenchmark(name);
        const durability = levelOf(benchmark, settings);
        const lacking = lackOf(run.module.supports, benchmark, durability);
        if (lacking !== undefined) {
          run.progress.leftOut(`${run.name} ${name} is left out: it ${lacking}`);
          continue;
        }
        const workload = workloadOf(settings, position);
        if (benchmark.store === "empty") await session.empty();
        else if (!filled) {
          run.progress.begin(`${run.name} fill`, false);
          const onProgress = run.progress.update.bind(run.progress);
          await session.fill(workload, { ...run, onProgress });
          run.progress.end(undefined);
          if (run.signal.aborted) return;
        }
        const engine = await session.engine(durability);
        const writer = benchmark.writerBeside ? writerOf(settings, position) : undefined;
        const row = await measureDbBenchmark({ settings, run, engine, workload, writer });
        // After a fill of a part of the keys, or one that the time limit cut short, reads would
        // find little: the next one fills.
        const whole = benchmark.divisor === 1 && row.cutShortOf === undefined;
        filled = benchmark.store !== "empty" || whole;
        if (row.operations > 0 || !row.partial) yield row;
      }
    } finally {
      await session.empty();
    }
  },
};

/** The level of a row: that of the run, but for what is synced by its nature. */
function levelOf(benchmark: DbBenchmark, settings: SuiteSettings): Durability {
  return benchmark.synced ? "sync" : settings.durability;
}

/** What an engine cannot do of a benchmark, by its manifest; undefined: nothing. */
function lackOf(
  supports: Capabilities,
  benchmark: DbBenchmark,
  durability: Durability,
): string | undefined {
  const { shape, kind, order } = benchmark;
  const scans = shape === "scan" || kind === OperationKind.scan || order === "mixgraph";
  if (scans && !supports.scan) return "has no scans";
  if (shape === "compaction" && !supports.compact) return "has no compaction";
  if (!supports.durability.includes(durability)) return `cannot give durability ${durability}`;
  return undefined;
}

/** The stream of a benchmark follows from its place: reads must not repeat the order of a fill. */
function workloadOf(settings: SuiteSettings, position: number): DbBenchWorkload {
  const benchmark = settings.benchmarks[position]!;
  return workloadAt(settings, benchmark, position);
}

/** Who writes beside a benchmark has a stream of its own. */
function writerOf(settings: SuiteSettings, position: number): DbBenchWorkload {
  return workloadAt(settings, "overwrite", position + settings.benchmarks.length);
}

function workloadAt(settings: SuiteSettings, benchmark: string, place: number): DbBenchWorkload {
  return new DbBenchWorkload(optionsOf(settings, benchmark, place));
}

function optionsOf(settings: SuiteSettings, benchmark: string, place: number): DbBenchOptions {
  const { records, operations, operationsOf, valueBytes } = settings;
  return {
    benchmark,
    records,
    operations:
      operationsOf[benchmark] ?? dbBenchOperations(findDbBenchmark(benchmark), operations),
    seed: (settings.seed + SEED_STEP * (place + 1)) % Number.MAX_SAFE_INTEGER,
    valueBytes,
  };
}
