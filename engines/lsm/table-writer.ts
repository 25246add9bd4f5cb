// Writes a table: data blocks, the filter, the index, the tail (table-facts.ts). Entries come in
// order: keys ascending, the newest version of a key first.
//
//   table := data block*, filter, index, tail, footer      all but the footer as stored blocks
//
// An entry of the index has the length of a stored block as its value, a varint, and as its key
// the lower bound of the block's keys: above the last key before it, at or below its first key,
// and as short as that allows. Versions of one key are never in two blocks.
//
// Invariants:
//  I1. Keys never descend; versions of a key are newest first.
//  I2. The file holds whole stored blocks, back to back from offset 0.

import assert from "node:assert";
import { hashKey } from "../index/hash.ts";
import { compareRanges } from "../index/key-order.ts";
import type { File } from "../io/filesystem.ts";
import { BlockBuilder } from "./block-builder.ts";
import { encodeStored } from "./block-file.ts";
import { buildFilter, probesFor } from "./bloom.ts";
import { encodeFacts, encodeFooter, type TableFacts } from "./table-facts.ts";
import { writeVarint } from "./varint.ts";

const WRITE_BYTES = 256 * 1024;
const EMPTY = new Uint8Array(0);

export interface TableOptions {
  /** A block is ended when it has grown to this many bytes, before compression. */
  readonly blockBytes: number;
  /** 0: no filter. */
  readonly filterBitsPerKey: number;
  readonly compress: boolean;
}

export class TableWriter {
  readonly #file: File;
  readonly #id: number;
  readonly #options: TableOptions;
  readonly #baseSequence: number;
  readonly #block = new BlockBuilder();
  readonly #index = new BlockBuilder();
  readonly #buffer = new Uint8Array(WRITE_BYTES);
  #buffered = 0;
  #offset = 0;
  #hashes = new Uint32Array(4096);
  #hashCount = 0;
  #bound: Uint8Array = EMPTY;
  #smallest: Uint8Array = EMPTY;
  #blockCount = 0;
  #keyCount = 0;
  #entryCount = 0;
  #deleteCount = 0;
  #keyBytes = 0;
  #valueBytes = 0;
  #minSequence = Number.POSITIVE_INFINITY;
  #maxSequence: number;
  readonly #lengthBytes = new Uint8Array(8);

  /**
   * No entry that keeps its sequence is older than `baseSequence`. The table counts as at least as
   * new as `newestSequence`, though none of its entries may be.
   */
  constructor(
    file: File,
    id: number,
    baseSequence: number,
    newestSequence: number,
    options: TableOptions,
  ) {
    this.#maxSequence = newestSequence;
    this.#file = file;
    this.#id = id;
    this.#baseSequence = baseSequence;
    this.#options = options;
  }

  get entryCount(): number {
    return this.#entryCount;
  }

  /** Bytes that the file has so far, the open block left out. */
  get sizeBytes(): number {
    return this.#offset;
  }

