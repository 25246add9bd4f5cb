// Reads the entries of a block (block-builder.ts). The bytes were verified when they were read
// from the file, so what does not parse here is a mistake of ours.
//
// A point lookup steps over entries without restoring their keys: it remembers how many bytes the
// key sought has in common with the last key passed (`matched`). Where the next entry shares more
// than that with its predecessor, it sorts before the key sought too; where it shares less, it
// sorts after it; only where both are equal are bytes compared.
//
// Steps of `seekPoint`:
//  1. Binary search over the restarts, whose keys are whole, for the last one before the key.
//  2. Entries from there on, until one sorts at or after the key.

import assert from "node:assert";
import { longVarint, varintBytes } from "./varint.ts";

/** What a lookup in a block, or in a table, found. */
export const Found = { nothing: 0, value: 1, tombstone: 2 } as const;
export type Found = (typeof Found)[keyof typeof Found];

/** The word at `at`, which need not be aligned. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  );
}

/** A lookup in one block after the other, without an object for each. */
export class BlockSeeker {
  /** Where the value of the entry found is in the block's bytes. */
  valueStart = 0;
  valueLength = 0;
  /** 0 when the entry is older than every snapshot, else sequence - baseSequence + 1. */
  age = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** The newest entry of the key whose age is at most `ageMax`. */
  seekPoint(bytes: Uint8Array, key: Uint8Array, ageMax: number): Found {
    this.#bytes = bytes;
    const restartsAt = bytes.length - 4 - 4 * wordAt(bytes, bytes.length - 4);
    assert(restartsAt > 0, "a block has an entry");
    this.#at = this.#restartBefore(restartsAt, key);
    const keyLength = key.length;
    let matched = 0;
    while (this.#at < restartsAt) {
      const shared = this.#varint();
      const unshared = this.#varint();
      const tag = this.#varint();
      const age = this.#varint();
      const tailAt = this.#at;
      const valueLength = Math.floor(tag / 2);
      this.#at = tailAt + unshared + valueLength;
      if (shared > matched) continue;
      // A restart says nothing about the key before it: it is compared as a whole.
      if (shared < matched && shared > 0) return Found.nothing;
      const length = shared + unshared;
      const limit = Math.min(length, keyLength);
      const shift = tailAt - shared;
      let i = shared;
      while (i < limit && bytes[shift + i] === key[i]) i++;
      matched = i;
      if (i < limit) {
        if (bytes[shift + i]! > key[i]!) return Found.nothing;
        continue;
      }
      if (length < keyLength) continue;
      if (length > keyLength) return Found.nothing;
      if (age > ageMax) continue;
      this.valueStart = tailAt + unshared;
      this.valueLength = valueLength;
      this.age = age;
      return tag % 2 === 1 ? Found.tombstone : Found.value;
    }
    return Found.nothing;
  }

  /** Offset of the last restart whose key sorts before the key, or of the first. */
  #restartBefore(restartsAt: number, key: Uint8Array): number {
    const bytes = this.#bytes;
    let low = 0;
    let high = (bytes.length - 4 - restartsAt) / 4 - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      this.#at = wordAt(bytes, restartsAt + 4 * middle);
      this.#varint();
      const length = this.#varint();
      this.#varint();
      this.#varint();
      if (this.#sortsBefore(length, key)) low = middle;
      else high = middle - 1;
    }
    return wordAt(bytes, restartsAt + 4 * low);
  }

  #sortsBefore(length: number, key: Uint8Array): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    const limit = Math.min(length, key.length);
    for (let i = 0; i < limit; i++) {
      const difference = bytes[start + i]! - key[i]!;
      if (difference !== 0) return difference < 0;
    }
    return length < key.length;
  }

  #varint(): number {
    const first = this.#bytes[this.#at++]!;
    if (first < 128) return first;
    const second = this.#bytes[this.#at++]!;
    const low = (first & 127) | ((second & 127) << 7);
    return second < 128 ? low : this.#longVarint(low);
  }

  #longVarint(low: number): number {
    const value = longVarint(this.#bytes, this.#at, low);
    this.#at += varintBytes(value) - 2;
    return value;
  }
}
