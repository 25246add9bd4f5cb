// A cursor over a tree: memtables and tables merged, as of a snapshot.
//
// Forward, the newest version of a key that the snapshot sees comes first and decides; the rest of
// the key is skipped. Backward the oldest comes first: each newer one that the snapshot sees takes
// the place of the one before.
//
// Invariants:
//  I1. Memtables and version are those of the time of the scan; they are pinned until `close`.
//  I2. A chunk never ends between two versions of a key.
//  I3. After an error there is no next chunk: what was gathered before it would be missing.

import assert from "node:assert";
import { FlatChunk } from "../chunk.ts";
import type { Cursor, ScanChunk, ScanOptions } from "../engine.ts";
import { compareRanges } from "../index/key-order.ts";
import type { RunPool } from "./entry-run.ts";
import { type Bound, type EntrySource, MergedSources } from "./entry-source.ts";

const CHUNK_BYTES = 64 * 1024;
const CHUNK_RECORDS = 512;
const EMPTY = new Uint8Array(0);

export interface CursorParts {
  /** As of this sequence, inclusive. */
  readonly sequence: number;
  /** Another number: sources that were opened before are no longer good. */
  readonly generation: () => number;
  readonly openSources: (reverse: boolean, start: Bound | undefined) => EntrySource[];
  /** Where the buffers of sources go when they are no longer read. */
  readonly runs: RunPool;
  readonly assertOpen: () => void;
  /** Bytes of keys and values handed out. */
  readonly onRead: (bytes: number) => void;
  /** Lets go of what is pinned. */
  readonly release: () => void;
}

export class LsmCursor implements Cursor {
  readonly #parts: CursorParts;
  readonly #reverse: boolean;
  readonly #keysOnly: boolean;
  readonly #start: Bound | undefined;
  readonly #stop: Bound | undefined;
  readonly #chunk = new FlatChunk();
  #remaining: number;
  #merged: MergedSources | undefined;
  #sources: readonly EntrySource[] = [];
  #generation = 0;
  #failure: unknown;
  /** The key that is being decided, or was last. */
  #key = new Uint8Array(64);
  #keyLength = -1;
  #done = false;

  constructor(parts: CursorParts, options: ScanOptions) {
    this.#parts = parts;
    this.#reverse = options.reverse ?? false;
    this.#keysOnly = options.keysOnly ?? false;
    const lower = boundOf(options.gt, options.gte);
    const upper = boundOf(options.lt, options.lte);
    this.#start = this.#reverse ? upper : lower;
    this.#stop = this.#reverse ? lower : upper;
    const limit = options.limit ?? -1;
    this.#remaining = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  }

  next(): ScanChunk | undefined {
    if (this.#done) return undefined;
    this.#parts.assertOpen();
    // I3.
    if (this.#failure !== undefined) throw this.#failure;
    this.#chunk.clear();
    try {
      if (this.#remaining > 0) this.#fill();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    if (this.#remaining === 0) this.close();
    return this.#chunk.count > 0 ? this.#chunk : undefined;
  }

  close(): void {
    if (this.#done) return;
    this.#done = true;
    this.#recycle();
    this.#parts.release();
  }

  #fill(): void {
    const generation = this.#parts.generation();
    if (this.#merged === undefined || generation !== this.#generation) {
      this.#generation = generation;
      this.#recycle();
      // A chunk ends behind its last key, with all its versions.
      const key = this.#key.slice(0, Math.max(0, this.#keyLength));
      const start = this.#keyLength < 0 ? this.#start : { key, inclusive: false };
      this.#sources = this.#parts.openSources(this.#reverse, start);
      this.#merged = new MergedSources(this.#sources, this.#reverse);
    }
    if (this.#reverse) this.#fillBackward(this.#merged);
    else this.#fillForward(this.#merged);
    this.#parts.onRead(this.#chunk.byteLength);
  }

  /** The chunk has copies of all it needs. */
  #recycle(): void {
    for (const { run } of this.#sources) this.#parts.runs.give(run);
    this.#sources = [];
    this.#merged = undefined;
  }

  #fillForward(merged: MergedSources): void {
    const { sequence } = this.#parts;
    const chunk = this.#chunk;
    while (this.#remaining > 0 && chunk.count < CHUNK_RECORDS && chunk.byteLength < CHUNK_BYTES) {
      const top = merged.top;
      if (top === undefined) {
        this.#remaining = 0;
        return;
      }
      if (top.sequence <= sequence && this.#isAnotherKey(top)) {
        if (this.#isBeyond(top)) {
          this.#remaining = 0;
          return;
        }
        this.#keepKey(top);
        if (!top.isDelete) {
          this.#push(top);
          this.#remaining--;
        }
      }
      merged.advance();
    }
  }

  #fillBackward(merged: MergedSources): void {
    const { sequence } = this.#parts;
    const chunk = this.#chunk;
    let isPushed = false;
    for (;;) {
      const top = merged.top;
      if (top === undefined || this.#isAnotherKey(top)) {
        if (isPushed) this.#remaining--;
        isPushed = false;
        if (top === undefined || this.#isBeyond(top)) this.#remaining = 0;
        const isFull = chunk.count >= CHUNK_RECORDS || chunk.byteLength >= CHUNK_BYTES;
        if (top === undefined || this.#remaining === 0 || isFull) return;
        this.#keepKey(top);
      }
      if (top.sequence <= sequence) {
        if (isPushed) chunk.pop();
        isPushed = !top.isDelete;
        if (isPushed) this.#push(top);
      }
      merged.advance();
      assert(!isPushed || chunk.count > 0, "I2: the version pushed last is in the chunk");
    }
  }

  #push(top: EntrySource): void {
    const { run, keyStart, keyLength } = top;
    if (this.#keysOnly) this.#chunk.pushRange(run.keys, keyStart, keyLength, EMPTY, 0, 0);
    else {
      const { valueStart, valueLength } = top;
      this.#chunk.pushRange(run.keys, keyStart, keyLength, run.values, valueStart, valueLength);
    }
  }

  #isAnotherKey({ run, keyStart, keyLength }: EntrySource): boolean {
    if (this.#keyLength !== keyLength) return true;
    return compareRanges(this.#key, 0, keyLength, run.keys, keyStart, keyLength) !== 0;
  }

  #keepKey({ run, keyStart, keyLength }: EntrySource): void {
    if (keyLength > this.#key.length) this.#key = new Uint8Array(keyLength * 2);
    const { keys } = run;
    for (let i = 0; i < keyLength; i++) this.#key[i] = keys[keyStart + i]!;
    this.#keyLength = keyLength;
  }

  #isBeyond({ run, keyStart, keyLength }: EntrySource): boolean {
    if (this.#stop === undefined) return false;
    const { key, inclusive } = this.#stop;
    const order = compareRanges(run.keys, keyStart, keyLength, key, 0, key.length);
    if (order === 0) return !inclusive;
    return this.#reverse ? order < 0 : order > 0;
  }
}

function boundOf(exclusive: Uint8Array | undefined, inclusive: Uint8Array | undefined) {
  // Not `slice`: of a Buffer that is a view.
  if (exclusive !== undefined) return { key: new Uint8Array(exclusive), inclusive: false };
  return inclusive === undefined ? undefined : { key: new Uint8Array(inclusive), inclusive: true };
}
