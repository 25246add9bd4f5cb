// The memtable: a hash index over the image of a log that is being written (log-image.ts). A get
// is one probe; the order of the keys is made when the first scan asks for it, and kept from then
// on. A flush sorts the records on its own thread.
//
// Invariants:
//  I1. A slot names the newest record of its key, or VACANT when that was undone; a record is
//      named by its offset in the log.
//  I2. While a snapshot is open, the records that a newer one replaced can be reached from it.
//  I3. The table is at most 5/8 full, so that a probe ends.
//  I4. Nothing is added once it is sealed.

import assert from "node:assert";
import { hashKey } from "../index/hash.ts";
import { IdTable } from "../index/id-table.ts";
import { OrderedIndex } from "../index/ordered-index.ts";
import type { File } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES } from "../log/log-header.ts";
import { sequenceAt } from "../log/record.ts";
import type { LogImage } from "./log-image.ts";

const SLOTS_MIN = 16 * 1024;
/** An offset that no record has; a slot that holds it is passed over, but not free. */
const VACANT = 1;

export interface MemtableLog {
  readonly id: number;
  readonly file: File;
}

export class Memtable {
  readonly log: MemtableLog;
  readonly image: LogImage;
  /** Offset in the log behind the last record, once sealed. */
  sealedBytes = 0;
  /** How often something was taken back: what was read from the image before may be gone. */
  rollbacks = 0;
  #slots = new Uint32Array(2 * SLOTS_MIN);
  #mask = 2 * SLOTS_MIN - 1;
  #slotCount = 0;
  #older = new IdTable();
  #undo = new Uint32Array(2 * 64);
  #undoCount = 0;
  #recordCount = 0;
  #order: OrderedIndex | undefined;

  constructor(log: MemtableLog, image: LogImage) {
    this.log = log;
    this.image = image;
  }

  /** Slots in use: about the number of different keys. */
  get keyCount(): number {
    return this.#slotCount;
  }

  /** No record stands in it. */
  get isEmpty(): boolean {
    return this.#recordCount === 0;
  }

  get memoryBytes(): number {
    const order = this.#order?.memoryBytes ?? 0;
    return this.image.capacityBytes + this.#slots.byteLength + order;
  }

  /** The newest record of the key, or 0. */
  find(hash: number, key: Uint8Array): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const offset = slots[at + 1]!;
      if (offset === 0) return 0;
      if (slots[at] === hash && offset !== VACANT && this.image.keyEquals(offset, key)) {
        return offset;
      }
    }
  }

  /** The newest record of the key that is not newer than `sequence`, or 0. */
  findAsOf(hash: number, key: Uint8Array, sequence: number): number {
    return this.#asOf(this.find(hash, key), sequence);
  }

  /** The record is in the image, and is now the newest of its key. */
  add(hash: number, key: Uint8Array, offset: number, keepOlder: boolean): void {
    assert(this.sealedBytes === 0, "I4: the memtable is sealed");
    if (this.#slotCount * 16 >= this.#slots.length * 5) this.#grow();
    const slots = this.#slots;
    const mask = this.#mask;
    let at = (hash << 1) & mask;
    let older = 0;
    for (; ; at = (at + 2) & mask) {
      const found = slots[at + 1]!;
      if (found === 0) {
        slots[at] = hash;
        this.#slotCount++;
        break;
      }
      if (slots[at] === hash && found !== VACANT && this.image.keyEquals(found, key)) {
        older = found;
        break;
      }
    }
    slots[at + 1] = offset;
    this.#recordCount++;
    if (older !== 0 && keepOlder) this.#older.set(offset, older);
    if (older === 0) this.#order?.insert(offset);
    if (this.#undoCount * 2 === this.#undo.length) this.#growUndo();
    this.#undo[this.#undoCount * 2] = offset;
    this.#undo[this.#undoCount * 2 + 1] = older;
    this.#undoCount++;
  }

  /** What was added so far can no longer be undone. */
  commit(): void {
    this.#undoCount = 0;
  }

  /** Takes back what was added since the last commit; the image still holds it. */
  rollback(): void {
    while (this.#undoCount > 0) {
      this.#undoCount--;
      this.#recordCount--;
      const offset = this.#undo[this.#undoCount * 2]!;
      const older = this.#undo[this.#undoCount * 2 + 1]!;
      const key = this.image.keyView(offset);
      const hash = hashKey(key, 0, key.length);
      const mask = this.#mask;
      let at = (hash << 1) & mask;
      while (this.#slots[at + 1] !== offset) at = (at + 2) & mask;
      this.#slots[at + 1] = older === 0 ? VACANT : older;
      // Another record will have this offset.
      if (this.#older.get(offset) > 0) this.#older.set(offset, 0);
    }
    this.rollbacks++;
    // Ids of the order may be among what was undone, and their bytes are written over next.
    this.#order = undefined;
  }

  seal(endOffset: number): void {
    this.sealedBytes = endOffset;
  }

  /** The order of the keys: each is named by the oldest record that introduced it. */
  get order(): OrderedIndex {
    this.#order ??= new OrderedIndex(this.image, this.#newestOffsets());
    return this.#order;
  }

  /** The record that an id of the order stands for as of a sequence, or 0. */
  resolve(id: number, sequence: number): number {
    const key = this.image.keyView(id);
    return this.#asOf(this.find(hashKey(key, 0, key.length), key), sequence);
  }

  /** All records of the file so far, for `recovery` to index. */
  static recovered(log: MemtableLog, image: LogImage, endOffset: number): Memtable {
    const table = new Memtable(log, image);
    for (const offset of image.records(LOG_HEADER_BYTES, endOffset)) {
      const key = image.keyView(offset);
      table.add(hashKey(key, 0, key.length), key, offset, false);
    }
    table.commit();
    return table;
  }

  #asOf(newest: number, sequence: number): number {
    let offset = newest;
    while (offset > 0 && sequenceAt(this.image.buffer, offset) > sequence) {
      offset = this.#older.get(offset);
    }
    return Math.max(offset, 0);
  }

  #newestOffsets(): Uint32Array {
    const offsets = new Uint32Array(this.#slotCount);
    let count = 0;
    for (let at = 1; at < this.#slots.length; at += 2) {
      if (this.#slots[at]! > VACANT) offsets[count++] = this.#slots[at]!;
    }
    return offsets.subarray(0, count);
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = this.#slots.length - 1;
    this.#slotCount = 0;
    for (let from = 0; from < old.length; from += 2) {
      const offset = old[from + 1]!;
      if (offset <= VACANT) continue;
      const hash = old[from]!;
      let at = (hash << 1) & this.#mask;
      while (this.#slots[at + 1] !== 0) at = (at + 2) & this.#mask;
      this.#slots[at] = hash;
      this.#slots[at + 1] = offset;
      this.#slotCount++;
    }
    assert(this.#slotCount * 2 < this.#slots.length, "I3: a table that grew has room");
  }

  #growUndo(): void {
    const larger = new Uint32Array(this.#undo.length * 2);
    larger.set(this.#undo);
    this.#undo = larger;
  }
}
