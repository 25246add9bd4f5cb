// Fills a block with entries in order.
//
//   block    := entry*, restart: u32 *, restartCount: u32
//   entry    := shared: varint, unshared: varint, tag: varint, age: varint, key tail, value
//
// `shared` is the length of what the key has in common with the one before it; it is 0 at every
// 16th entry, a restart, whose offset stands at the end of the block. `tag` is twice the length of
// the value, plus 1 for a delete. `age` is 0 for an entry older than every snapshot, else
// sequence - baseSequence + 1, where the base is the table's.
//
// After the table format of LevelDB (doc/table_format.md), with the sequence beside the key.

import { VARINT_BYTES_MAX, writeVarint } from "./varint.ts";

const RESTART_INTERVAL = 16;

export class BlockBuilder {
  #bytes = new Uint8Array(16 * 1024);
  #used = 0;
  #restarts = new Uint32Array(64);
  #restartCount = 0;
  #entryCount = 0;
  #lastKey = new Uint8Array(256);
  #lastKeyLength = 0;

  get isEmpty(): boolean {
    return this.#entryCount === 0;
  }

  get entryCount(): number {
    return this.#entryCount;
  }

  /** Bytes that the block would have if it ended here. */
  get sizeBytes(): number {
    return this.#used + 4 * (this.#restartCount + 1);
  }

  /** Adds an entry; its key sorts at or after the one before. `age` and `tag` as above. */
  add(
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
    tag: number,
    age: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): void {
    this.#reserve(keyLength + valueLength + 4 * VARINT_BYTES_MAX);
    let shared = 0;
    if (this.#entryCount % RESTART_INTERVAL === 0) this.#addRestart();
    else {
      const last = this.#lastKey;
      const limit = Math.min(keyLength, this.#lastKeyLength);
      while (shared < limit && last[shared] === keyBytes[keyStart + shared]) shared++;
    }
    const bytes = this.#bytes;
    let at = writeVarint(bytes, this.#used, shared);
    at = writeVarint(bytes, at, keyLength - shared);
    at = writeVarint(bytes, at, tag);
    at = writeVarint(bytes, at, age);
    for (let i = shared; i < keyLength; i++) bytes[at++] = keyBytes[keyStart + i]!;
    if (valueLength > 128) {
      bytes.set(valueBytes.subarray(valueStart, valueStart + valueLength), at);
    } else {
      for (let i = 0; i < valueLength; i++) bytes[at + i] = valueBytes[valueStart + i]!;
    }
    this.#used = at + valueLength;
    this.#entryCount++;
    this.#keepKey(keyBytes, keyStart, keyLength, shared);
  }

  /** The block, valid until the next `add`; the builder is empty then. */
  finish(): Uint8Array {
    this.#reserve(4 * (this.#restartCount + 1));
    let at = this.#used;
    for (let i = 0; i < this.#restartCount; i++) at = this.#putWord(at, this.#restarts[i]!);
    at = this.#putWord(at, this.#restartCount);
    this.#used = 0;
    this.#restartCount = 0;
    this.#entryCount = 0;
    this.#lastKeyLength = 0;
    return this.#bytes.subarray(0, at);
  }

  /** The key of the last entry, valid until the next `add`. */
  get lastKey(): Uint8Array {
    return this.#lastKey.subarray(0, this.#lastKeyLength);
  }

  #addRestart(): void {
    if (this.#restartCount === this.#restarts.length) {
      const larger = new Uint32Array(this.#restartCount * 2);
      larger.set(this.#restarts);
      this.#restarts = larger;
    }
    this.#restarts[this.#restartCount++] = this.#used;
  }

  #keepKey(keyBytes: Uint8Array, keyStart: number, keyLength: number, shared: number): void {
    if (keyLength > this.#lastKey.length) {
      const larger = new Uint8Array(keyLength * 2);
      larger.set(this.#lastKey);
      this.#lastKey = larger;
    }
    const last = this.#lastKey;
    for (let i = shared; i < keyLength; i++) last[i] = keyBytes[keyStart + i]!;
    this.#lastKeyLength = keyLength;
  }

  #putWord(at: number, word: number): number {
    const bytes = this.#bytes;
    bytes[at] = word;
    bytes[at + 1] = word >>> 8;
    bytes[at + 2] = word >>> 16;
    bytes[at + 3] = word >>> 24;
    return at + 4;
  }

  #reserve(extraBytes: number): void {
    const needed = this.#used + extraBytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}
