// The part of @nxtedition/rocksdb that the adapter uses, and how its options come about. Written
// down here because the package is optional, and has no types.

import type { EngineOptions } from "../engine.ts";
import { EngineError } from "../errors.ts";
import { readSettings } from "../settings.ts";

const MIB = 1024 * 1024;
/** Native sizes are 32-bit. */
const SIZE_BYTES_MAX = 0xffff_ffff;
/** The package gives each memtable a quarter of its budget, and allows six. */
const MEMTABLES_PER_BUDGET = 6 / 4;

export interface RocksBatch {
  _put(key: Uint8Array, value: Uint8Array): void;
  _del(key: Uint8Array): void;
  _writeSync(options: { readonly sync: boolean }): void;
  _clear(): void;
}

export interface RocksIterator {
  _nextvSync(count: number): {
    readonly rows: readonly (Uint8Array | undefined)[];
    readonly finished: boolean;
  };
  close(): Promise<void>;
}

export interface RocksStore {
  open(): Promise<void>;
  close(): Promise<void>;
  _chainedBatch(): RocksBatch;
  _getManySync(keys: readonly Uint8Array[], options: object): (Uint8Array | null | undefined)[];
  iterator(options: object): RocksIterator;
  getProperty(name: string): string;
}

/** How the package divides the budget; see the head of rocksdb.ts. */
export function rocksOptions(options: EngineOptions): object {
  const settings = readSettings("rocksdb", options.settings, {
    compression: { kind: "boolean", default: true },
    walCompression: { kind: "boolean", default: true },
    memtableBytes: {
      kind: "integer",
      default: Math.min(SIZE_BYTES_MAX, Math.max(MIB, Math.floor(options.cacheBytes / 2))),
      min: 0,
      max: SIZE_BYTES_MAX,
    },
  });
  const { memtableBytes } = settings;
  if (!settings.compression && memtableBytes > 0) {
    throw new EngineError(
      "ENGINE_OPTION",
      "setting compression of engine rocksdb can only be false with memtableBytes 0: " +
        "the package compresses from level 2 on when memtables are sized",
    );
  }
  const sized = {
    compaction: "level",
    memtableMemoryBudget: Math.floor(memtableBytes / MEMTABLES_PER_BUDGET),
  };
  return {
    keyEncoding: "buffer",
    valueEncoding: "buffer",
    compression: settings.compression,
    walCompression: settings.walCompression,
    cacheSize: Math.min(SIZE_BYTES_MAX, Math.max(0, options.cacheBytes - memtableBytes)),
    ...(memtableBytes > 0 ? sized : {}),
  };
}
