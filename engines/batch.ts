// A batch in one flat buffer: no object per operation.
//
// Invariants:
//  I1. `ends` holds 3 numbers an operation: start of the key, start of the value, end of the value.
//  I2. A delete has DELETE_MARK as its end.

import assert from "node:assert";
import type { Batch, BatchVisitor } from "./engine.ts";

const DELETE_MARK = 0xffff_ffff;

export class WriteBatch implements Batch {
  #bytes = new Uint8Array(1024);
  #used = 0;
  #ends = new Uint32Array(3 * 16);
  #count = 0;
  #byteLength = 0;

  get count(): number {
    return this.#count;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  put(key: Uint8Array, value: Uint8Array): this {
    this.#append(key, value.length);
    this.#bytes.set(value, this.#used);
    this.#used += value.length;
    this.#ends[this.#count * 3 - 1] = this.#used;
    this.#byteLength += value.length;
    return this;
  }

  delete(key: Uint8Array): this {
    this.#append(key, 0);
    this.#ends[this.#count * 3 - 1] = DELETE_MARK;
    return this;
  }

  forEach(visit: BatchVisitor): void {
    for (let i = 0; i < this.#count; i++) {
      const keyStart = this.#ends[i * 3]!;
      const valueStart = this.#ends[i * 3 + 1]!;
      const end = this.#ends[i * 3 + 2]!;
      assert(keyStart <= valueStart, "I1: a key ends where its value starts");
      visit(
        this.#bytes.subarray(keyStart, valueStart),
        end === DELETE_MARK ? undefined : this.#bytes.subarray(valueStart, end),
      );
    }
  }

  clear(): void {
    this.#used = 0;
    this.#count = 0;
    this.#byteLength = 0;
  }

  /** Room for the operation, the key copied, the starts noted. */
  #append(key: Uint8Array, valueLength: number): void {
    const needed = this.#used + key.length + valueLength;
    assert(needed < DELETE_MARK, "I2: a batch stays below 4 GiB");
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
    }
    if (this.#count * 3 === this.#ends.length) {
      const longer = new Uint32Array(this.#ends.length * 2);
      longer.set(this.#ends);
      this.#ends = longer;
    }
    this.#bytes.set(key, this.#used);
    this.#ends[this.#count * 3] = this.#used;
    this.#used += key.length;
    this.#ends[this.#count * 3 + 1] = this.#used;
    this.#byteLength += key.length;
    this.#count++;
  }
}
