// A chunk of a scan in one flat buffer, filled again and again by its cursor.
//
// Invariants:
//  I1. `ends` holds 2 numbers a record: end of the key, end of the value; a key starts where
//      the record before it ended.

import assert from "node:assert";
import type { ScanChunk } from "./engine.ts";

export class FlatChunk implements ScanChunk {
  // Small at first: a seek that reads one record must not pay for the buffer of a long scan.
  #bytes = new Uint8Array(256);
  #used = 0;
  #ends = new Uint32Array(2 * 8);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of keys and values in the chunk. */
  get byteLength(): number {
    return this.#used;
  }

  clear(): void {
    this.#count = 0;
    this.#used = 0;
  }

  push(key: Uint8Array, value: Uint8Array): void {
    this.pushRange(key, 0, key.length, value, 0, value.length);
  }

  /** Takes the last record out again. */
  pop(): void {
    assert(this.#count > 0, "a chunk without records has no last one");
    this.#count--;
    this.#used = this.#count === 0 ? 0 : this.#ends[this.#count * 2 - 1]!;
  }

  /** Copies `bytes[keyStart..keyStart+keyLength)`, and the value likewise. No view is made. */
  pushRange(
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): void {
    this.#reserve(keyLength + valueLength);
    copyRange(keyBytes, keyStart, keyLength, this.#bytes, this.#used);
    this.#used += keyLength;
    this.#ends[this.#count * 2] = this.#used;
    copyRange(valueBytes, valueStart, valueLength, this.#bytes, this.#used);
    this.#used += valueLength;
    this.#ends[this.#count * 2 + 1] = this.#used;
    this.#count++;
  }

  key(i: number): Uint8Array {
    assert(i >= 0 && i < this.#count, "record of a chunk out of range");
    const start = i === 0 ? 0 : this.#ends[i * 2 - 1]!;
    return this.#bytes.subarray(start, this.#ends[i * 2]!);
  }

  value(i: number): Uint8Array {
    assert(i >= 0 && i < this.#count, "record of a chunk out of range");
    const start = this.#ends[i * 2]!;
    const end = this.#ends[i * 2 + 1]!;
    assert(start <= end, "I1: a value ends after it starts");
    return this.#bytes.subarray(start, end);
  }

  #reserve(extraBytes: number): void {
    const needed = this.#used + extraBytes;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
    }
    if (this.#count * 2 === this.#ends.length) {
      const longer = new Uint32Array(this.#ends.length * 2);
      longer.set(this.#ends);
      this.#ends = longer;
    }
  }
}

/** A byte loop: for the short ranges of keys and records it is faster than a view and `set`. */
function copyRange(
  from: Uint8Array,
  fromStart: number,
  length: number,
  to: Uint8Array,
  toStart: number,
): void {
  if (length > 256) {
    to.set(from.subarray(fromStart, fromStart + length), toStart);
    return;
  }
  for (let i = 0; i < length; i++) to[toStart + i] = from[fromStart + i]!;
}
