// The benchmarks of RocksDB's db_bench that this harness has: their names, and what each one is.

import { WorkloadError } from "./errors.ts";
import { unknownName } from "./nearest.ts";
import { OperationKind } from "./workload.ts";

export interface DbBenchmark {
  readonly name: DbBenchmarkName;
  /** One line for `--help` and reports. */
  readonly description: string;
  /**
   * `operations`: many operations, each on one key. `scan`: one pass of a single cursor over the
   * store, in which every record counts as an operation; its client asks for it in one scan.
   * `batches`: puts that are written DB_BENCH_BATCH_SIZE at a time; a put is an operation.
   * `compaction`: the store is compacted, which is one operation; no client is asked for anything.
   */
  readonly shape: "operations" | "scan" | "batches" | "compaction";
  /** What each operation is; of mixgraph, what most of them are. */
  readonly kind: OperationKind;
  /** Keys in ascending order, drawn at random with replacement, or by the laws of mixgraph.ts. */
  readonly order: "sequential" | "random" | "mixgraph";
  /** For a scan: from the largest key down. */
  readonly reverse: boolean;
  /** `empty`: the store is emptied first. `filled`: it must hold the records of the load phase. */
  readonly store: "empty" | "filled";
  /** Bytes that keys have more than the records in the store, so that none is found. */
  readonly extraKeyBytes: number;
  /** Keys and operations are as many as were asked for divided by this, at least 1. */
  readonly divisor: number;
  /** Writes are at `sync`, whatever the level of the run. */
  readonly synced: boolean;
  /** Another client overwrites random keys all the while, and is not in the figures. */
  readonly writerBeside: boolean;
}

/** Fills first, then what leaves the store as it is, then what changes it; deletes come last. */
export const DB_BENCHMARK_NAMES = [
  "fillsync",
  "fillbatch",
  "fillseq",
  "fillrandom",
  "overwrite",
  "readrandom",
  "readmissing",
  "readseq",
  "readreverse",
  "seekrandom",
  "readwhilewriting",
  "mixgraph",
  "compact",
  "deleterandom",
] as const;
export type DbBenchmarkName = (typeof DB_BENCHMARK_NAMES)[number];

/** Puts of a batch of `fillbatch`. */
export const DB_BENCH_BATCH_SIZE = 1000;

const COMMON = {
  shape: "operations",
  order: "random",
  reverse: false,
  store: "filled",
  extraKeyBytes: 0,
  divisor: 1,
  synced: false,
  writerBeside: false,
} as const;

const FILL = { ...COMMON, kind: OperationKind.insert, store: "empty" } as const;
const PASS = {
  ...COMMON,
  shape: "scan",
  kind: OperationKind.scan,
  order: "sequential",
} as const;

const BENCHMARKS: Readonly<Record<DbBenchmarkName, Omit<DbBenchmark, "name">>> = {
  fillsync: {
    ...FILL,
    description: "puts of random keys into an empty store, each synced; 1/1000 of the operations",
    divisor: 1000,
    synced: true,
  },
  fillbatch: {
    ...FILL,
    description: `puts in key order into an empty store, ${DB_BENCH_BATCH_SIZE} to a batch`,
    shape: "batches",
    order: "sequential",
  },
  fillseq: {
    ...FILL,
    description: "puts in key order into an empty store",
    order: "sequential",
  },
  fillrandom: { ...FILL, description: "puts of random keys into an empty store" },
  overwrite: {
    ...COMMON,
    description: "puts of random keys into a filled store",
    kind: OperationKind.update,
  },
  readrandom: { ...COMMON, description: "gets of random keys", kind: OperationKind.read },
  readmissing: {
    ...COMMON,
    description: "gets of random keys that are not there",
    kind: OperationKind.read,
    extraKeyBytes: 1,
  },
  readseq: { ...PASS, description: "one cursor forward over the records" },
  readreverse: { ...PASS, description: "one cursor backward over the records", reverse: true },
  seekrandom: {
    ...COMMON,
    description: "seeks to random keys, each reading the record there",
    kind: OperationKind.scan,
  },
  readwhilewriting: {
    ...COMMON,
    description: "gets of random keys while one more client overwrites random keys",
    kind: OperationKind.read,
    writerBeside: true,
  },
  mixgraph: {
    ...COMMON,
    description: "gets, puts and short scans by the laws of a social graph (Cao et al., FAST 2020)",
    kind: OperationKind.read,
    order: "mixgraph",
  },
  compact: {
    ...COMMON,
    description: "one compaction of the whole store",
    shape: "compaction",
    kind: OperationKind.update,
  },
  deleterandom: { ...COMMON, description: "deletes of random keys", kind: OperationKind.delete },
};

/** The benchmark of this name; throws WORKLOAD_UNKNOWN. */
export function findDbBenchmark(name: string): DbBenchmark {
  if (Object.hasOwn(BENCHMARKS, name)) {
    const known = name as DbBenchmarkName;
    return { name: known, ...BENCHMARKS[known] };
  }
  const message = unknownName("benchmark", name, DB_BENCHMARK_NAMES);
  throw new WorkloadError("WORKLOAD_UNKNOWN", message);
}

/** Operations of a benchmark when `operations` were asked for: fewer for some, as in db_bench. */
export function dbBenchOperations(benchmark: DbBenchmark, operations: number): number {
  if (benchmark.shape === "compaction") return 1;
  return Math.max(1, Math.floor(operations / benchmark.divisor));
}
