// The ids of an index in the order of their keys: leaves of at most LEAF_MAX ids, in a list.
//
// It is built by a sort when the first scan asks for it, so that a store that is never scanned
// pays nothing, and kept up to date by insertion from then on. Ids are never taken out: a key
// that was deleted is skipped by its words, and goes when the index is rebuilt.
//
// Invariants:
//  I1. Keys ascend strictly within a leaf and from leaf to leaf; no leaf is empty.
//  I2. `changes` grows with every insertion, so that a cursor knows when its place has moved.

import assert from "node:assert";
import type { EntryArena } from "./entry-arena.ts";
import { sortIdsByKey } from "./radix-sort.ts";

const LEAF_MAX = 512;
const LEAF_FILL = 384;

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
  readonly #entries: EntryArena;
  readonly #leaves: Leaf[] = [];
  #changes = 0;

  /** Builds from the ids of all entries. */
  constructor(entries: EntryArena, count: number) {
    this.#entries = entries;
    const ids = new Uint32Array(count);
    let filled = 0;
    for (const id of entries.ids()) ids[filled++] = id;
    assert(filled === count, "I1: every key is in the order");
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
      const ids = new Uint32Array(LEAF_MAX);
      ids[0] = id;
      this.#leaves.push({ ids, count: 1 });
      return;
    }
    const place = this.seek(this.#entries.keyView(id), false);
    if (place.leaf === this.#leaves.length) {
      place.leaf--;
      place.at = this.#leaves[place.leaf]!.count;
    }
    let leaf = this.#leaves[place.leaf]!;
    if (leaf.count === LEAF_MAX) {
      this.#split(place.leaf);
      leaf = this.#leaves[place.leaf]!;
      if (place.at > leaf.count) {
        place.at -= leaf.count;
        leaf = this.#leaves[place.leaf + 1]!;
      }
    }
    leaf.ids.copyWithin(place.at + 1, place.at, leaf.count);
    leaf.ids[place.at] = id;
    leaf.count++;
  }

  /** The place of the first id whose key is >= `key`, or > `key` when `after`. */
  seek(key: Uint8Array, after: boolean): OrderedPosition {
    const sortsBefore = (id: number): boolean => {
      const order = this.#entries.compareKey(id, key);
      return order < 0 || (after && order === 0);
    };
    let low = 0;
    let high = this.#leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const leaf = this.#leaves[middle]!;
      if (sortsBefore(leaf.ids[leaf.count - 1]!)) low = middle + 1;
      else high = middle;
    }
    if (low === this.#leaves.length) return { leaf: low, at: 0 };
    const leaf = this.#leaves[low]!;
    let from = 0;
    let to = leaf.count - 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (sortsBefore(leaf.ids[middle]!)) from = middle + 1;
      else to = middle;
    }
    return { leaf: low, at: from };
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

  #split(at: number): void {
    const leaf = this.#leaves[at]!;
    const half = leaf.count >>> 1;
    const right = { ids: new Uint32Array(LEAF_MAX), count: leaf.count - half };
    right.ids.set(leaf.ids.subarray(half, leaf.count));
    leaf.count = half;
    this.#leaves.splice(at + 1, 0, right);
    assert(leaf.count > 0 && right.count > 0, "I1: no leaf is empty");
  }
}
