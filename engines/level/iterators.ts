// The iterators of a database: of entries, of keys, of values. All of them see the state as of
// their creation, or that of the snapshot that they were given.

import type { Engine, MaybePromise, Snapshot } from "../engine.ts";
import {
  type Entry,
  EntryIteratorBase,
  type IteratorConstructor,
  KeyIteratorBase,
  type Owner,
  type Stored,
  ValueIteratorBase,
} from "./abstract.ts";
import { ItemReader } from "./item-reader.ts";
import { levelError } from "./level-error.ts";
import { type ReadRange, RecordReader } from "./record-reader.ts";
import { BorrowedBytes, copyBytes, type Format } from "./text.ts";

/** Bounds as abstract-level hands them down: encoded, `gte` and `lte` before `gt` and `lt`. */
export interface RangeOptions {
  readonly gt?: Stored;
  readonly gte?: Stored;
  readonly lt?: Stored;
  readonly lte?: Stored;
  readonly reverse: boolean;
}

/** What abstract-level hands to `_iterator`, `_keys` and `_values`. */
export interface IteratorOptions extends RangeOptions {
  readonly keyEncoding: Format;
  readonly valueEncoding: Format;
  /** Entries without their keys have undefined in the place; values likewise. */
  readonly keys?: boolean;
  readonly values?: boolean;
  readonly signal?: AbortSignal;
}

type ItemIterator<TBase> = new (
  db: Owner,
  engine: Engine,
  options: IteratorOptions,
  snapshot: Snapshot | undefined,
) => TBase;

/** Makes the item of a record, with memory of its own. */
type Take<T> = (record: RecordReader) => T;

/** The range in bytes of its own. */
export function readRange(options: RangeOptions, keysOnly: boolean): ReadRange {
  const { gt, gte, lt, lte, reverse } = options;
  return {
    gt: gt === undefined ? undefined : copyBytes(gt),
    gte: gte === undefined ? undefined : copyBytes(gte),
    lt: lt === undefined ? undefined : copyBytes(lt),
    lte: lte === undefined ? undefined : copyBytes(lte),
    reverse,
    keysOnly,
  };
}

function iteratorOver<TBase, T>(
  Base: IteratorConstructor<TBase>,
  takeWith: (options: IteratorOptions) => Take<T>,
  keysOnly: (options: IteratorOptions) => boolean,
): ItemIterator<TBase> {
  const Reading = Base as IteratorConstructor<object>;
  class ItemIteratorOverReader extends Reading {
    readonly #items: ItemReader<T>;

    constructor(
      db: Owner,
      engine: Engine,
      options: IteratorOptions,
      snapshot: Snapshot | undefined,
    ) {
      // First: the base class has the database close what it knows of, whole or not.
      const reader = openReader(engine, readRange(options, keysOnly(options)), snapshot);
      super(db, options);
      this.#items = new ItemReader(reader, takeWith(options), options.signal);
    }

    _next(): MaybePromise<T | undefined> {
      return this.#items.next(this.limit - this.count);
    }

    _nextv(size: number): Promise<T[]> {
      return this.#items.nextv(size, this.limit - this.count);
    }

    _all(): Promise<T[]> {
      const most = this.limit - this.count;
      return this.#items.nextv(most, most);
    }

    _seek(target: Stored): void {
      this.#items.seek(copyBytes(target));
    }

    _close(): Promise<void> {
      return this.#items.close();
    }
  }
  return ItemIteratorOverReader as unknown as ItemIterator<TBase>;
}

/** Begins to read, now: what is written later is not seen. */
function openReader(
  engine: Engine,
  range: ReadRange,
  snapshot: Snapshot | undefined,
): RecordReader {
  try {
    return new RecordReader(engine, range, snapshot);
  } catch (error) {
    throw levelError(error);
  }
}

function takeEntry(options: IteratorOptions): Take<Entry> {
  const { keys = true, values = true, keyEncoding, valueEncoding } = options;
  const keyBytes = new BorrowedBytes();
  const valueBytes = new BorrowedBytes();
  return (record) => [
    keys ? keyBytes.take(record.key(), keyEncoding) : undefined,
    values ? valueBytes.take(record.value(), valueEncoding) : undefined,
  ];
}

function takeKey({ keyEncoding }: IteratorOptions): Take<Stored> {
  const bytes = new BorrowedBytes();
  return (record) => bytes.take(record.key(), keyEncoding);
}

function takeValue({ valueEncoding }: IteratorOptions): Take<Stored> {
  const bytes = new BorrowedBytes();
  return (record) => bytes.take(record.value(), valueEncoding);
}

export const EntryIterator = iteratorOver(
  EntryIteratorBase,
  takeEntry,
  ({ values }) => values === false,
);
export const KeyIterator = iteratorOver(KeyIteratorBase, takeKey, () => true);
export const ValueIterator = iteratorOver(ValueIteratorBase, takeValue, () => false);
