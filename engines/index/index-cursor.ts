// A cursor over an index: ids in the order of their keys, as of a snapshot, values read by the
// engine that owns them.
//
// Invariants:
//  I1. It sees the state of its snapshot, whatever is written, inserted or merged meanwhile.
//  I2. When the order changed since the last step, the place is sought again from the last key.

import assert from "node:assert";
import { FlatChunk } from "../chunk.ts";
import type { Cursor, ScanChunk, ScanOptions } from "../engine.ts";
import type { OrderedIndex, OrderedPosition } from "./ordered-index.ts";
import type { IndexSnapshot, VersionedIndex } from "./versioned-index.ts";

const CHUNK_BYTES = 64 * 1024;
const CHUNK_RECORDS = 512;
/** Records of the first chunk that is read as a batch; each further one has twice as many. */
const FIRST_RECORDS = 32;
/** Words that say which record is read: id, a, b, c. */
const PICK_WORDS = 4;
const NO_PICKS = new Uint32Array(0);

/** Puts key and value of the id into the chunk; the words say where the value is. */
export type RecordReader = (
  chunk: FlatChunk,
  id: number,
  a: number,
  b: number,
  c: number,
  keysOnly: boolean,
) => void;

/** Reads whole chunks of records, where that is cheaper than one by one. */
export interface BatchReader {
  /** `picks` has four words for each of `count` records: id, a, b, c. Valid until the next call. */
  read(picks: Uint32Array, count: number): ScanChunk;
}

export interface IndexCursorParts {
  readonly versions: VersionedIndex;
  readonly order: OrderedIndex;
  readonly snapshot: IndexSnapshot;
  /** True when the cursor took the snapshot for itself, and lets it go at the end. */
  readonly ownsSnapshot: boolean;
  readonly readRecord: RecordReader;
  /** When given, values are read with it. */
  readonly batchReader: BatchReader | undefined;
  /** Throws when the engine is closed. */
  readonly assertOpen: () => void;
}

export class IndexCursor implements Cursor {
  readonly #parts: IndexCursorParts;
  readonly #reverse: boolean;
  readonly #keysOnly: boolean;
  readonly #lower: Uint8Array | undefined;
  readonly #lowerInclusive: boolean;
  readonly #upper: Uint8Array | undefined;
  readonly #upperInclusive: boolean;
  readonly #chunk = new FlatChunk();
  /** Undefined: records are read one by one. It grows with the batches. */
  #picks: Uint32Array | undefined;
  #batchRecords = FIRST_RECORDS;
  #remaining: number;
  #place: OrderedPosition;
  #lastId = 0;
  #changesSeen: number;
  #done = false;

  constructor(parts: IndexCursorParts, options: ScanOptions) {
    this.#parts = parts;
    this.#reverse = options.reverse ?? false;
    this.#keysOnly = options.keysOnly ?? false;
    this.#lower = copied(options.gt ?? options.gte);
    this.#lowerInclusive = options.gt === undefined;
    this.#upper = copied(options.lt ?? options.lte);
    this.#upperInclusive = options.lt === undefined;
    const limit = options.limit ?? -1;
    this.#remaining = limit < 0 ? Number.POSITIVE_INFINITY : limit;
    const isBatched = parts.batchReader !== undefined && !this.#keysOnly;
    this.#picks = isBatched ? NO_PICKS : undefined;
    this.#place = this.#startPlace();
    this.#changesSeen = parts.order.changes;
  }

  next(): ScanChunk | undefined {
    if (this.#done) return undefined;
    this.#parts.assertOpen();
    this.#findPlaceAgain();
    if (this.#picks !== undefined) return this.#nextBatch(this.#picks, this.#parts.batchReader!);
    const { versions, snapshot, readRecord } = this.#parts;
    this.#chunk.clear();
    while (
      this.#remaining > 0 &&
      this.#chunk.count < CHUNK_RECORDS &&
      this.#chunk.byteLength < CHUNK_BYTES
    ) {
      const id = this.#step();
      if (id === 0) {
        this.#remaining = 0;
        break;
      }
      this.#lastId = id;
      versions.read(id, snapshot);
      if (versions.a === 0) continue;
      readRecord(this.#chunk, id, versions.a, versions.b, versions.c, this.#keysOnly);
      this.#remaining--;
    }
    if (this.#remaining === 0) this.close();
    return this.#chunk.count > 0 ? this.#chunk : undefined;
  }

  #nextBatch(given: Uint32Array, reader: BatchReader): ScanChunk | undefined {
    const { versions, snapshot } = this.#parts;
    let picks = given;
    const wanted = Math.min(this.#batchRecords, this.#remaining) * PICK_WORDS;
    if (picks.length < wanted) this.#picks = picks = new Uint32Array(wanted);
    let count = 0;
    let bytes = 0;
    while (this.#remaining > 0 && count < this.#batchRecords && bytes < CHUNK_BYTES) {
      const id = this.#step();
      if (id === 0) {
        this.#remaining = 0;
        break;
      }
      this.#lastId = id;
      versions.read(id, snapshot);
      if (versions.a === 0) continue;
      const at = count++ * PICK_WORDS;
      picks[at] = id;
      picks[at + 1] = versions.a;
      picks[at + 2] = versions.b;
      picks[at + 3] = versions.c;
      bytes += versions.index.entries.keyLength(id) + versions.c;
      this.#remaining--;
    }
    this.#batchRecords = Math.min(CHUNK_RECORDS, this.#batchRecords * 2);
    // The places that were picked are read before the snapshot that keeps them is let go of.
    const chunk = count > 0 ? reader.read(picks, count) : undefined;
    if (this.#remaining === 0) this.close();
    return chunk;
  }

  close(): void {
    if (this.#done) return;
    this.#done = true;
    if (this.#parts.ownsSnapshot) this.#parts.snapshot.close();
  }

  #startPlace(): OrderedPosition {
    const { order } = this.#parts;
    if (this.#reverse) {
      return this.#upper === undefined
        ? order.end()
        : order.seek(this.#upper, this.#upperInclusive);
    }
    return this.#lower === undefined
      ? order.first()
      : order.seek(this.#lower, !this.#lowerInclusive);
  }

  #findPlaceAgain(): void {
    const { order, versions } = this.#parts;
    if (order.changes === this.#changesSeen) return;
    this.#changesSeen = order.changes;
    if (this.#lastId === 0) this.#place = this.#startPlace();
    else this.#place = order.seek(versions.index.entries.keyView(this.#lastId), !this.#reverse);
    assert(this.#parts.snapshot.open, "I1: a cursor's snapshot is open while it is read");
  }

  /** The next id inside the bounds, or 0. */
  #step(): number {
    const { order, versions } = this.#parts;
    const entries = versions.index.entries;
    assert(order.changes === this.#changesSeen, "I2: the order does not change within a chunk");
    const id = this.#reverse ? order.backward(this.#place) : order.forward(this.#place);
    if (id === 0) return 0;
    const bound = this.#reverse ? this.#lower : this.#upper;
    if (bound === undefined) return id;
    const side = entries.compareKey(id, bound);
    if (this.#reverse) return side > 0 || (side === 0 && this.#lowerInclusive) ? id : 0;
    return side < 0 || (side === 0 && this.#upperInclusive) ? id : 0;
  }
}

function copied(bytes: Uint8Array | undefined): Uint8Array | undefined {
  // Not `slice`: of a Buffer that is a view.
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}
