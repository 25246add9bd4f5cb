// The base classes of abstract-level, with types for what its own declarations leave out: the
// constructors of its iterators and snapshots, and `sync` among the options of writes. Only types
// are added; at run time these are its classes.

import {
  type AbstractBatchOperation,
  type AbstractBatchOptions,
  type AbstractClearOptions,
  type AbstractDatabaseOptions,
  type AbstractDelOptions,
  AbstractIterator,
  AbstractKeyIterator,
  AbstractLevel,
  type AbstractPutOptions,
  AbstractSnapshot,
  AbstractValueIterator,
} from "abstract-level";

/** A key or a value as abstract-level hands it down: in one of the three formats. */
export type Stored = string | Uint8Array;
export type Entry = [Stored | undefined, Stored | undefined];
/** The database that an iterator, a snapshot or a batch belongs to. */
export type Owner = AbstractLevel<Stored, unknown, unknown>;

export interface SyncOption {
  /** The write is on the device when it is acknowledged, whatever the level. Default false. */
  readonly sync?: boolean | undefined;
}

/** The writes of a database that take `sync`. */
interface SyncWrites<K, V> {
  put<A = K, B = V>(
    key: A,
    value: B,
    options: AbstractPutOptions<A, B> & SyncOption,
  ): Promise<void>;
  del<A = K>(key: A, options: AbstractDelOptions<A> & SyncOption): Promise<void>;
  batch<A = K, B = V>(
    operations: AbstractBatchOperation<AbstractLevel<Stored, K, V>, A, B>[],
    options: AbstractBatchOptions<A, B> & SyncOption,
  ): Promise<void>;
  clear<A = K>(options: AbstractClearOptions<A> & SyncOption): Promise<void>;
}

export type LevelManifest = ConstructorParameters<typeof AbstractLevel>[0];

type LevelConstructor = new <K, V>(
  manifest: LevelManifest,
  options: AbstractDatabaseOptions<K, V>,
) => AbstractLevel<Stored, K, V> & SyncWrites<K, V>;

/** The constructor of an iterator, and what a class below may ask of it. */
export type IteratorConstructor<TBase> = new (
  db: Owner,
  options: object,
) => TBase & { readonly count: number; readonly limit: number };

type EntryIterator = AbstractIterator<Owner, Stored, Stored>;
type KeyIterator = AbstractKeyIterator<Owner, Stored>;
type ValueIterator = AbstractValueIterator<Owner, Stored, Stored>;

export const LevelBase = AbstractLevel as unknown as LevelConstructor;
export const EntryIteratorBase = AbstractIterator as unknown as IteratorConstructor<EntryIterator>;
export const KeyIteratorBase = AbstractKeyIterator as unknown as IteratorConstructor<KeyIterator>;
export const ValueIteratorBase =
  AbstractValueIterator as unknown as IteratorConstructor<ValueIterator>;
export const SnapshotBase = AbstractSnapshot as unknown as new (
  options: object,
) => AbstractSnapshot;
