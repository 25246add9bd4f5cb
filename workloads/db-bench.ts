// The benchmarks of RocksDB's db_bench that this harness has, as workloads.
//
// Keys are the number in eight bytes, big-endian, filled up with the character "0" (16 bytes unless
// told otherwise). Values are views into a pool of compressible bytes that move on by one value
// each time. Random keys are drawn with replacement from 0 .. records - 1, so that `fillrandom`
// leaves about 63 % of the numbers in the store, and `readrandom` after it misses the rest, as in
// db_bench.

import { WorkloadError } from "./errors.ts";
import { unknownName } from "./nearest.ts";
import { Permutation } from "./permutation.ts";
import { compressiblePool } from "./pool.ts";
import { Random } from "./random.ts";
import { type Operation, OperationKind, type Workload, type WorkloadClient } from "./workload.ts";

export interface DbBenchmark {
  readonly name: DbBenchmarkName;
  /** One line for `--help` and reports. */
  readonly description: string;
  /**
   * `operations`: many operations, each on one key. `scan`: one pass of a single cursor over the
   * store, in which every record counts as an operation; its client asks for it in one scan.
   */
  readonly shape: "operations" | "scan";
  /** What each operation is. */
  readonly kind: OperationKind;
  /** Keys in ascending order, or drawn at random with replacement. */
  readonly order: "sequential" | "random";
  /** For a scan: from the largest key down. */
  readonly reverse: boolean;
  /** `empty`: the store is emptied first. `filled`: it must hold the records of the load phase. */
  readonly store: "empty" | "filled";
  /** Bytes that keys have more than the records in the store, so that none is found. */
  readonly extraKeyBytes: number;
}

export const DB_BENCHMARK_NAMES = [
  "fillseq",
  "fillrandom",
  "overwrite",
  "readrandom",
  "readmissing",
  "readseq",
  "readreverse",
  "seekrandom",
  "deleterandom",
] as const;
export type DbBenchmarkName = (typeof DB_BENCHMARK_NAMES)[number];

const COMMON = {
  shape: "operations",
  order: "random",
  reverse: false,
  store: "filled",
  extraKeyBytes: 0,
} as const;

