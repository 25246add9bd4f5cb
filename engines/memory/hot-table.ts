// From the hash of a key to the place of its value in memory.
//
// Extendible hashing (Fagin et al., TODS 1979), as in the index of all keys: the top bits of the
// hash choose a small table, which splits when it is full, so that growth never stops the world.
// Within a table: linear probing, and deletion by shifting back (Knuth, TAOCP 3, 6.4, algorithm R),
// so that no tombstones gather while values come and go.
//
// Invariants:
//  I1. Place 0 marks a free slot. No place stands in two slots.
//  I2. A table is at most 3/4 full, so that a probe ends.
//  I3. A table of local depth d stands in 2^(depth - d) neighbouring cells of the directory.

import assert from "node:assert";
import type { HotRecords } from "./hot-records.ts";

const TABLE_SLOTS = 4096;
/** From this depth on a table that is full doubles instead of splitting: equal hashes end there. */
const DEPTH_MAX = 20;

interface Table {
  /** Pairs of hash and place. */
  slots: Uint32Array;
  depth: number;
  count: number;
}

function newTable(depth: number): Table {
  return { slots: new Uint32Array(TABLE_SLOTS * 2), depth, count: 0 };
}

export class HotTable {
  readonly #records: HotRecords;
  #depth = 0;
  #shift = 31;
  #directory: Table[] = [];
  #count = 0;
  #memoryBytes = 0;

  constructor(records: HotRecords) {
    this.#records = records;
    const table = newTable(0);
    this.#directory = [table, table];
    this.#depth = 1;
    this.#memoryBytes = table.slots.byteLength;
  }

  get count(): number {
    return this.#count;
  }

  get memoryBytes(): number {
    return this.#memoryBytes + this.#directory.length * 8;
  }

  /** The place of the key's record, or 0. */
  find(hash: number, key: Uint8Array, start: number, length: number): number {
    const slots = this.#directory[hash >>> this.#shift]!.slots;
    const mask = slots.length - 1;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const place = slots[at + 1]!;
      if (place === 0) return 0;
      if (slots[at] === hash && this.#records.keyEquals(place, key, start, length)) return place;
    }
  }

  /** The first place of a key with this hash, which is most probably the only one; or 0. */
  candidate(hash: number): number {
    const slots = this.#directory[hash >>> this.#shift]!.slots;
    const mask = slots.length - 1;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const place = slots[at + 1]!;
      if (place === 0 || slots[at] === hash) return place;
    }
  }

  /** Adds a place of a key that has none. */
  add(hash: number, place: number): void {
    assert(place !== 0, "I1: place 0 marks a free slot");
    const table = this.#directory[hash >>> this.#shift]!;
    if ((table.count + 1) * 8 > table.slots.length * 3) {
      this.#makeRoom(table, hash);
      this.add(hash, place);
      return;
    }
    insert(table, hash, place);
    this.#count++;
  }

  /** The record is elsewhere now. */
  move(hash: number, from: number, to: number): void {
    const { slots } = this.#directory[hash >>> this.#shift]!;
    slots[slotOf(slots, hash, from) + 1] = to;
  }

  remove(hash: number, place: number): void {
    const table = this.#directory[hash >>> this.#shift]!;
    const { slots } = table;
    const mask = slots.length - 1;
    let free = slotOf(slots, hash, place);
    for (let at = (free + 2) & mask; slots[at + 1] !== 0; at = (at + 2) & mask) {
      const home = (slots[at]! << 1) & mask;
      // The one at `at` may move back to `free` unless its home lies behind `free`.
      if (((at - home) & mask) < ((at - free) & mask)) continue;
      slots[free] = slots[at]!;
      slots[free + 1] = slots[at + 1]!;
      free = at;
    }
    slots[free + 1] = 0;
    table.count--;
    this.#count--;
  }

  #makeRoom(table: Table, hash: number): void {
    if (table.depth >= DEPTH_MAX) {
      const old = table.slots;
      table.slots = new Uint32Array(old.length * 2);
      table.count = 0;
      this.#memoryBytes += old.byteLength;
      for (let at = 0; at < old.length; at += 2) {
        if (old[at + 1] !== 0) insert(table, old[at]!, old[at + 1]!);
      }
      return;
    }
    if (table.depth === this.#depth) this.#doubleDirectory();
    this.#split(table, hash);
  }

  #doubleDirectory(): void {
    const directory: Table[] = [];
    for (const table of this.#directory) directory.push(table, table);
    this.#directory = directory;
    this.#depth++;
    this.#shift--;
  }

  #split(table: Table, hash: number): void {
    const depth = table.depth + 1;
    const low = newTable(depth);
    const high = newTable(depth);
    for (let at = 0; at < table.slots.length; at += 2) {
      if (table.slots[at + 1] === 0) continue;
      const other = table.slots[at]!;
      insert((other >>> (32 - depth)) & 1 ? high : low, other, table.slots[at + 1]!);
    }
    const span = 1 << (this.#depth - depth);
    const first = table.depth === 0 ? 0 : (hash >>> (32 - table.depth)) * 2 * span;
    for (let i = 0; i < span; i++) {
      assert(this.#directory[first + i] === table, "I3: a table's cells are neighbours");
      this.#directory[first + i] = low;
      this.#directory[first + span + i] = high;
    }
    this.#memoryBytes += low.slots.byteLength;
    assert(Math.max(low.count, high.count) < TABLE_SLOTS, "I2: a split leaves a free slot");
  }
}

function insert(table: Table, hash: number, place: number): void {
  const { slots } = table;
  const mask = slots.length - 1;
  let at = (hash << 1) & mask;
  while (slots[at + 1] !== 0) at = (at + 2) & mask;
  slots[at] = hash;
  slots[at + 1] = place;
  table.count++;
}

function slotOf(slots: Uint32Array, hash: number, place: number): number {
  const mask = slots.length - 1;
  let at = (hash << 1) & mask;
  while (slots[at + 1] !== place) {
    assert(slots[at + 1] !== 0, "I1: a record in memory has a slot");
    at = (at + 2) & mask;
  }
  return at;
}
