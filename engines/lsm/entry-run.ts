// Entries side by side: a block decoded, or a stretch of a memtable. It is what scans and
// compactions work on, so that going forward and going back are the same, and cost no call.

import assert from "node:assert";
import { wordAt } from "./block-seeker.ts";
import { longVarint, varintBytes } from "./varint.ts";

const RUNS_KEPT = 32;
const KEY_BYTES_KEPT = 64 * 1024;
const NO_BYTES = new Uint8Array(0);

export class EntryRun {
  keys = new Uint8Array(1024);
  /** End of key `i`; it starts where the one before ends. */
  keyEnds = new Uint32Array(64);
  values: Uint8Array = new Uint8Array(0);
  valueStarts = new Uint32Array(64);
  valueLengths = new Uint32Array(64);
  /** Sequences; 0 for one older than every snapshot. */
  sequences = new Float64Array(64);
  /** 1 for a delete. */
  deletes = new Uint8Array(64);
  count = 0;

  keyStart(i: number): number {
    return i === 0 ? 0 : this.keyEnds[i - 1]!;
  }

  keyLength(i: number): number {
    return this.keyEnds[i]! - this.keyStart(i);
  }

  clear(values: Uint8Array): void {
    this.values = values;
    this.count = 0;
  }

  /** Takes in every entry of a block. */
  decode(bytes: Uint8Array, baseSequence: number): void {
    this.clear(bytes);
    const restartsAt = bytes.length - 4 - 4 * wordAt(bytes, bytes.length - 4);
    assert(restartsAt > 0, "a block has an entry");
    let keyEnd = 0;
    let keyStart = 0;
    let count = 0;
    for (let at = 0; at < restartsAt; ) {
      let shared = bytes[at++]!;
      if (shared > 127) {
        shared = this.#rest(bytes, at, shared);
        at = this.#restEnd;
      }
      let unshared = bytes[at++]!;
      if (unshared > 127) {
        unshared = this.#rest(bytes, at, unshared);
        at = this.#restEnd;
      }
      let tag = bytes[at++]!;
      if (tag > 127) {
        tag = this.#rest(bytes, at, tag);
        at = this.#restEnd;
      }
      let age = bytes[at++]!;
      if (age > 127) {
        age = this.#rest(bytes, at, age);
        at = this.#restEnd;
      }
      if (count === this.keyEnds.length) this.#growEntries();
      if (keyEnd + shared + unshared > this.keys.length) this.#growKeys(keyEnd + shared + unshared);
      const keys = this.keys;
      for (let i = 0; i < shared; i++) keys[keyEnd + i] = keys[keyStart + i]!;
      keyStart = keyEnd;
      keyEnd += shared;
      for (let i = 0; i < unshared; i++) keys[keyEnd + i] = bytes[at + i]!;
      keyEnd += unshared;
      at += unshared;
      const valueLength = Math.floor(tag / 2);
      this.keyEnds[count] = keyEnd;
      this.valueStarts[count] = at;
      this.valueLengths[count] = valueLength;
      this.sequences[count] = age === 0 ? 0 : baseSequence + age - 1;
      this.deletes[count] = tag % 2;
      count++;
      at += valueLength;
    }
    this.count = count;
  }

  /** Adds one entry whose value is in `values`. */
  push(
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
    sequence: number,
    isDelete: boolean,
    valueStart: number,
    valueLength: number,
  ): void {
    if (this.count === this.keyEnds.length) this.#growEntries();
    const start = this.count === 0 ? 0 : this.keyEnds[this.count - 1]!;
    if (start + keyLength > this.keys.length) this.#growKeys(start + keyLength);
    const keys = this.keys;
    for (let i = 0; i < keyLength; i++) keys[start + i] = keyBytes[keyStart + i]!;
    this.keyEnds[this.count] = start + keyLength;
    this.valueStarts[this.count] = valueStart;
    this.valueLengths[this.count] = valueLength;
    this.sequences[this.count] = sequence;
    this.deletes[this.count] = isDelete ? 1 : 0;
    this.count++;
  }

  #restEnd = 0;

  /** The number whose first byte is `first`, and whose second is at `at`; sets `#restEnd`. */
  #rest(bytes: Uint8Array, at: number, first: number): number {
    const second = bytes[at]!;
    const low = (first & 127) | ((second & 127) << 7);
    this.#restEnd = at + 1;
    if (second < 128) return low;
    const value = longVarint(bytes, at + 1, low);
    this.#restEnd = at + varintBytes(value) - 1;
    return value;
  }

  #growKeys(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.keys.length * 2));
    larger.set(this.keys);
    this.keys = larger;
  }

  #growEntries(): void {
    const capacity = this.keyEnds.length * 2;
    const grown = <T extends Uint32Array | Float64Array | Uint8Array>(old: T, larger: T): T => {
      larger.set(old);
      return larger;
    };
    this.keyEnds = grown(this.keyEnds, new Uint32Array(capacity));
    this.valueStarts = grown(this.valueStarts, new Uint32Array(capacity));
    this.valueLengths = grown(this.valueLengths, new Uint32Array(capacity));
    this.sequences = grown(this.sequences, new Float64Array(capacity));
    this.deletes = grown(this.deletes, new Uint8Array(capacity));
  }
}

/** Runs that nobody uses: a seek would spend most of its time making them. */
export class RunPool {
  readonly #free: EntryRun[] = [];

  take(): EntryRun {
    return this.#free.pop() ?? new EntryRun();
  }

  give(run: EntryRun): void {
    // What it points at is let go, and what has grown large is not kept.
    run.clear(NO_BYTES);
    if (this.#free.length < RUNS_KEPT && run.keys.length <= KEY_BYTES_KEPT) this.#free.push(run);
  }
}
