// Reads the records of a range, one by one, over the cursors of an engine: forth or back, with
// seeks in between, always as of one state.
//
// Steps of `advance`:
//   1. pause      after many records, for a turn of the event loop
//   2. cursor     open one, when there is none: for few records at first, since after a seek most
//                 callers want one or two, and for all of them when more is asked for
//   3. chunk      the next of the cursor; none: the range is at its end
//
// Invariants:
//  I1. Every cursor reads the snapshot with which the reader began, wherever it is sought.
//  I2. At most one cursor is open, and its chunk is read before the next is asked for.
//  I3. The position is within the chunk, or at its end.

import assert from "node:assert";
import type { Cursor, Engine, MaybePromise, ScanChunk, Snapshot } from "../engine.ts";
import { turn } from "../io/turn.ts";

/** After so many records the event loop has a turn. */
const RECORDS_PER_TURN = 1000;

export interface ReadRange {
  /** Exclusive lower bound; `gte`, inclusive, wins over it (the other way round in ScanOptions). */
  readonly gt?: Uint8Array | undefined;
  readonly gte?: Uint8Array | undefined;
  /** Exclusive upper bound; `lte`, inclusive, wins over it. */
  readonly lt?: Uint8Array | undefined;
  readonly lte?: Uint8Array | undefined;
  readonly reverse: boolean;
  /** Values are not read. */
  readonly keysOnly: boolean;
}

export class RecordReader {
  readonly #engine: Engine;
  readonly #reverse: boolean;
  readonly #keysOnly: boolean;
  readonly #lower: Uint8Array | undefined;
  readonly #lowerInclusive: boolean;
  readonly #upper: Uint8Array | undefined;
  readonly #upperInclusive: boolean;
  readonly #snapshot: Snapshot | undefined;
  readonly #ownsSnapshot: boolean;
  /** Where the next cursor begins, instead of at the bound. */
  #from: Uint8Array | undefined;
  #fromInclusive = true;
  #cursor: Cursor | undefined;
  /** Records that the open cursor may still give. */
  #cursorLeft = 0;
  #isFirstCursor = true;
  #chunk: ScanChunk | undefined;
  #position = 0;
  #count = 0;
  #atEnd = false;
  #recordsSinceTurn = 0;
  #closing: Promise<unknown> | undefined;

  /**
   * Without a snapshot the reader takes one of its own, if the engine has them. The bounds are
   * kept: they must not be written to later.
   */
  constructor(engine: Engine, range: ReadRange, snapshot: Snapshot | undefined) {
    this.#engine = engine;
    this.#reverse = range.reverse;
    this.#keysOnly = range.keysOnly;
    this.#lower = range.gte ?? range.gt;
    this.#lowerInclusive = range.gte !== undefined;
    this.#upper = range.lte ?? range.lt;
    this.#upperInclusive = range.lte !== undefined;
    this.#ownsSnapshot = snapshot === undefined && engine.supports.snapshot;
    this.#snapshot = this.#ownsSnapshot ? engine.snapshot() : snapshot;
  }

  /** A record is there to be read. */
  get ready(): boolean {
    return this.#position < this.#count;
  }

  /** Records that can be read without another `advance`. */
  get readyCount(): number {
    return this.#count - this.#position;
  }

  /** Key of the next record. A view: valid until the next `advance`, `seek` or `close`. */
  key(): Uint8Array {
    assert(this.ready, "I3: there is a record");
    return this.#chunk!.key(this.#position);
  }

  /** Value of the next record, empty when only keys are read. A view, like the key. */
  value(): Uint8Array {
    assert(this.ready, "I3: there is a record");
    return this.#chunk!.value(this.#position);
  }

  step(): void {
    this.#position++;
  }

