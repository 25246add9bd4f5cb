// Goal: what is in memory is what the policy says, within the budget, and scans do not change it.
// Method: random calls against a model of the policy that is written for reading, and a trace with
// a scan in it against LRU.

import { describe, expect, it } from "vitest";
import { HotValues } from "../../../engines/memory/hot-values.ts";
import { seeded } from "../support/stores.ts";
import { PolicyModel } from "./policy-model.ts";

const BUDGET_BYTES = 64 * 1024;

function read(hot: HotValues, key: Uint8Array): Uint8Array | undefined {
  const place = hot.find(key, 0, key.length);
  return place === 0 ? undefined : hot.read(place);
}

/** The value without counting a use. */
function peek(hot: HotValues, key: Uint8Array): Uint8Array | undefined {
  const place = hot.find(key, 0, key.length);
  if (place === 0) return undefined;
  const start = hot.records.valueStart(place);
  return hot.records.pageBytes(place).slice(start, start + hot.records.valueLength(place));
}

describe("hot values", () => {
  it.each([1, 2, 3, 4])("hold what the model holds, seed %i", (seed) => {
    const random = seeded(seed);
    const hot = new HotValues(BUDGET_BYTES);
    const model = new PolicyModel(BUDGET_BYTES);
    const keys = Array.from({ length: 1500 }, (_, i) => `key${i}`.padEnd(4 + (i % 13), "-"));
    // Sizes with few overwrites that leave debris, with many, and with some large ones.
    const sizeOf = () => [60, 60 + random(8), random(200), random(20) === 0 ? 3000 : 90][seed - 1]!;
    const pick = () => keys[random(4) === 0 ? random(keys.length) : random(120)]!;
    for (let step = 0; step < 6000; step++) {
      const key = pick();
      const bytes = Buffer.from(key);
      const action = random(20);
      if (action === 0) {
        hot.remove(bytes, 0, bytes.length);
        model.remove(key);
      } else if (action < 6) {
        const value = new Uint8Array(sizeOf()).fill(step);
        hot.put(bytes, 0, bytes.length, value);
        model.put(key, value);
      } else {
        const found = read(hot, bytes);
        const expected = model.get(key);
        expect(found, `seed ${seed}, step ${step}, get ${key}`).toEqual(expected);
        if (found === undefined) {
          const value = new Uint8Array(sizeOf()).fill(step);
          hot.put(bytes, 0, bytes.length, value);
          model.put(key, value);
        }
      }
      const what = `seed ${seed}, step ${step}, ${key}`;
      expect(hot.valueBytes, what).toBe(model.memoryBytes());
      expect(hot.valueBytes, what).toBeLessThanOrEqual(BUDGET_BYTES);
      if (step % 50 !== 0) continue;
      const contents = model.contents();
      expect(hot.count, what).toBe(contents.size);
      for (const [held, value] of contents)
        expect(peek(hot, Buffer.from(held)), what).toEqual(value);
    }
    expect(hot.evictions).toBe(model.evictions);
    expect(hot.evictions).toBeGreaterThan(300);
  });

  it("give memory back when values go", () => {
    const hot = new HotValues(4 * 1024 * 1024);
    const key = (i: number) => Buffer.from(`key${i}`);
    for (let i = 0; i < 20_000; i++) hot.put(key(i), 0, key(i).length, new Uint8Array(100));
    for (let i = 0; i < 20_000; i++) hot.remove(key(i), 0, key(i).length);
    expect(hot.count).toBe(0);
    // The page that was being filled, and those that are kept for the next values.
    expect(hot.valueBytes).toBeLessThanOrEqual(5 * hot.records.pages.pageBytes);
  });

  it("take no more memory when values change their size again and again", () => {
    const hot = new HotValues(16 * 1024 * 1024);
    const random = seeded(9);
    const keys = Array.from({ length: 2000 }, (_, i) => Buffer.from(`key${i}`));
    let live = 0;
    const sizes = new Map<Buffer, number>();
    for (let step = 0; step < 100_000; step++) {
      const key = keys[random(keys.length)]!;
      const size = 50 + random(1000);
      live += size - (sizes.get(key) ?? 0);
      sizes.set(key, size);
      hot.put(key, 0, key.length, new Uint8Array(size));
    }
    expect(hot.count).toBe(sizes.size);
    expect(hot.evictions).toBe(0);
    expect(hot.valueBytes).toBeLessThan(live * 2);
  });
});

/** Least recently used, by values, under the same bytes. */
class Lru {
  readonly #values = new Map<number, number>();
  readonly #budgetBytes: number;
  #bytes = 0;

  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  get(key: number, sizeBytes: number): boolean {
    const isThere = this.#values.delete(key);
    this.#values.set(key, sizeBytes);
    if (!isThere) this.#bytes += sizeBytes;
    for (const [oldest, size] of this.#values) {
      if (this.#bytes <= this.#budgetBytes) break;
      this.#values.delete(oldest);
      this.#bytes -= size;
    }
    return isThere;
  }
}

/** Zipf with exponent 1 over 0 to count - 1, by inversion of its sums. */
function zipf(count: number, random: (below: number) => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += 1 / (i + 1);
    sums[i] = sum;
  }
  return () => {
    const wanted = (random(2 ** 31) / 2 ** 31) * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

describe("a scan by gets", () => {
  it("leaves the hit rate where it was, and LRU's falls", () => {
    const budgetBytes = 512 * 1024;
    const value = new Uint8Array(100);
    const hot = new HotValues(budgetBytes);
    const lru = new Lru(budgetBytes);
    const draw = zipf(20_000, seeded(5));
    const ask = (key: number): [boolean, boolean] => {
      const bytes = Buffer.from(`k${String(key).padStart(8, "0")}`);
      const isHot = read(hot, bytes) !== undefined;
      if (!isHot) hot.put(bytes, 0, bytes.length, value);
      return [isHot, lru.get(key, 128)];
    };
    const rates = (count: number): [number, number] => {
      let hits = 0;
      let lruHits = 0;
      for (let i = 0; i < count; i++) {
        const [isHot, inLru] = ask(draw());
        hits += isHot ? 1 : 0;
        lruHits += inLru ? 1 : 0;
      }
      return [hits / count, lruHits / count];
    };
    rates(200_000);
    const [before, lruBefore] = rates(4000);
    for (let key = 1_000_000; key < 1_020_000; key++) ask(key);
    const [after, lruAfter] = rates(4000);
    process.stdout.write(
      `hit rate before and after a scan: ${before} ${after}, LRU: ${lruBefore} ${lruAfter}\n`,
    );
    expect(before).toBeGreaterThan(lruBefore);
    expect(before - after).toBeLessThan(0.06);
    expect(lruBefore - lruAfter).toBeGreaterThan(2 * (before - after));
  });
});
