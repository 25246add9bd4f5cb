// What was read from tables and is kept in memory: blocks, and the index and filter of each table.
// Bounded in bytes, all of it counted. Eviction is CLOCK with one bit, and a newcomer starts
// without it: what is used once goes before what is used twice. Scans put nothing in.
//
// Invariants:
//  I1. usedBytes is the sum of the charges of what is in the ring, and at most the capacity,
//      unless one item alone is larger.
//  I2. An item is in the ring as long as its owner points at it.

import assert from "node:assert";

/** What a cached item costs beyond its bytes: its object, and its place in the ring. */
const OVERHEAD_BYTES = 128;

/** Somebody whose items are cached: a table. */
export interface CacheOwner {
  /** The item is no longer cached: drop what points at it. */
  evict(slot: number): void;
}

export class CachedItem<T> {
  readonly content: T;
  readonly owner: CacheOwner;
  /** By which the owner knows it. */
  readonly slot: number;
  readonly chargeBytes: number;
  /** Set by whoever uses the item; cleared by the hand of the clock. */
  wasUsed = false;
  /** Where it is in the ring; -1: in none. */
  place = -1;

  constructor(content: T, owner: CacheOwner, slot: number, contentBytes: number) {
    this.content = content;
    this.owner = owner;
    this.slot = slot;
    this.chargeBytes = contentBytes + OVERHEAD_BYTES;
  }
}

export class BlockCache {
  readonly capacityBytes: number;
  readonly #ring: (CachedItem<unknown> | undefined)[] = [];
  readonly #free: number[] = [];
  #hand = 0;
  #usedBytes = 0;
  hits = 0;
  misses = 0;

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes the item in, and others out until it fits. */
  add(item: CachedItem<unknown>): void {
    while (this.#usedBytes + item.chargeBytes > this.capacityBytes && this.#usedBytes > 0) {
      this.#evictOne();
    }
    item.place = this.#free.pop() ?? this.#ring.length;
    this.#ring[item.place] = item;
    this.#usedBytes += item.chargeBytes;
  }

  /** The owner drops the item by itself. */
  remove(item: CachedItem<unknown>): void {
    assert(this.#ring[item.place] === item, "I2: what is removed was in the ring");
    this.#ring[item.place] = undefined;
    this.#free.push(item.place);
    item.place = -1;
    this.#usedBytes -= item.chargeBytes;
    assert(this.#usedBytes >= 0, "I1: the charges add up");
  }

  #evictOne(): void {
    for (;;) {
      if (this.#hand >= this.#ring.length) this.#hand = 0;
      const item = this.#ring[this.#hand++];
      if (item === undefined) continue;
      if (item.wasUsed) {
        item.wasUsed = false;
        continue;
      }
      this.remove(item);
      item.owner.evict(item.slot);
      return;
    }
  }
}
