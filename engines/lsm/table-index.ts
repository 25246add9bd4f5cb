// The index of a table in memory: for each block where it stands, and a lower bound of its keys.
//
// All keys of a table begin with what its smallest and largest key have in common, so the four
// bytes behind that tell most bounds apart: the search is one over plain numbers, and looks at keys
// only where those are equal.

import assert from "node:assert";
import { compareRanges } from "../index/key-order.ts";
import { EntryRun } from "./entry-run.ts";
import { VarintReader } from "./varint.ts";

export class TableIndex {
  /** Offset of block `i` in the file; one more for where the last one ends. */
  readonly offsets: Float64Array;
  readonly #commonLength: number;
  readonly #words: Uint32Array;
  readonly #bounds: Uint8Array;
  readonly #boundEnds: Uint32Array;

  /** `block` is the index block; `smallest` and `largest` are the keys of the table. */
  constructor(block: Uint8Array, smallest: Uint8Array, largest: Uint8Array) {
    const run = new EntryRun();
    run.decode(block, 0);
    const { count } = run;
    this.offsets = new Float64Array(count + 1);
    this.#boundEnds = run.keyEnds.slice(0, count);
    this.#bounds = run.keys.slice(0, this.#boundEnds[count - 1]);
    this.#words = new Uint32Array(count);
    this.#commonLength = commonLength(smallest, largest);
    const value = new VarintReader(run.values, 0);
    for (let i = 0; i < count; i++) {
      value.at = run.valueStarts[i]!;
      this.offsets[i + 1] = this.offsets[i]! + value.next();
      this.#words[i] = wordOf(run.keys, run.keyStart(i), run.keyLength(i), this.#commonLength);
    }
  }

  get blockCount(): number {
    return this.#words.length;
  }

  get memoryBytes(): number {
    return (
      this.offsets.byteLength +
      this.#words.byteLength +
      this.#bounds.byteLength +
      this.#boundEnds.byteLength
    );
  }

  /** The only block that can hold the key, which is between the table's smallest and largest. */
  blockOf(key: Uint8Array): number {
    const word = wordOf(key, 0, key.length, this.#commonLength);
    let low = 0;
    let high = this.#words.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const bound = this.#words[middle]!;
      if (bound < word || (bound === word && this.#boundIsAtOrBefore(middle, key))) low = middle;
      else high = middle - 1;
    }
    assert(low < this.#words.length, "a table has a block");
    return low;
  }

  #boundIsAtOrBefore(i: number, key: Uint8Array): boolean {
    const start = i === 0 ? 0 : this.#boundEnds[i - 1]!;
    const length = this.#boundEnds[i]! - start;
    return compareRanges(this.#bounds, start, length, key, 0, key.length) <= 0;
  }
}

function commonLength(left: Uint8Array, right: Uint8Array): number {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length++;
  return length;
}

/** Four bytes of the key from `from` on, big-endian, zeros behind its end. */
function wordOf(bytes: Uint8Array, start: number, length: number, from: number): number {
  let word = 0;
  for (let i = from; i < from + 4; i++) word = (word << 8) | (i < length ? bytes[start + i]! : 0);
  return word >>> 0;
}
