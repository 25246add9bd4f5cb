// The part of the package lmdb that the adapter uses, and how it opens a store. Written down here
// because the package is optional: its own types may not be there.

import type { Range } from "./range.ts";

/** The longest key that the package takes, in bytes, inclusive, at its page size of 4 KiB. */
export const LMDB_KEY_BYTES_MAX = 1978;

export interface LmdbTransaction {
  done(): void;
}

export interface LmdbRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface LmdbStore {
  /** Valid until the next call; its length is `lastSize`. */
  getBinaryFast(key: Uint8Array, options?: object): Uint8Array | undefined;
  readonly lastSize: number;
  put(key: Uint8Array, value: Uint8Array): Promise<boolean>;
  remove(key: Uint8Array): Promise<boolean>;
  putSync(key: Uint8Array, value: Uint8Array): boolean;
  removeSync(key: Uint8Array): boolean;
  transactionSync(action: () => void, flags: number): void;
  /** Records, or keys alone with `values: false`. */
  getRange(options: object): Iterable<LmdbRecord | Uint8Array>;
  useReadTransaction(): LmdbTransaction;
  getStats(): { readonly entryCount?: number };
  sync(callback: (error?: unknown) => void): void;
  close(): Promise<void>;
}

export interface LmdbPackage {
  open(options: object): LmdbStore;
}

/** `noSync`: a commit writes, and syncs nothing. Otherwise it is LMDB's own, synced. */
export function openLmdbStore(
  lmdbPackage: LmdbPackage,
  dataDir: string,
  noSync: boolean,
): LmdbStore {
  return lmdbPackage.open({
    path: dataDir,
    noSubdir: false,
    keyEncoding: "binary",
    encoding: "binary",
    compression: false,
    noSync,
    overlappingSync: false,
  });
}

/** Syncs what was committed so far (mdb_env_sync), off this thread. */
export function syncLmdbStore(store: LmdbStore): Promise<void> {
  return new Promise((resolve, reject) => {
    store.sync((error) => (error ? reject(error) : resolve()));
  });
}

/** No key is empty, so nothing is below or at the empty key. */
export function isEmptyRange(range: Range): boolean {
  return range.limit === 0 || range.upper?.length === 0;
}

/** The package's names: `start` is where the iteration starts, the upper bound in reverse. */
export function lmdbRange(range: Range, transaction: LmdbTransaction | undefined): object {
  // A bound longer than any key is none: cut, it divides the keys in the same way, when the cut
  // one itself counts as below.
  const isLowerCut = range.lower !== undefined && range.lower.length > LMDB_KEY_BYTES_MAX;
  const isUpperCut = range.upper !== undefined && range.upper.length > LMDB_KEY_BYTES_MAX;
  const lowerBytes = range.lower?.subarray(0, LMDB_KEY_BYTES_MAX);
  const lower = lowerBytes?.length === 0 ? undefined : lowerBytes;
  const upper = range.upper?.subarray(0, LMDB_KEY_BYTES_MAX);
  const lowerInclusive = lower === undefined || (range.lowerInclusive && !isLowerCut);
  const upperInclusive = upper === undefined || range.upperInclusive || isUpperCut;
  const { reverse } = range;
  return {
    start: reverse ? upper : lower,
    end: reverse ? lower : upper,
    exclusiveStart: reverse ? !upperInclusive : !lowerInclusive,
    inclusiveEnd: reverse ? lowerInclusive : upperInclusive,
    reverse,
    values: !range.keysOnly,
    ...(range.limit < 0 ? {} : { limit: range.limit }),
    ...(transaction === undefined ? {} : { transaction }),
  };
}