const BENCHMARKS: Readonly<Record<DbBenchmarkName, Omit<DbBenchmark, "name">>> = {
  fillseq: {
    ...COMMON,
    description: "puts in key order into an empty store",
    kind: OperationKind.insert,
    order: "sequential",
    store: "empty",
  },
  fillrandom: {
    ...COMMON,
    description: "puts of random keys into an empty store",
    kind: OperationKind.insert,
    store: "empty",
  },
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
  readseq: {
    ...COMMON,
    description: "one cursor forward over the records",
    shape: "scan",
    kind: OperationKind.scan,
    order: "sequential",
  },
  readreverse: {
    ...COMMON,
    description: "one cursor backward over the records",
    shape: "scan",
    kind: OperationKind.scan,
    order: "sequential",
    reverse: true,
  },
  seekrandom: {
    ...COMMON,
    description: "seeks to random keys, each reading the record there",
    kind: OperationKind.scan,
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

export interface DbBenchOptions {
  /** One of DB_BENCHMARK_NAMES. */
  readonly benchmark: string;
  /** Size of the range of keys, 1 to 2^52. */
  readonly records: number;
  /** Operations over all clients; for a scan, the most records it reads. */
  readonly operations: number;
  readonly seed: number;
  /** Default 100. */
  readonly valueBytes?: number;
  /** At least 8; default 16. */
  readonly keyBytes?: number;
  /** Values compress to about this part, 0 to 1; default 0.5. */
  readonly compressionRatio?: number;
}

export class DbBenchWorkload implements Workload {
  readonly name: string;
  readonly benchmark: DbBenchmark;
  readonly recordCount: number;
  readonly operationCount: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly fieldCount = 1;
  readonly check = undefined;
  private readonly random: Random;
  private readonly keyBytes: number;
  private readonly values: readonly Uint8Array[];

  /** Throws WORKLOAD_UNKNOWN for the benchmark, WORKLOAD_VALUE for numbers out of range. */
  constructor(options: DbBenchOptions) {
    const { records, operations, seed } = options;
    const { valueBytes = 100, keyBytes = 16, compressionRatio = 0.5 } = options;
    this.benchmark = findDbBenchmark(options.benchmark);
    checkInteger("records", records, 1, 2 ** 52);
    checkInteger("operations", operations, 0, Number.MAX_SAFE_INTEGER);
    checkInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
    checkInteger("value size", valueBytes, 0, 2 ** 30);
    checkInteger("key size", keyBytes, 8, 65_534);
    if (!(compressionRatio >= 0 && compressionRatio <= 1)) {
      throw new WorkloadError("WORKLOAD_VALUE", "the compression ratio must be from 0 to 1");
    }
    this.name = this.benchmark.name;
    this.recordCount = records;
    this.operationCount = operations;
    this.seed = seed;
    this.keyBytes = keyBytes;
    this.properties = {
      benchmark: this.benchmark.name,
      num: String(records),
      operations: String(operations),
      key_size: String(keyBytes),
      value_size: String(valueBytes),
      compression_ratio: String(compressionRatio),
      seed: String(seed),
    };
    this.random = new Random(seed);
    this.values = movingViews(this.random.split("values"), compressionRatio, valueBytes);
  }

  loadCount(index: number, count: number): number {
    return Math.max(0, Math.ceil((this.recordCount - index) / count));
  }

  /** Every record once, in a scattered order: a fill in key order would flatter some stores. */
  loadClient(index: number, count: number): WorkloadClient {
    const places = new Permutation(this.recordCount);
    const load = { kind: OperationKind.insert, keyBytes: this.keyBytes, values: this.values };
    let turn = index;
    return new DbBenchClient(load, () => {
      const keyNumber = places.at(turn % this.recordCount);
      turn += count;
      return keyNumber;
    });
  }

  runClient(index: number, count: number): WorkloadClient {
    const { kind, shape, order, reverse, extraKeyBytes } = this.benchmark;
    const run = {
      kind,
      keyBytes: this.keyBytes + extraKeyBytes,
      values: this.values,
      scanLength: shape === "scan" ? this.operationCount : 1,
    };
    const records = this.recordCount;
    if (shape === "scan") return new DbBenchClient(run, () => (reverse ? records - 1 : 0));
    if (order === "sequential") {
      let turn = index;
      return new DbBenchClient(run, () => {
        const keyNumber = turn % records;
        turn += count;
        return keyNumber;
      });
    }
    const random = this.random.split("run").split(index);
    return new DbBenchClient(run, () => random.nextBelow(records));
  }

  /** Nothing here depends on acknowledgements. */
  acknowledge(): void {}

  /** The one field is the record. */
  mergeField(_record: Uint8Array, _field: number, value: Uint8Array): Uint8Array {
    return value;
  }
}

interface DbBenchClientOptions {
  readonly kind: OperationKind;
  readonly keyBytes: number;
  readonly values: readonly Uint8Array[];
  /** Default 0. */
  readonly scanLength?: number;
}

const NOTHING = new Uint8Array(0);
const CODE_ZERO = 48;
const TWO_POW_32 = 2 ** 32;

class DbBenchClient implements WorkloadClient {
  private readonly kind: OperationKind;
  private readonly writes: boolean;
  private readonly scanLength: number;
  private readonly values: readonly Uint8Array[];
  private readonly nextKeyNumber: () => number;
  private readonly key: Uint8Array;
  private readonly keyView: DataView;
  private valueIndex = 0;

  constructor(options: DbBenchClientOptions, nextKeyNumber: () => number) {
    this.kind = options.kind;
    this.writes = options.kind === OperationKind.insert || options.kind === OperationKind.update;
    this.scanLength = options.kind === OperationKind.scan ? (options.scanLength ?? 1) : 0;
    this.values = options.values;
    this.nextKeyNumber = nextKeyNumber;
    this.key = new Uint8Array(options.keyBytes).fill(CODE_ZERO);
    this.keyView = new DataView(this.key.buffer);
  }

  next(operation: Operation): void {
    const keyNumber = this.nextKeyNumber();
    this.keyView.setUint32(0, Math.floor(keyNumber / TWO_POW_32));
    this.keyView.setUint32(4, keyNumber);
    operation.kind = this.kind;
    operation.keyNumber = keyNumber;
    operation.key = this.key;
    operation.field = -1;
    operation.scanLength = this.scanLength;
    if (!this.writes) {
      operation.value = NOTHING;
      return;
    }
    operation.value = this.values[this.valueIndex]!;
    this.valueIndex = this.valueIndex + 1 === this.values.length ? 0 : this.valueIndex + 1;
  }
}

/** The most views of a pool: one each is an object of some hundred bytes. */
const VIEWS_MAX = 65_536;

/** Values one behind the other through the pool, then from its start again. */
function movingViews(random: Random, ratio: number, valueBytes: number): Uint8Array[] {
  const pool = compressiblePool(random, ratio, valueBytes);
  const fitting = Math.floor(pool.length / Math.max(1, valueBytes));
  return Array.from({ length: Math.min(fitting, VIEWS_MAX) }, (_, i) =>
    pool.subarray(i * valueBytes, (i + 1) * valueBytes),
  );
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new WorkloadError("WORKLOAD_VALUE", `${name} must be a whole number, ${min} to ${max}`);
}
