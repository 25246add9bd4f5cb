// The clients of the db_bench workloads: where their keys come from, and what they ask.
//
// A key is its number in eight bytes, big-endian, filled up with the character "0".
//
// I1. What an operation shows is a view of this client's key and of values made beforehand:
//     nothing is allocated for it.

import type { MixgraphKeys } from "./mixgraph.ts";
import { mixgraphKind, mixgraphScanLength, mixgraphValueBytes } from "./mixgraph.ts";
import type { Random } from "./random.ts";
import { type Operation, OperationKind, type WorkloadClient } from "./workload.ts";

export interface DbBenchClientOptions {
  readonly kind: OperationKind;
  readonly keyBytes: number;
  readonly values: readonly Uint8Array[];
  /** Default 0. */
  readonly scanLength?: number;
}

const NOTHING = new Uint8Array(0);
const CODE_ZERO = 48;
const TWO_POW_32 = 2 ** 32;

/** A key that is written over for each operation. */
class KeyBuffer {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(keyBytes: number) {
    this.bytes = new Uint8Array(keyBytes).fill(CODE_ZERO);
    this.view = new DataView(this.bytes.buffer);
  }

  set(keyNumber: number): void {
    this.view.setUint32(0, Math.floor(keyNumber / TWO_POW_32));
    this.view.setUint32(4, keyNumber);
  }
}

/** Asks one kind of operation, of keys that a function names. */
export class DbBenchClient implements WorkloadClient {
  private readonly kind: OperationKind;
  private readonly writes: boolean;
  private readonly scanLength: number;
  private readonly values: readonly Uint8Array[];
  private readonly nextKeyNumber: () => number;
  private readonly key: KeyBuffer;
  private valueIndex = 0;

  constructor(options: DbBenchClientOptions, nextKeyNumber: () => number) {
    this.kind = options.kind;
    this.writes = options.kind === OperationKind.insert || options.kind === OperationKind.update;
    this.scanLength = options.kind === OperationKind.scan ? (options.scanLength ?? 1) : 0;
    this.values = options.values;
    this.nextKeyNumber = nextKeyNumber;
    this.key = new KeyBuffer(options.keyBytes);
  }

  next(operation: Operation): void {
    const keyNumber = this.nextKeyNumber();
    this.key.set(keyNumber);
    operation.kind = this.kind;
    operation.keyNumber = keyNumber;
    operation.key = this.key.bytes;
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

/** Values of every size up to a largest: by size, then several of it to take turns. */
export type ValuesBySize = readonly (readonly Uint8Array[])[];

/** Views of each size from 0 to `largest`, `each` of them, that begin all over the pool. */
export function valuesBySize(pool: Uint8Array, largest: number, each: number): ValuesBySize {
  const step = Math.floor((pool.length - largest) / (each * (largest + 1)));
  return Array.from({ length: largest + 1 }, (_, size) =>
    Array.from({ length: each }, (_, turn) => {
      const start = (turn * (largest + 1) + size) * step;
      return pool.subarray(start, start + size);
    }),
  );
}

export interface MixgraphClientOptions {
  readonly keyBytes: number;
  readonly keys: MixgraphKeys;
  readonly values: ValuesBySize;
  readonly random: Random;
}

/** Asks what mixgraph's laws say (mixgraph.ts). */
export class MixgraphClient implements WorkloadClient {
  private readonly keys: MixgraphKeys;
  private readonly values: ValuesBySize;
  private readonly keyRandom: Random;
  private readonly kindRandom: Random;
  private readonly sizeRandom: Random;
  private readonly key: KeyBuffer;
  private turn = 0;

  constructor(options: MixgraphClientOptions) {
    this.keys = options.keys;
    this.values = options.values;
    this.keyRandom = options.random.split("keys");
    this.kindRandom = options.random.split("kinds");
    this.sizeRandom = options.random.split("sizes");
    this.key = new KeyBuffer(options.keyBytes);
  }

  next(operation: Operation): void {
    const keyNumber = this.keys.next(this.keyRandom);
    this.key.set(keyNumber);
    const kind = mixgraphKind(this.kindRandom);
    operation.kind = kind;
    operation.keyNumber = keyNumber;
    operation.key = this.key.bytes;
    operation.field = -1;
    operation.scanLength = kind === OperationKind.scan ? mixgraphScanLength(this.sizeRandom) : 0;
    operation.value = kind === OperationKind.update ? this.nextValue() : NOTHING;
  }

  private nextValue(): Uint8Array {
    const ofSize = this.values[mixgraphValueBytes(this.sizeRandom)]!;
    this.turn = this.turn + 1 >= ofSize.length ? 0 : this.turn + 1;
    return ofSize[this.turn]!;
  }
}