  /**
   * Gets more records when none is ready; afterwards none is only at the end. `wanted` is what the
   * caller needs now, `most` what it may ever take; both at least 1, `most` may be Infinity.
   * Undefined when it was done at once.
   */
  advance(wanted: number, most: number): Promise<void> | undefined {
    if (this.ready || this.#atEnd) return undefined;
    if (this.#recordsSinceTurn >= RECORDS_PER_TURN || this.#closing !== undefined) {
      return this.#advanceLater(wanted, most);
    }
    const chunk = this.#nextChunk(wanted, most);
    if (chunk instanceof Promise) return chunk.then((late) => this.#take(late));
    this.#take(chunk);
    return undefined;
  }

  /** The next record is the first at or after the target (before, in reverse) within the range. */
  seek(target: Uint8Array): void {
    this.#dropCursor();
    this.#from = Buffer.from(target);
    this.#fromInclusive = true;
    this.#isFirstCursor = true;
    this.#atEnd = !this.#contains(target);
  }

  close(): MaybePromise<void> {
    this.#atEnd = true;
    this.#dropCursor();
    if (this.#closing !== undefined) return this.#closing.then(() => this.#dropSnapshot());
    this.#dropSnapshot();
  }

  async #advanceLater(wanted: number, most: number): Promise<void> {
    await this.#closing;
    this.#closing = undefined;
    if (this.#recordsSinceTurn >= RECORDS_PER_TURN) {
      this.#recordsSinceTurn = 0;
      await turn();
    }
    this.#take(await this.#nextChunk(wanted, most));
  }

  #nextChunk(wanted: number, most: number): MaybePromise<ScanChunk | undefined> {
    if (this.#cursor !== undefined && this.#cursorLeft === 0) this.#leaveCursor();
    this.#cursor ??= this.#openCursor(this.#isFirstCursor ? wanted : most);
    return this.#cursor.next();
  }

  /** The cursor gave all that it was opened for: the next goes on behind its last record. */
  #leaveCursor(): void {
    this.#from = Buffer.from(this.#chunk!.key(this.#count - 1));
    this.#fromInclusive = false;
    this.#dropCursor();
  }

  #openCursor(limit: number): Cursor {
    assert(this.#cursor === undefined, "I2: one cursor at a time");
    this.#isFirstCursor = false;
    this.#cursorLeft = limit;
    const from = this.#from;
    const lower = this.#reverse ? this.#lower : (from ?? this.#lower);
    const upper = this.#reverse ? (from ?? this.#upper) : this.#upper;
    const fromLower = from !== undefined && !this.#reverse;
    const fromUpper = from !== undefined && this.#reverse;
    const lowerInclusive = fromLower ? this.#fromInclusive : this.#lowerInclusive;
    const upperInclusive = fromUpper ? this.#fromInclusive : this.#upperInclusive;
    return this.#engine.scan({
      ...(lower === undefined ? {} : lowerInclusive ? { gte: lower } : { gt: lower }),
      ...(upper === undefined ? {} : upperInclusive ? { lte: upper } : { lt: upper }),
      reverse: this.#reverse,
      limit: Number.isFinite(limit) ? limit : -1,
      keysOnly: this.#keysOnly,
      ...(this.#snapshot === undefined ? {} : { snapshot: this.#snapshot }),
    });
  }

  #take(chunk: ScanChunk | undefined): void {
    assert(!this.ready, "I2: a chunk is read before the next");
    this.#chunk = chunk;
    this.#position = 0;
    this.#count = chunk?.count ?? 0;
    this.#cursorLeft -= this.#count;
    this.#recordsSinceTurn += this.#count;
    if (chunk === undefined) this.#atEnd = true;
  }

  /** Whether the key is in the range. */
  #contains(key: Uint8Array): boolean {
    if (this.#lower !== undefined) {
      const side = Buffer.compare(key, this.#lower);
      if (side < 0 || (side === 0 && !this.#lowerInclusive)) return false;
    }
    if (this.#upper === undefined) return true;
    const side = Buffer.compare(key, this.#upper);
    return side < 0 || (side === 0 && this.#upperInclusive);
  }

  #dropCursor(): void {
    const closed = this.#cursor?.close();
    // A failure shows at the next `advance`, or at `close`.
    if (closed instanceof Promise) this.#closing = Promise.all([this.#closing, closed]);
    this.#closing?.catch(() => {});
    this.#cursor = undefined;
    this.#chunk = undefined;
    this.#position = 0;
    this.#count = 0;
  }

  #dropSnapshot(): void {
    if (this.#ownsSnapshot) this.#snapshot!.close();
  }
}
