// An index from keys to ids with three words a key, without an object per key.
//
// Extendible hashing (Fagin et al., TODS 1979): the top bits of the hash choose one of many small
// open-addressing tables. A table that is full grows by a third; one that has grown to
// SPLIT_COUNT keys splits in two by the next bit. So growth never copies more than one table, the
// load stays between 0.64 and 0.85, and there is no limit of 2^24 keys as for a Map.
//
//   directory: hash >>> (32 - depth) -> table      table: (hash, id) pairs, linear probing
//   entries:   id -> (a, b, c, key)                entry-arena.ts
//
// Where a probe starts is the low 16 bits of the hash scaled to the table's capacity (a multiply
// and a shift), which therefore need not be a power of two.
//
// Invariants:
//  I1. An id names one key for ever; id 0 means that there is none.
//  I2. A table always has free slots, so that a probe ends.
//  I3. A table of local depth d stands in 2^(depth - d) neighbouring cells of the directory.
//  I4. Between `reserve` and `settle` pairs stand in their tables in the order of insertion: each
//      table is then put in order at once, while it is in the cache, and not key by key.

import assert from "node:assert";
import { EntryArena } from "./entry-arena.ts";
import { hashKey } from "./hash.ts";

const LOAD_MAX = 0.85;
const GROWTH = 1.33;
/** A table splits instead of growing when it has so many keys. */
const SPLIT_COUNT = 13_000;
const CAPACITY_MIN = 64;
const NO_SLOTS = new Uint32Array(0);
/** At this depth tables only grow: the bits below are those that a probe starts from. */
const DEPTH_MAX = 16;

interface Table {
  /** (hash, id) pairs; id 0 marks a free slot. */
  slots: Uint32Array;
  /** Pairs that `slots` has room for. */
  capacity: number;
  readonly depth: number;
  count: number;
  /** The table grows or splits when it has more keys than this. */
  limit: number;
}

/** A table with room for `count` keys and some more. */
function newTable(depth: number, count: number): Table {
  const table = { slots: NO_SLOTS, capacity: 0, depth, count: 0, limit: 0 };
  resize(table, capacityFor(count));
  return table;
}

function capacityFor(count: number): number {
  return Math.max(CAPACITY_MIN, Math.ceil((count * GROWTH) / LOAD_MAX));
}

export class KeyIndex {
  readonly entries = new EntryArena();
  #depth = 1;
  #shift = 31;
  #directory: Table[] = [newTable(1, 0), newTable(1, 0)];
  #size = 0;
  #isLoading = false;

  /** Keys ever inserted, whatever their words say. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory of the tables; the entries' own are `entries.memoryBytes`. */
  get memoryBytes(): number {
    let bytes = this.#directory.length * 8;
    let previous: Table | undefined;
    for (const table of this.#directory) {
      if (table !== previous) bytes += table.slots.byteLength;
      previous = table;
    }
    return bytes;
  }

