// Goal: the cache never holds more than it may, says goodbye to all that it lets go, and lets go of
// what is not used. Method: random use against a list of what must be there; then real tables.

import { describe, expect, it } from "vitest";
import { hashKey } from "../../../engines/index/hash.ts";
import { BlockCache, CachedItem, type CacheOwner } from "../../../engines/lsm/block-cache.ts";
import { TableSeeker } from "../../../engines/lsm/table.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, seeded } from "../support/stores.ts";
import { openTable, put, writeTable } from "./entries.ts";

/** Remembers what it has, as a table does. */
class Owner implements CacheOwner {
  readonly items = new Map<number, CachedItem<number>>();
  /** Slots that were used since the last eviction that spared them. */
  evicted: number[] = [];

  evict(slot: number): void {
    const item = this.items.get(slot);
    if (item === undefined) throw new Error(`slot ${slot} is not cached`);
    expect(item.wasUsed, "an item that was used is spared once").toBe(false);
    this.items.delete(slot);
    this.evicted.push(slot);
  }

  get chargeBytes(): number {
    return [...this.items.values()].reduce((sum, { chargeBytes }) => sum + chargeBytes, 0);
  }
}

function add(cache: BlockCache, owner: Owner, slot: number, sizeBytes: number): void {
  const item = new CachedItem(slot, owner, slot, sizeBytes);
  cache.add(item);
  owner.items.set(slot, item);
}

describe("the block cache", () => {
  it("is bounded, and in step with its owners, under random use", () => {
    for (const capacityBytes of [0, 1000, 20_000]) {
      const random = seeded(capacityBytes + 1);
      const cache = new BlockCache(capacityBytes);
      const owners = [new Owner(), new Owner(), new Owner()];
      for (let step = 0; step < 4000; step++) {
        const owner = owners[random(3)]!;
        const item = owner.items.get(random(60));
        if (item !== undefined) {
          if (random(5) > 0) item.wasUsed = true;
          else {
            cache.remove(item);
            owner.items.delete(item.slot);
          }
        } else {
          const slot = random(60);
          if (!owner.items.has(slot))
            add(cache, owner, slot, random(20) === 0 ? 30_000 : random(900));
        }
        const sum = owners.reduce((total, { chargeBytes }) => total + chargeBytes, 0);
        expect(cache.usedBytes, `step ${step}`).toBe(sum);
        const count = owners.reduce((total, { items }) => total + items.size, 0);
        if (count > 1) expect(cache.usedBytes).toBeLessThanOrEqual(capacityBytes);
      }
    }
  });

  it("keeps what is used while others come and go", () => {
    const cache = new BlockCache(20 * 1128);
    const owner = new Owner();
    for (let slot = 0; slot < 5; slot++) add(cache, owner, slot, 1000);
    for (let slot = 5; slot < 500; slot++) {
      for (let hot = 0; hot < 5; hot++) owner.items.get(hot)!.wasUsed = true;
      add(cache, owner, slot, 1000);
    }
    expect([0, 1, 2, 3, 4].every((slot) => owner.items.has(slot))).toBe(true);
    expect(owner.evicted).toHaveLength(480);
    expect(new Set(owner.evicted).size).toBe(480);
  });

  it("gives way when everything was used", () => {
    const cache = new BlockCache(3 * 1128);
    const owner = new Owner();
    for (let slot = 0; slot < 3; slot++) add(cache, owner, slot, 1000);
    for (const item of owner.items.values()) item.wasUsed = true;
    add(cache, owner, 3, 1000);
    expect(owner.items.size).toBe(3);
    expect(owner.items.has(3)).toBe(true);
  });
});

describe("tables behind a cache", () => {
  it("count blocks, indexes and filters, and read right whatever is evicted", () => {
    const fileSystem = new MemoryFileSystem();
    const key = (table: number, i: number) => bytes(`${table}:${String(i).padStart(4, "0")}`);
    const random = seeded(11);
    for (const capacityBytes of [0, 3000, 12_000, 1_000_000]) {
      const cache = new BlockCache(capacityBytes);
      const tables = [0, 1, 2].map((t) => {
        const entries = Array.from({ length: 300 }, (_, i) => put(key(t, i), i + 1, key(t, i)));
        const id = capacityBytes * 10 + t + 1;
        return openTable(fileSystem, writeTable(fileSystem, id, entries), cache);
      });
      const seeker = new TableSeeker();
      let most = 0;
      for (let step = 0; step < 3000; step++) {
        const t = random(3);
        const wanted = key(t, random(300));
        tables[t]!.get(wanted, hashKey(wanted), Number.POSITIVE_INFINITY, seeker);
        const { valueStart, valueLength } = seeker.inBlock;
        const value = seeker.block.subarray(valueStart, valueStart + valueLength);
        if (Buffer.compare(value, wanted) !== 0) expect.fail(`step ${step}: a wrong value`);
        most = Math.max(most, cache.usedBytes);
      }
      const one = tables[0]!.map().filter.length + tables[0]!.map().index.memoryBytes + 8 * 300;
      expect(most).toBeLessThanOrEqual(Math.max(capacityBytes, one + 128));
      if (capacityBytes === 1_000_000) {
        const { filter, index } = tables[0]!.map();
        expect(most).toBeGreaterThan(3 * (filter.length + index.memoryBytes));
        expect(cache.misses, "each block is read once").toBe(
          tables.reduce((sum, { facts }) => sum + facts.blockCount, 0),
        );
      }
      for (const table of tables) table.close();
      expect(cache.usedBytes, "closed tables leave nothing").toBe(0);
    }
  });
});
