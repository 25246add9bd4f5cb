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

/** Puts key and value of the id into the chunk; the words say where the value is. */
export type RecordReader = (
  chunk: FlatChunk,
  id: number,
  a: number,
  b: number,
  c: number,
  keysOnly: boolean,
) => void;

export interface IndexCursorParts {
  readonly versions: VersionedIndex;
  readonly order: OrderedIndex;
  readonly snapshot: IndexSnapshot;
  /** True when the cursor took the snapshot for itself, and lets it go at the end. */
  readonly ownsSnapshot: boolean;
  readonly readRecord: RecordReader;
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
    this.#place = this.#startPlace();
    this.#changesSeen = parts.order.changes;
  }

  next(): ScanChunk | undefined {
    if (this.#done) return undefined;
    this.#parts.assertOpen();
    const { versions, snapshot, readRecord } = this.#parts;
    this.#findPlaceAgain();
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
  return bytes?.slice();
}
