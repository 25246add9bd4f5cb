// How RocksDB's own db_bench is called, so that it does what our suite of the same name does: which
// processes, with which flags.
//
// Steps, for each benchmark in the order given, on one folder:
//  1. One that needs a filled store and has none is preceded by a fill of every key, untimed.
//  2. A benchmark joins the process of the one before it where its flags are the same: flags are
//     for all of a process. A fill empties the store, which db_bench does only where it was not
//     told to use an existing one: else it begins a process of its own.
//  3. Every other process uses the data that the one before it left.

import { type DbBenchmark, findDbBenchmark } from "../../workloads/db-benchmarks.ts";
import {
  MIXGRAPH_KEY_LAW,
  MIXGRAPH_RANGE_LAW,
  MIXGRAPH_SCAN_LAW,
  MIXGRAPH_SHARES,
  MIXGRAPH_VALUE_LAW,
} from "../../workloads/mixgraph.ts";
import type { SuiteSettings } from "../suites/suite.ts";

/** Bytes of a key, as in our suite. */
export const NATIVE_KEY_BYTES = 16;

export interface PlannedBenchmark {
  /** Our name; undefined for what fills the store, and gives no row. */
  readonly benchmark: DbBenchmark | undefined;
  /** db_bench's name. */
  readonly nativeName: string;
  readonly threads: number;
}

/** One call of db_bench. */
export interface PlannedProcess {
  readonly flags: readonly string[];
  readonly benchmarks: readonly PlannedBenchmark[];
}

type PlanSettings = Pick<
  SuiteSettings,
  | "benchmarks"
  | "records"
  | "operations"
  | "operationsOf"
  | "valueBytes"
  | "durability"
  | "clients"
  | "latency"
  | "seed"
  | "writerOpsPerSec"
>;

/**
 * @param dir the data of all processes.
 * @param cacheBytes of the block cache.
 */
export function planDbBench(
  settings: PlanSettings,
  dir: string,
  cacheBytes: number,
): PlannedProcess[] {
  const common = commonFlags(settings, dir, cacheBytes);
  const drafts: Draft[] = [];
  let filled = false;
  const add = (benchmark: PlannedBenchmark, own: readonly string[], fresh: boolean): void => {
    const last = drafts.at(-1);
    const joins = last?.own.join(" ") === own.join(" ") && !(fresh && last.usesExisting);
    if (joins) last.benchmarks.push(benchmark);
    else drafts.push({ own, usesExisting: !fresh, benchmarks: [benchmark] });
  };
  for (const name of settings.benchmarks) {
    const benchmark = findDbBenchmark(name);
    const fresh = benchmark.store === "empty";
    if (!fresh && !filled) {
      const fill = { benchmark: undefined, nativeName: "filluniquerandom", threads: 1 };
      add(fill, [`--num=${settings.records}`, "--threads=1"], true);
    }
    const threads = threadsOf(benchmark, settings);
    const own = ownFlags(benchmark, settings, threads);
    add({ benchmark, nativeName: benchmark.name, threads }, own, fresh);
    filled = !fresh || benchmark.divisor === 1;
  }
  return drafts.map(({ own, usesExisting, benchmarks }) => ({
    benchmarks,
    flags: [
      // The statistics behind each are those since the ones before it.
      `--benchmarks=${benchmarks.map((each) => `${each.nativeName},stats`).join(",")}`,
      `--use_existing_db=${usesExisting ? 1 : 0}`,
      ...own,
      ...common,
    ],
  }));
}

interface Draft {
  readonly own: readonly string[];
  readonly usesExisting: boolean;
  readonly benchmarks: PlannedBenchmark[];
}

/** A scan and a compaction are of one thread, as in our suite. */
function threadsOf(benchmark: DbBenchmark, settings: PlanSettings): number {
  return benchmark.shape === "scan" || benchmark.shape === "compaction" ? 1 : settings.clients;
}

function commonFlags(settings: PlanSettings, dir: string, cacheBytes: number): string[] {
  const range = MIXGRAPH_RANGE_LAW;
  return [
    `--db=${dir}`,
    `--key_size=${NATIVE_KEY_BYTES}`,
    `--value_size=${settings.valueBytes}`,
    "--compression_type=lz4",
    "--compression_ratio=0.5",
    "--bloom_bits=10",
    `--cache_size=${cacheBytes}`,
    // 0 would be the time.
    `--seed=${Math.max(1, settings.seed)}`,
    `--histogram=${settings.latency ? 1 : 0}`,
    "--stats_interval_seconds=1",
    "--stats_dump_period_sec=0",
    `--keyrange_num=${range.ranges}`,
    `--keyrange_dist_a=${range.a}`,
    `--keyrange_dist_b=${range.b}`,
    `--keyrange_dist_c=${range.c}`,
    `--keyrange_dist_d=${range.d}`,
    `--key_dist_a=${MIXGRAPH_KEY_LAW.a}`,
    `--key_dist_b=${MIXGRAPH_KEY_LAW.b}`,
    `--value_k=${MIXGRAPH_VALUE_LAW.k}`,
    `--value_sigma=${MIXGRAPH_VALUE_LAW.sigma}`,
    `--mix_max_value_size=${MIXGRAPH_VALUE_LAW.max}`,
    `--iter_k=${MIXGRAPH_SCAN_LAW.k}`,
    `--iter_sigma=${MIXGRAPH_SCAN_LAW.sigma}`,
    `--mix_max_scan_len=${MIXGRAPH_SCAN_LAW.max}`,
    `--mix_get_ratio=${MIXGRAPH_SHARES.get}`,
    `--mix_put_ratio=${MIXGRAPH_SHARES.put}`,
    `--mix_seek_ratio=${MIXGRAPH_SHARES.scan}`,
  ];
}

/** Flags that benchmarks differ in. db_bench counts operations for each thread. */
function ownFlags(benchmark: DbBenchmark, settings: PlanSettings, threads: number): string[] {
  const { divisor, synced } = benchmark;
  const wanted = settings.operationsOf[benchmark.name] ?? settings.operations / divisor;
  const each = Math.max(1, Math.ceil(Math.floor(Math.max(1, wanted)) / threads));
  // db_bench divides the number of keys by itself, and has none left of fewer than `divisor`.
  const flags = [`--num=${Math.max(divisor, settings.records)}`, `--threads=${threads}`];
  if (benchmark.shape !== "compaction") {
    flags.push(`--reads=${each}`, `--writes=${each}`, `--deletes=${each}`);
  }
  if (!synced && settings.durability === "memory") flags.push("--disable_wal=1");
  if (settings.durability === "sync" || settings.durability === "group") flags.push("--sync=1");
  if (benchmark.writerBeside && settings.writerOpsPerSec !== undefined) {
    const bytes = settings.writerOpsPerSec * (NATIVE_KEY_BYTES + settings.valueBytes);
    flags.push(`--benchmark_write_rate_limit=${Math.max(1, Math.round(bytes))}`);
  }
  return flags;
}
