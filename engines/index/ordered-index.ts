// The ids of an index in the order of their keys: leaves of at most LEAF_MAX ids, in a list.
//
// It is built by a sort when the first scan asks for it, so that a store that is never scanned
// pays nothing, and kept up to date by insertion from then on. Ids are never taken out: a key
// that was deleted is skipped by its words, and goes when the index is rebuilt.
//
// Invariants:
//  I1. Keys ascend strictly within a leaf and from leaf to leaf; no leaf stays empty.
//  I2. `changes` grows with every insertion, so that a cursor knows when its place has moved.

import assert from "node:assert";
import type { KeySource } from "./key-order.ts";
import { sortIdsByKey } from "./radix-sort.ts";

const LEAF_MAX = 512;
const LEAF_FILL = 384;
/** A neighbour with less room than this takes nothing over. */
const LEAF_SPARE_MIN = 64;

interface Leaf {
  readonly ids: Uint32Array;
  count: number;
}

/** A place between two ids: ids before it sort before the bound. */
export interface OrderedPosition {
  leaf: number;
  at: number;
}

export class OrderedIndex {
  readonly #entries: KeySource;
  readonly #leaves: Leaf[] = [];
  #changes = 0;

  /** Builds from the ids of all entries, in any order. */
  constructor(entries: KeySource, ids: Uint32Array) {
    this.#entries = entries;
    const count = ids.length;
    const sorted = sortIdsByKey(entries, ids);
    for (let from = 0; from < count; from += LEAF_FILL) {
      const part = sorted.subarray(from, Math.min(count, from + LEAF_FILL));
      const leaf = { ids: new Uint32Array(LEAF_MAX), count: part.length };
      leaf.ids.set(part);
      this.#leaves.push(leaf);
    }
  }

  get changes(): number {
    return this.#changes;
  }

  get memoryBytes(): number {
    return this.#leaves.length * LEAF_MAX * 4;
  }

  /** Adds an id whose key is not there yet. */
  insert(id: number): void {
    this.#changes++;
    if (this.#leaves.length === 0) {
      this.#leaves.push({ ids: new Uint32Array(LEAF_MAX), count: 0 });
    }
    const entries = this.#entries;
    const last = this.#leaves.length - 1;
    let at = 0;
    for (let high = last; at < high; ) {
      const middle = (at + high) >>> 1;
      const { ids, count } = this.#leaves[middle]!;
      if (entries.compareEntries(ids[count - 1]!, id) < 0) at = middle + 1;
      else high = middle;
    }
    let leaf = this.#leaves[at]!;
    if (leaf.count === LEAF_MAX) {
      const isAppend = at === last && entries.compareEntries(leaf.ids[LEAF_MAX - 1]!, id) < 0;
      // Keys that come in order fill leaf after leaf to the end.
      if (isAppend) this.#leaves.push({ ids: new Uint32Array(LEAF_MAX), count: 0 });
      else this.#makeRoom(at);
      if (entries.compareEntries(leaf.ids[leaf.count - 1]!, id) < 0) leaf = this.#leaves[at + 1]!;
    }
    let from = 0;
    let to = leaf.count;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (entries.compareEntries(leaf.ids[middle]!, id) < 0) from = middle + 1;
      else to = middle;
    }
    leaf.ids.copyWithin(from + 1, from, leaf.count);
    leaf.ids[from] = id;
    leaf.count++;
  }

  /** The place of the first id whose key is >= `key`, or > `key` when `after`. */
  seek(key: Uint8Array, after: boolean): OrderedPosition {
    const low = this.#leafOf(key, after);
    if (low === this.#leaves.length) return { leaf: low, at: 0 };
    const leaf = this.#leaves[low]!;
    let from = 0;
    let to = leaf.count - 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#sortsBefore(leaf.ids[middle]!, key, after)) from = middle + 1;
      else to = middle;
    }
    return { leaf: low, at: from };
  }

  /** The first leaf whose last key is >= `key`, or > `key` when `after`; else their number. */
  #leafOf(key: Uint8Array, after: boolean): number {
    let low = 0;
    let high = this.#leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const leaf = this.#leaves[middle]!;
      if (this.#sortsBefore(leaf.ids[leaf.count - 1]!, key, after)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #sortsBefore(id: number, key: Uint8Array, after: boolean): boolean {
    const order = this.#entries.compareKey(id, key);
    return order < 0 || (after && order === 0);
  }

  first(): OrderedPosition {
    return { leaf: 0, at: 0 };
  }

  /** Behind the last id. */
  end(): OrderedPosition {
    return { leaf: this.#leaves.length, at: 0 };
  }

  /** The id at the place, which moves behind it; 0 at the end. */
  forward(place: OrderedPosition): number {
    const leaf = this.#leaves[place.leaf];
    if (leaf === undefined) return 0;
    assert(place.at < leaf.count, "I1: a place is inside a leaf");
    const id = leaf.ids[place.at]!;
    if (++place.at === leaf.count) {
      place.leaf++;
      place.at = 0;
    }
    return id;
  }

  /** The id before the place, which moves before it; 0 at the start. */
  backward(place: OrderedPosition): number {
    if (place.at === 0) {
      if (place.leaf === 0) return 0;
      place.leaf--;
      place.at = this.#leaves[place.leaf]!.count;
    }
    return this.#leaves[place.leaf]!.ids[--place.at]!;
  }

  /**
   * A full leaf gives half of what its right neighbour has room for, or is split in two: so leaves
   * are mostly two thirds full or more (as in a B*-tree; Comer, Computing Surveys 1979).
   */
  #makeRoom(at: number): void {
    const leaf = this.#leaves[at]!;
    const next = this.#leaves[at + 1];
    const spare = next === undefined ? 0 : LEAF_MAX - next.count;
    if (next !== undefined && spare >= LEAF_SPARE_MIN) {
      const moved = spare >>> 1;
      next.ids.copyWithin(moved, 0, next.count);
      next.ids.set(leaf.ids.subarray(LEAF_MAX - moved));
      next.count += moved;
      leaf.count -= moved;
      return;
    }
    const half = leaf.count >>> 1;
    const right = { ids: new Uint32Array(LEAF_MAX), count: leaf.count - half };
    right.ids.set(leaf.ids.subarray(half, leaf.count));
    leaf.count = half;
    this.#leaves.splice(at + 1, 0, right);
    assert(leaf.count > 0 && right.count > 0, "I1: no leaf is empty");
  }
}
