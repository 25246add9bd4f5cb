// Snapshots and cursors of the lmdb adapter. Both pin a read transaction, which must end before
// the store is closed: those that are open are in one set.

import type { Cursor, ScanChunk, Snapshot } from "../engine.ts";
import type { LmdbRecord, LmdbTransaction } from "./lmdb-store.ts";
import { CHUNK_BYTES, CHUNK_RECORDS, type NativeEngine } from "./native-engine.ts";
import { FlatRowsChunk } from "./rows-chunk.ts";

export type OpenReaders = Set<{ close(): void }>;

export class LmdbSnapshot implements Snapshot {
  readonly transaction: LmdbTransaction;
  readonly #open: OpenReaders;

  constructor(transaction: LmdbTransaction, open: OpenReaders) {
    this.transaction = transaction;
    this.#open = open;
    open.add(this);
  }

  close(): void {
    if (this.#open.delete(this)) this.transaction.done();
  }
}

/**
 * The first chunk is read when the cursor is made: the package takes its snapshot with the first
 * record, and a cursor must see the state of the call.
 */
export class LmdbCursor implements Cursor {
  readonly #engine: NativeEngine;
  readonly #records: Iterator<LmdbRecord | Uint8Array>;
  readonly #keysOnly: boolean;
  readonly #open: OpenReaders;
  /** Read, and not handed out yet. */
  #ready: FlatRowsChunk | undefined;

  constructor(
    engine: NativeEngine,
    records: Iterator<LmdbRecord | Uint8Array>,
    keysOnly: boolean,
    open: OpenReaders,
  ) {
    this.#engine = engine;
    this.#records = records;
    this.#keysOnly = keysOnly;
    this.#open = open;
    open.add(this);
    this.#ready = this.#read();
  }

  next(): ScanChunk | undefined {
    this.#engine.admitOpen();
    const chunk = this.#ready ?? this.#read();
    this.#ready = undefined;
    return chunk;
  }

  close(): void {
    this.#ready = undefined;
    if (this.#open.delete(this)) this.#records.return?.();
  }

  /** Undefined at the end, and after `close`. The package's keys and values are copies. */
  #read(): FlatRowsChunk | undefined {
    if (!this.#open.has(this)) return undefined;
    const rows: (Uint8Array | undefined)[] = [];
    let bytes = 0;
    try {
      while (rows.length < 2 * CHUNK_RECORDS && bytes < CHUNK_BYTES) {
        const step = this.#records.next();
        if (step.done === true) {
          this.#open.delete(this);
          break;
        }
        if (this.#keysOnly) {
          const key = step.value as Uint8Array;
          rows.push(key, undefined);
          bytes += key.length;
        } else {
          const { key, value } = step.value as LmdbRecord;
          rows.push(key, value);
          bytes += key.length + value.length;
        }
      }
    } catch (error) {
      throw this.#engine.scanFailure(error);
    }
    this.#engine.countRead(bytes);
    return rows.length === 0 ? undefined : new FlatRowsChunk(rows);
  }
}
