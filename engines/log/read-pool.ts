// Memory that records are read into, so that a value is handed out where it was read: no copy, and
// no allocation of its own for each value. The price: a value that the caller keeps for long keeps
// the 64 KiB around it, too; one who keeps many copies them.
//
// Invariants:
//  I1. Bytes that were handed out are never written again: they belong to the caller.

import assert from "node:assert";
import { newRecordBuffer, type RecordBuffer } from "./record.ts";

const POOL_BYTES = 64 * 1024;

export class ReadPool {
  #buffer = newRecordBuffer(POOL_BYTES);
  #next = 0;

  get buffer(): RecordBuffer {
    return this.#buffer;
  }

  /** Room for `length` bytes: an offset in `buffer`, a multiple of 4. */
  take(length: number): number {
    if (this.#next + length > this.#buffer.bytes.length) {
      this.#buffer = newRecordBuffer(Math.max(POOL_BYTES, length));
      this.#next = 0;
    }
    const at = this.#next;
    this.#next = (at + length + 3) & ~3;
    assert((at & 3) === 0, "I1: a place in the pool is used once");
    return at;
  }
}
