// A table that is read: its facts, and through the cache its index, its filter and its blocks.
//
// Read path (`get`), for a key between smallest and largest:
//   1. filter    says no for most keys that are not here
//   2. index     names the one block that can hold the key
//   3. block     from the cache, or read, verified and decompressed
//   4. seek      in the block
//
// Invariants:
//  I1. `#blocks[i]` and `#map` are set exactly as long as the cache holds them.
//  I2. The file is open as long as somebody holds a reference.

import assert from "node:assert";
import { compareKeys } from "../index/key-order.ts";
import type { File } from "../io/filesystem.ts";
import { type BlockCache, CachedItem, type CacheOwner } from "./block-cache.ts";
import { BlockReader } from "./block-file.ts";
import { BlockSeeker, Found } from "./block-seeker.ts";
import { mayContain } from "./bloom.ts";
import type { TableFacts } from "./table-facts.ts";
import { TableIndex } from "./table-index.ts";

/** The slot of index and filter in the cache; blocks have their numbers. */
const MAP_SLOT = -1;

/** How a table finds its blocks: what a lookup reads before any of them. */
export interface TableMap {
  readonly index: TableIndex;
  readonly filter: Uint8Array;
}

/** Counted over all tables of a store, for `stats`. */
export interface TableCounters {
  filterChecks: number;
  filterFalsePositives: number;
  getBytesRead: number;
}

export class Table implements CacheOwner {
  readonly facts: TableFacts;
  readonly file: File;
  readonly #cache: BlockCache;
  readonly #counters: TableCounters;
  readonly #reader: BlockReader;
  readonly #blocks: (CachedItem<Uint8Array> | undefined)[] = [];
  #map: CachedItem<TableMap> | undefined;
  /** How many hold the table: versions of the store. */
  references = 0;
  /** Set when no version lists it any more: the last reference removes the file. */
  isObsolete = false;

  constructor(file: File, facts: TableFacts, cache: BlockCache, counters: TableCounters) {
    this.file = file;
    this.facts = facts;
    this.#cache = cache;
    this.#counters = counters;
    this.#reader = new BlockReader(file, facts.id);
    this.#blocks = new Array(facts.blockCount).fill(undefined);
  }

  covers(key: Uint8Array): boolean {
    const { smallest, largest } = this.facts;
    return compareKeys(smallest, key) <= 0 && compareKeys(key, largest) <= 0;
  }

  /** Puts the place of the value into `seeker`; returns its block, and what was found there. */
  get(key: Uint8Array, hash: number, sequence: number, seeker: TableSeeker): Found {
    const { filterLength, filterProbes, baseSequence } = this.facts;
    const { index, filter } = this.map();
    if (filterLength > 0) {
      this.#counters.filterChecks++;
      if (!mayContain(filter, filterProbes, hash)) return Found.nothing;
    }
    const block = this.#block(index, index.blockOf(key));
    // What is older than every snapshot has age 0, and is seen by all.
    const ageMax = Math.max(0, sequence - baseSequence + 1);
    const found = seeker.inBlock.seekPoint(block, key, ageMax);
    if (found === Found.nothing) {
      if (filterLength > 0) this.#counters.filterFalsePositives++;
      return found;
    }
    seeker.block = block;
    return found;
  }

  map(): TableMap {
    const cached = this.#map;
    if (cached !== undefined) {
      cached.wasUsed = true;
      return cached.content;
    }
    const { facts } = this;
    const indexBlock = this.#reader.read(facts.indexOffset, facts.indexLength);
    const index = new TableIndex(indexBlock, facts.smallest, facts.largest);
    const filter =
      facts.filterLength === 0
        ? new Uint8Array(0)
        : this.#reader.read(facts.filterOffset, facts.filterLength);
    this.#counters.getBytesRead += facts.indexLength + facts.filterLength;
    const map = { index, filter };
    const sizeBytes = index.memoryBytes + filter.length + 8 * facts.blockCount;
    this.#map = new CachedItem(map, this, MAP_SLOT, sizeBytes);
    this.#cache.add(this.#map);
    return map;
  }

  /** Reads and verifies index and filter again, whether or not they are cached. */
  reload(): void {
    if (this.#map !== undefined) this.#cache.remove(this.#map);
    this.#map = undefined;
    this.map();
  }

  /** The block when it is cached; it is not marked as used: for scans. */
  cachedBlock(number: number): Uint8Array | undefined {
    return this.#blocks[number]?.content;
  }

  evict(slot: number): void {
    if (slot === MAP_SLOT) this.#map = undefined;
    else this.#blocks[slot] = undefined;
  }

  /** Takes everything out of the cache, and closes the file. */
  close(): void {
    assert(this.references === 0, "I2: nobody reads a table that is closed");
    if (this.#map !== undefined) this.#cache.remove(this.#map);
    this.#map = undefined;
    for (const [number, item] of this.#blocks.entries()) {
      if (item !== undefined) this.#cache.remove(item);
      this.#blocks[number] = undefined;
    }
    this.file.closeSync();
  }

  #block(index: TableIndex, number: number): Uint8Array {
    const cached = this.#blocks[number];
    if (cached !== undefined) {
      cached.wasUsed = true;
      this.#cache.hits++;
      return cached.content;
    }
    this.#cache.misses++;
    const offset = index.offsets[number]!;
    const storedLength = index.offsets[number + 1]! - offset;
    const block = this.#reader.read(offset, storedLength);
    this.#counters.getBytesRead += storedLength;
    const item = new CachedItem(block, this, number, block.length);
    this.#cache.add(item);
    this.#blocks[number] = item;
    assert(this.#blocks[number] === item, "I1: a cached block is found again");
    return block;
  }
}

/** Where a lookup found its value. One for a store: no object for each lookup. */
export class TableSeeker {
  readonly inBlock = new BlockSeeker();
  block: Uint8Array = new Uint8Array(0);
}
