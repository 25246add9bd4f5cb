// The benchmarks of RocksDB's db_bench (db-benchmarks.ts) as workloads.
//
// Keys are 16 bytes unless told otherwise. Values are views into a pool of compressible bytes that
// move on by one value each time. Random keys are drawn with replacement from 0 .. keys - 1, so
// that `fillrandom` leaves about 63 % of the numbers in the store, and `readrandom` after it misses
// the rest, as in db_bench.

import {
  DbBenchClient,
  MixgraphClient,
  type ValuesBySize,
  valuesBySize,
} from "./db-bench-client.ts";
import { type DbBenchmark, findDbBenchmark } from "./db-benchmarks.ts";
import { WorkloadError } from "./errors.ts";
import { MIXGRAPH_VALUE_LAW, MixgraphKeys } from "./mixgraph.ts";
import { Permutation } from "./permutation.ts";
import { compressiblePool } from "./pool.ts";
import { Random } from "./random.ts";
import { OperationKind, type Workload, type WorkloadClient } from "./workload.ts";

export interface DbBenchOptions {
  /** One of DB_BENCHMARK_NAMES. */
  readonly benchmark: string;
  /** Size of the range of keys, 1 to 2^52; a benchmark with a divisor uses the first part of it. */
  readonly records: number;
  /** Operations over all clients; for a scan, the most records it reads. */
  readonly operations: number;
  readonly seed: number;
  /** Default 100. Mixgraph's own puts have sizes by its law. */
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
  /** Key numbers of the run phase are 0 .. keyCount - 1. */
  readonly keyCount: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly fieldCount = 1;
  readonly check = undefined;
  private readonly random: Random;
  private readonly keyBytes: number;
  private readonly makeValues: () => Values;
  /** Made before a run that writes, or for a load: it takes some ten milliseconds. */
  private made: Values | undefined;
  private readonly mixgraph: Mixgraph | undefined;

  /** Throws WORKLOAD_UNKNOWN for the benchmark, WORKLOAD_VALUE for numbers out of range. */
  constructor(options: DbBenchOptions) {
    const { records, operations, seed } = options;
    const { valueBytes, keyBytes, compressionRatio } = checkDbBench(options);
    this.benchmark = findDbBenchmark(options.benchmark);
    this.name = this.benchmark.name;
    this.recordCount = records;
    this.operationCount = operations;
    this.keyCount = Math.max(1, Math.floor(records / this.benchmark.divisor));
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
    this.makeValues = () => {
      const pool = compressiblePool(this.random.split("values"), compressionRatio, valueBytes);
      return { pool, views: movingViews(pool, valueBytes) };
    };
    const { kind, order } = this.benchmark;
    if (order === "mixgraph") this.mixgraph = new Mixgraph(records, this.random, this.values.pool);
    if (kind === OperationKind.insert || kind === OperationKind.update) this.made = this.values;
  }

  private get values(): Values {
    this.made ??= this.makeValues();
    return this.made;
  }

  loadCount(index: number, count: number): number {
    return Math.max(0, Math.ceil((this.recordCount - index) / count));
  }

  /** Every record once, in a scattered order: a fill in key order would flatter some stores. */
  loadClient(index: number, count: number): WorkloadClient {
    const places = new Permutation(this.recordCount);
    const values = this.values.views;
    const load = { kind: OperationKind.insert, keyBytes: this.keyBytes, values };
    let turn = index;
    return new DbBenchClient(load, () => {
      const keyNumber = places.at(turn % this.recordCount);
      turn += count;
      return keyNumber;
    });
  }

  runClient(index: number, count: number): WorkloadClient {
    const { kind, shape, order, reverse, extraKeyBytes } = this.benchmark;
    const keyBytes = this.keyBytes + extraKeyBytes;
    const random = this.random.split("run").split(index);
    if (this.mixgraph !== undefined) return this.mixgraph.client(keyBytes, random);
    const scanLength = shape === "scan" ? this.operationCount : 1;
    const run = { kind, keyBytes, values: this.made?.views ?? [], scanLength };
    const keys = this.keyCount;
    if (shape === "scan") return new DbBenchClient(run, () => (reverse ? keys - 1 : 0));
    if (order === "sequential") {
      let turn = index;
      return new DbBenchClient(run, () => {
        const keyNumber = turn % keys;
        turn += count;
        return keyNumber;
      });
    }
    return new DbBenchClient(run, () => random.nextBelow(keys));
  }

  /** Nothing here depends on acknowledgements. */
  acknowledge(): void {}

  /** The one field is the record. */
  mergeField(_record: Uint8Array, _field: number, value: Uint8Array): Uint8Array {
    return value;
  }
}

interface Values {
  readonly pool: Uint8Array;
  readonly views: readonly Uint8Array[];
}

/**
 * Throws WORKLOAD_UNKNOWN for the benchmark, WORKLOAD_VALUE for numbers out of range; returns those
 * that have a default. Costs nothing beside making the workload.
 */
export function checkDbBench(options: DbBenchOptions): {
  readonly valueBytes: number;
  readonly keyBytes: number;
  readonly compressionRatio: number;
} {
  const { valueBytes = 100, keyBytes = 16, compressionRatio = 0.5 } = options;
  findDbBenchmark(options.benchmark);
  checkInteger("records", options.records, 1, 2 ** 52);
  checkInteger("operations", options.operations, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("value size", valueBytes, 0, 2 ** 30);
  checkInteger("key size", keyBytes, 8, 65_534);
  if (!(compressionRatio >= 0 && compressionRatio <= 1)) {
    throw new WorkloadError("WORKLOAD_VALUE", "the compression ratio must be from 0 to 1");
  }
  return { valueBytes, keyBytes, compressionRatio };
}

/** Values of each size that take turns: so that a key that is put again has other bytes. */
const MIXGRAPH_TURNS = 16;

/** What the clients of mixgraph share. */
class Mixgraph {
  private readonly keys: MixgraphKeys;
  private readonly values: ValuesBySize;

  constructor(records: number, random: Random, pool: Uint8Array) {
    this.keys = new MixgraphKeys(records, random.split("ranges"));
    this.values = valuesBySize(pool, MIXGRAPH_VALUE_LAW.max, MIXGRAPH_TURNS);
  }

  client(keyBytes: number, random: Random): WorkloadClient {
    return new MixgraphClient({ keyBytes, keys: this.keys, values: this.values, random });
  }
}

/** The most views of a pool: one each is an object of some hundred bytes. */
const VIEWS_MAX = 65_536;

/** Values one behind the other through the pool, then from its start again. */
function movingViews(pool: Uint8Array, valueBytes: number): Uint8Array[] {
  const fitting = Math.floor(pool.length / Math.max(1, valueBytes));
  return Array.from({ length: Math.min(fitting, VIEWS_MAX) }, (_, i) =>
    pool.subarray(i * valueBytes, (i + 1) * valueBytes),
  );
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new WorkloadError("WORKLOAD_VALUE", `${name} must be a whole number, ${min} to ${max}`);
}
