// Snapshots and cursors of the sqlite adapter.

import type { Cursor, ScanChunk, Snapshot } from "../engine.ts";
import { CHUNK_BYTES, CHUNK_RECORDS, type NativeEngine } from "./native-engine.ts";
import { PairsChunk } from "./rows-chunk.ts";
import type { SqliteReader, SqliteRow, SqliteRows } from "./sqlite-reader.ts";

export class SqliteSnapshot implements Snapshot {
  readonly reader: SqliteReader;
  readonly #release: (reader: SqliteReader) => void;
  #closed = false;

  constructor(reader: SqliteReader, release: (reader: SqliteReader) => void) {
    this.reader = reader;
    this.#release = release;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release(this.reader);
  }
}

export class SqliteCursor implements Cursor {
  readonly #engine: NativeEngine;
  readonly #rows: SqliteRows;
  /** The snapshot that was taken for this cursor alone. */
  readonly #own: Snapshot | undefined;
  #finished = false;

  constructor(engine: NativeEngine, rows: SqliteRows, own: Snapshot | undefined) {
    this.#engine = engine;
    this.#rows = rows;
    this.#own = own;
  }

  next(): ScanChunk | undefined {
    this.#engine.admitOpen();
    if (this.#finished) return undefined;
    const rows: SqliteRow[] = [];
    let bytes = 0;
    try {
      while (rows.length < CHUNK_RECORDS && bytes < CHUNK_BYTES) {
        const row = this.#rows.next();
        if (row === undefined) {
          this.#finish();
          break;
        }
        rows.push(row);
        bytes += row[0]!.length + (row[1]?.length ?? 0);
      }
    } catch (error) {
      throw this.#engine.scanFailure(error);
    }
    this.#engine.countRead(bytes);
    return rows.length === 0 ? undefined : new PairsChunk(rows);
  }

  close(): void {
    // After the engine was closed its connections are gone, and this cursor's with them.
    if (!this.#engine.isClosed) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#rows.finish();
    this.#own?.close();
  }
}

/** A short scan, read as a whole when it was asked for: it pins nothing. */
export class SqliteShortCursor implements Cursor {
  readonly #engine: NativeEngine;
  #rows: readonly SqliteRow[];

  constructor(engine: NativeEngine, rows: readonly SqliteRow[]) {
    this.#engine = engine;
    this.#rows = rows;
  }

  next(): ScanChunk | undefined {
    this.#engine.admitOpen();
    const rows = this.#rows;
    this.#rows = [];
    let bytes = 0;
    for (const row of rows) bytes += row[0]!.length + (row[1]?.length ?? 0);
    this.#engine.countRead(bytes);
    return rows.length === 0 ? undefined : new PairsChunk(rows);
  }

  close(): void {
    this.#rows = [];
  }
}
