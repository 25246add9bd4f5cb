// An index from keys to ids with three words a key, without an object per key.
//
// Extendible hashing (Fagin et al., TODS 1979): the top bits of the hash choose one of many small
// open-addressing tables; a table that is full splits in two by the next bit. So growth never
// copies more than one table, and there is no limit of 2^24 keys as for a Map.
//
//   directory: hash >>> (32 - depth) -> table      table: (hash, id) pairs, linear probing
//   entries:   id -> (a, b, c, key)                entry-arena.ts
//
// Invariants:
//  I1. An id names one key for ever; id 0 means that there is none.
//  I2. A table is at most 3/4 full, so that a probe ends.
//  I3. A table of local depth d stands in 2^(depth - d) neighbouring cells of the directory.

import assert from "node:assert";
import { EntryArena } from "./entry-arena.ts";
import { hashKey } from "./hash.ts";

const TABLE_SLOTS = 16 * 1024;
/** From this depth on a table that is full doubles instead of splitting: equal hashes end there. */
const DEPTH_MAX = 18;

interface Table {
  slots: Uint32Array;
  depth: number;
  count: number;
}

function newTable(depth: number): Table {
  return { slots: new Uint32Array(TABLE_SLOTS * 2), depth, count: 0 };
}

export class KeyIndex {
  readonly entries = new EntryArena();
  #depth = 1;
  #shift = 31;
  #directory: Table[] = [newTable(1), newTable(1)];
  #size = 0;

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

  /** The id of the key, or 0. */
  find(key: Uint8Array): number {
    const hash = hashKey(key);
    const slots = this.#directory[hash >>> this.#shift]!.slots;
    const mask = slots.length - 1;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const id = slots[at + 1]!;
      if (id === 0) return 0;
      if (slots[at] === hash && this.entries.keyEquals(id, key)) return id;
    }
  }

  /** The id of the key; a new one, with words 0, 0, 0, when it is not there yet. */
  insert(key: Uint8Array): number {
    const hash = hashKey(key);
    const table = this.#directory[hash >>> this.#shift]!;
    const slots = table.slots;
    const mask = slots.length - 1;
    let at = (hash << 1) & mask;
    for (; ; at = (at + 2) & mask) {
      const id = slots[at + 1]!;
      if (id === 0) break;
      if (slots[at] === hash && this.entries.keyEquals(id, key)) return id;
    }
    const id = this.entries.add(key);
    assert(id !== 0, "I1: id 0 is never given out");
    slots[at] = hash;
    slots[at + 1] = id;
    table.count++;
    this.#size++;
    if (table.count * 8 > slots.length * 3) this.#makeRoom(table, hash);
    return id;
  }

  /** A new index that holds only the keys whose word `a` is not 0, with their words. */
  rebuild(): KeyIndex {
    const fresh = new KeyIndex();
    const entries = this.entries;
    for (const id of entries.ids()) {
      const a = entries.a(id);
      if (a === 0) continue;
      fresh.entries.set(fresh.insert(entries.keyView(id)), a, entries.b(id), entries.c(id));
    }
    return fresh;
  }

  #makeRoom(table: Table, hash: number): void {
    if (table.depth >= DEPTH_MAX) {
      const slots = new Uint32Array(table.slots.length * 2);
      for (let at = 0; at < table.slots.length; at += 2) {
        if (table.slots[at + 1] !== 0) place(slots, table.slots[at]!, table.slots[at + 1]!);
      }
      table.slots = slots;
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
      const id = table.slots[at + 1]!;
      if (id === 0) continue;
      const entryHash = table.slots[at]!;
      const target = (entryHash >>> (32 - depth)) & 1 ? high : low;
      place(target.slots, entryHash, id);
      target.count++;
    }
    const span = 1 << (this.#depth - depth);
    const first = (hash >>> (32 - table.depth)) * 2 * span;
    for (let i = 0; i < span; i++) {
      assert(this.#directory[first + i] === table, "I3: a table's cells are neighbours");
      this.#directory[first + i] = low;
      this.#directory[first + span + i] = high;
    }
    assert(Math.max(low.count, high.count) < TABLE_SLOTS, "I2: a split leaves a free slot");
  }
}

function place(slots: Uint32Array, hash: number, id: number): void {
  const mask = slots.length - 1;
  let at = (hash << 1) & mask;
  while (slots[at + 1] !== 0) at = (at + 2) & mask;
  slots[at] = hash;
  slots[at + 1] = id;
}