  /** Whether the key is another one than that of the last entry; true at the start. */
  isNewKey(keyBytes: Uint8Array, keyStart: number, keyLength: number): boolean {
    if (this.#entryCount === 0) return true;
    const last = this.#block.lastKey;
    return compareRanges(last, 0, last.length, keyBytes, keyStart, keyLength) !== 0;
  }

  /**
   * `isNewKey`: the key is another one than that of the last entry. `isOld`: no snapshot needs
   * the sequence, and nothing older is below.
   */
  add(
    isNewKey: boolean,
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
    sequence: number,
    isOld: boolean,
    isDelete: boolean,
    valueBytes: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): void {
    if (isNewKey) {
      this.#startKey(keyBytes, keyStart, keyLength);
      this.#keyCount++;
    }
    assert(isOld || sequence >= this.#baseSequence, "I1: a sequence is at or above the base");
    const age = isOld ? 0 : sequence - this.#baseSequence + 1;
    const tag = valueLength * 2 + (isDelete ? 1 : 0);
    this.#block.add(keyBytes, keyStart, keyLength, tag, age, valueBytes, valueStart, valueLength);
    this.#entryCount++;
    if (isDelete) this.#deleteCount++;
    this.#keyBytes += keyLength;
    this.#valueBytes += valueLength;
    if (sequence < this.#minSequence) this.#minSequence = sequence;
    if (sequence > this.#maxSequence) this.#maxSequence = sequence;
  }

  /** Ends the file and syncs it. There must be an entry. */
  finish(): TableFacts {
    assert(this.#entryCount > 0, "I2: a table has an entry");
    const largest = this.#block.lastKey.slice();
    this.#endBlock();
    const filterBits = this.#options.filterBitsPerKey;
    const filter = buildFilter(this.#hashes.subarray(0, this.#hashCount), filterBits);
    const filterOffset = this.#offset;
    const filterLength = filter.length === 0 ? 0 : this.#store(filter, false);
    const indexOffset = this.#offset;
    const indexLength = this.#store(this.#index.finish(), this.#options.compress);
    const facts = {
      id: this.#id,
      indexOffset,
      indexLength,
      filterOffset,
      filterLength,
      filterProbes: probesFor(filterBits),
      blockCount: this.#blockCount,
      keyCount: this.#keyCount,
      entryCount: this.#entryCount,
      deleteCount: this.#deleteCount,
      keyBytes: this.#keyBytes,
      valueBytes: this.#valueBytes,
      baseSequence: this.#baseSequence,
      minSequence: this.#minSequence,
      maxSequence: this.#maxSequence,
      smallest: this.#smallest,
      largest,
    };
    const tailOffset = this.#offset;
    const tailLength = this.#store(encodeFacts(facts), false);
    this.#write(encodeFooter(tailOffset, tailLength));
    this.#flush();
    this.#file.syncSync();
    return { ...facts, sizeBytes: this.#offset };
  }

  #startKey(keyBytes: Uint8Array, keyStart: number, keyLength: number): void {
    if (this.#entryCount === 0) {
      this.#smallest = keyBytes.slice(keyStart, keyStart + keyLength);
    } else if (this.#block.sizeBytes >= this.#options.blockBytes) {
      const last = this.#block.lastKey;
      let shared = 0;
      while (shared < last.length && last[shared] === keyBytes[keyStart + shared]) shared++;
      assert(shared < keyLength, "I1: keys never descend");
      const bound = keyBytes.slice(keyStart, keyStart + shared + 1);
      this.#endBlock();
      this.#bound = bound;
    }
    if (this.#options.filterBitsPerKey > 0) {
      this.#addHash(hashKey(keyBytes, keyStart, keyLength));
    }
  }

  #endBlock(): void {
    const length = this.#store(this.#block.finish(), this.#options.compress);
    const lengthLength = writeVarint(this.#lengthBytes, 0, length);
    const tag = lengthLength * 2;
    const bound = this.#bound;
    this.#index.add(bound, 0, bound.length, tag, 0, this.#lengthBytes, 0, lengthLength);
    this.#blockCount++;
  }

  #addHash(hash: number): void {
    if (this.#hashCount === this.#hashes.length) {
      const larger = new Uint32Array(this.#hashCount * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#hashCount++] = hash;
  }

  #store(block: Uint8Array, compress: boolean): number {
    const stored = encodeStored(block, this.#id, this.#offset, compress);
    this.#write(stored);
    return stored.length;
  }

  #write(bytes: Uint8Array): void {
    if (this.#buffered + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) {
      this.#file.writeSync(bytes, 0, bytes.length, this.#offset);
    } else {
      this.#buffer.set(bytes, this.#buffered);
      this.#buffered += bytes.length;
    }
    this.#offset += bytes.length;
  }

  #flush(): void {
    if (this.#buffered === 0) return;
    this.#file.writeSync(this.#buffer, 0, this.#buffered, this.#offset - this.#buffered);
    this.#buffered = 0;
  }
}