  /** Makes room for about `count` keys, all of them new; nothing is found before `settle`. */
  reserve(count: number): void {
    assert(this.#size === 0, "I4: keys are loaded into an empty index");
    this.#isLoading = true;
    while (count / 2 ** this.#depth > SPLIT_COUNT * 0.95 && this.#depth < DEPTH_MAX) this.#depth++;
    this.#shift = 32 - this.#depth;
    const tables = 2 ** this.#depth;
    // Tables hold about as many keys as the mean: three standard deviations more is enough.
    const each = Math.ceil(count / tables + 3 * Math.sqrt(count / tables));
    this.#directory = Array.from({ length: tables }, () => newTable(this.#depth, each / GROWTH));
  }

  /** Puts a key in that is not there yet, after `reserve`; returns its id. */
  load(bytes: Uint8Array, start: number, length: number): number {
    assert(this.#isLoading, "I4: keys are loaded between reserve and settle");
    const hash = hashKey(bytes, start, length);
    const table = this.#directory[hash >>> this.#shift]!;
    const id = this.entries.add(bytes, start, length);
    if (table.count === table.capacity) {
      const slots = new Uint32Array(capacityFor(table.count) * 2);
      slots.set(table.slots);
      table.slots = slots;
      table.capacity = slots.length / 2;
    }
    const at = table.count++ * 2;
    table.slots[at] = hash;
    table.slots[at + 1] = id;
    this.#size++;
    return id;
  }

  /** Ends a load: from here on keys are found. */
  settle(): void {
    this.#isLoading = false;
    for (const table of this.#directory) {
      const pairs = table.slots.slice(0, table.count * 2);
      if (table.count > table.capacity * LOAD_MAX) resize(table, capacityFor(table.count));
      else table.slots.fill(0, 0, table.count * 2);
      for (let at = 0; at < pairs.length; at += 2) place(table, pairs[at]!, pairs[at + 1]!);
    }
  }

  /** The id of the key, or 0. */
  find(key: Uint8Array): number {
    return this.findRange(key, 0, key.length);
  }

  /** The id of the key `bytes[start..start + length)`, or 0. */
  findRange(bytes: Uint8Array, start: number, length: number): number {
    const hash = hashKey(bytes, start, length);
    const { slots, capacity } = this.#directory[hash >>> this.#shift]!;
    let at = (((hash & 0xffff) * capacity) >>> 16) << 1;
    for (;;) {
      const id = slots[at + 1]!;
      if (id === 0) return 0;
      if (slots[at] === hash && this.entries.keyEquals(id, bytes, start, length)) return id;
      at += 2;
      if (at === slots.length) at = 0;
    }
  }

  /** The id of the key; a new one, with words 0, 0, 0, when it is not there yet. */
  insert(key: Uint8Array): number {
    return this.insertRange(key, 0, key.length);
  }

  /** The same for the key `bytes[start..start + length)`. */
  insertRange(bytes: Uint8Array, start: number, length: number): number {
    const hash = hashKey(bytes, start, length);
    const table = this.#directory[hash >>> this.#shift]!;
    const { slots, capacity } = table;
    let at = (((hash & 0xffff) * capacity) >>> 16) << 1;
    for (;;) {
      const id = slots[at + 1]!;
      if (id === 0) break;
      if (slots[at] === hash && this.entries.keyEquals(id, bytes, start, length)) return id;
      at += 2;
      if (at === slots.length) at = 0;
    }
    const id = this.entries.add(bytes, start, length);
    slots[at] = hash;
    slots[at + 1] = id;
    this.#added(table, hash);
    return id;
  }

  /** A new index that holds only the keys whose word `a` is not 0, with their words. */
  rebuild(): KeyIndex {
    const fresh = new KeyIndex();
    const { entries } = this;
    let count = 0;
    for (const id of entries.ids()) if (entries.a(id) !== 0) count++;
    fresh.reserve(count);
    for (const id of entries.ids()) {
      const a = entries.a(id);
      if (a === 0) continue;
      const page = entries.keyPage(id);
      const freshId = fresh.load(page, entries.keyStart(id), entries.keyLength(id));
      fresh.entries.set(freshId, a, entries.b(id), entries.c(id));
    }
    fresh.settle();
    return fresh;
  }

  #added(table: Table, hash: number): void {
    table.count++;
    this.#size++;
    if (table.count > table.limit) this.#makeRoom(table, hash);
    assert(table.count < table.capacity, "I2: a table has a free slot");
  }

  #makeRoom(table: Table, hash: number): void {
    if (table.count >= SPLIT_COUNT && table.depth < DEPTH_MAX) {
      if (table.depth === this.#depth) this.#doubleDirectory();
      this.#split(table, hash);
      return;
    }
    const { slots } = table;
    resize(table, capacityFor(table.count));
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at + 1] !== 0) place(table, slots[at]!, slots[at + 1]!);
    }
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
    const bit = 32 - depth;
    const { slots } = table;
    let ones = 0;
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at + 1] !== 0) ones += (slots[at]! >>> bit) & 1;
    }
    const low = newTable(depth, table.count - ones);
    const high = newTable(depth, ones);
    for (let at = 0; at < slots.length; at += 2) {
      const id = slots[at + 1]!;
      if (id !== 0) place(((slots[at]! >>> bit) & 1) === 1 ? high : low, slots[at]!, id);
    }
    low.count = table.count - ones;
    high.count = ones;
    const span = 1 << (this.#depth - depth);
    const first = (hash >>> (32 - table.depth)) * 2 * span;
    for (let i = 0; i < span; i++) {
      assert(this.#directory[first + i] === table, "I3: a table's cells are neighbours");
      this.#directory[first + i] = low;
      this.#directory[first + span + i] = high;
    }
  }
}

/** Gives the table free slots, and nothing else. */
function resize(table: Table, capacity: number): void {
  table.capacity = capacity;
  table.limit = Math.floor(capacity * LOAD_MAX);
  table.slots = new Uint32Array(capacity * 2);
}

/** Puts the pair into the first free slot of its probe; the caller counts it. */
function place({ slots, capacity }: Table, hash: number, id: number): void {
  let at = (((hash & 0xffff) * capacity) >>> 16) << 1;
  while (slots[at + 1] !== 0) {
    at += 2;
    if (at === slots.length) at = 0;
  }
  slots[at] = hash;
  slots[at + 1] = id;
}
