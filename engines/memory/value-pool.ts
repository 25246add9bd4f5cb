// Memory that values in memory are copied into for the caller: one allocation for many values.
// The price: a value that the caller keeps for long keeps the 16 KiB around it, too.
//
// Invariants:
//  I1. Bytes that were handed out are never written again: they belong to the caller.

import assert from "node:assert";

const POOL_BYTES = 16 * 1024;
/** A longer value has memory of its own: little is saved, and much would be kept. */
const POOLED_BYTES_MAX = POOL_BYTES / 8;

export class ValuePool {
  #words = new Uint32Array(POOL_BYTES / 4);
  #next = 0;

  /** A copy of words[start ..], `lengthBytes` bytes long. */
  copy(words: Uint32Array, start: number, lengthBytes: number): Uint8Array {
    const count = (lengthBytes + 3) >>> 2;
    if (lengthBytes > POOLED_BYTES_MAX) {
      const own = words.slice(start, start + count);
      return new Uint8Array(own.buffer, 0, lengthBytes);
    }
    if (this.#next + count > this.#words.length) {
      this.#words = new Uint32Array(POOL_BYTES / 4);
      this.#next = 0;
    }
    const target = this.#words;
    const at = this.#next;
    this.#next = at + count;
    assert(this.#next <= target.length, "I1: a place in the pool is used once");
    for (let i = 0; i < count; i++) target[at + i] = words[start + i]!;
    return new Uint8Array(target.buffer, at * 4, lengthBytes);
  }
}
