// Goal: the filter never says no to a key that is there, and yes to others as often as its formula
// says, within a fifth. Method: counted, for filters alone and for the whole engine.

import { describe, expect, it } from "vitest";
import { hashKey } from "../../../engines/index/hash.ts";
import { buildFilter, mayContain, probesFor } from "../../../engines/lsm/bloom.ts";
import { lsmModule } from "../../../engines/lsm/module.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, open } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";

const KEYS = 30_000;
const ABSENT = 200_000;
/** A filter consists of lines: bloom.ts. */
const LINE_BYTES = 64;
const LINE_BITS = LINE_BYTES * 8;
const TOLERANCE = 0.2;

function hashesOf(prefix: string, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => hashKey(bytes(`${prefix}${i}`)));
}

/**
 * The rate of a filter in lines of `LINE_BITS` (Putze, Sanders, Singler, WEA 2007, section 3):
 * over the keys that a line may have by chance, how many of its bits are set.
 */
function expectedRate(bitsPerKey: number, probes: number): number {
  const mean = LINE_BITS / bitsPerKey;
  let rate = 0;
  let logFactorial = 0;
  for (let keys = 0; keys < 500; keys++) {
    if (keys > 0) logFactorial += Math.log(keys);
    const chance = Math.exp(keys * Math.log(mean) - mean - logFactorial);
    rate += chance * (1 - (1 - 1 / LINE_BITS) ** (probes * keys)) ** probes;
  }
  return rate;
}

/** The rate of a filter that is one line (B. Bloom, 1970): lines of their own cannot be better. */
function classicRate(bitsPerKey: number, probes: number): number {
  return (1 - Math.exp(-probes / bitsPerKey)) ** probes;
}

describe("a Bloom filter", () => {
  const present = hashesOf("key", KEYS);
  const absent = hashesOf("other", ABSENT);

  it.each([4, 8, 10, 16])(
    "at %i bits a key has no false negatives, and the rate it should",
    (bits) => {
      const filter = buildFilter(present, bits);
      const probes = probesFor(bits);
      expect(filter.length * 8).toBeGreaterThanOrEqual(KEYS * bits);
      expect(filter.length * 8).toBeLessThan(KEYS * bits + LINE_BYTES * 8);
      for (const hash of present) {
        if (!mayContain(filter, probes, hash)) expect.fail(`hash ${hash} is there`);
      }
      let positives = 0;
      for (const hash of absent) if (mayContain(filter, probes, hash)) positives++;
      const expected = expectedRate(bits, probes);
      expect(positives / ABSENT).toBeGreaterThan(expected * (1 - TOLERANCE));
      expect(positives / ABSENT).toBeLessThan(expected * (1 + TOLERANCE));
      expect(expected).toBeGreaterThan(classicRate(bits, probes));
      expect(expected).toBeLessThan(classicRate(bits, probes) * (bits > 12 ? 3 : 1.5));
    },
  );

  it("is empty without bits or keys, and works for a single key", () => {
    expect(buildFilter(present, 0)).toHaveLength(0);
    expect(buildFilter(new Uint32Array(0), 10)).toHaveLength(0);
    const one = buildFilter(Uint32Array.of(0xffff_ffff), 10);
    expect(one).toHaveLength(LINE_BYTES);
    expect(mayContain(one, probesFor(10), 0xffff_ffff)).toBe(true);
  });

  it("spreads keys over all lines", () => {
    const filter = buildFilter(present, 10);
    for (let at = 0; at < filter.length; at += LINE_BYTES) {
      expect(filter.subarray(at, at + LINE_BYTES).some((byte) => byte !== 0)).toBe(true);
    }
  });
});

describe("lsm with 10 bits a key", () => {
  it("sees the rate of the formula for absent keys between those that are there", async () => {
    const fileSystem = new MemoryFileSystem();
    const settings = { filterBitsPerKey: 10 };
    const options = { fileSystem, settings, cacheBytes: 16 * 1024 * 1024 };
    const engine = await open(lsmModule, STORE_DIR, options);
    const key = (i: number) => bytes(String(i).padStart(8, "0"));
    for (let i = 0; i < KEYS; i++) await engine.put(key(i * 10), bytes("value"));
    await engine.compact();
    const before = engine.stats();
    for (let i = 0; i < ABSENT; i++) {
      const between = key((i % (KEYS - 1)) * 10 + 1 + Math.floor(i / KEYS));
      if (engine.get(between) !== undefined) expect.fail(`${i} is absent`);
    }
    const { filterChecks = 0, filterFalsePositives = 0 } = engine.stats();
    const checks = filterChecks - before.filterChecks!;
    expect(checks).toBe(ABSENT);
    const rate = (filterFalsePositives - before.filterFalsePositives!) / checks;
    const expected = expectedRate(10, probesFor(10));
    expect(rate).toBeGreaterThan(expected * (1 - TOLERANCE));
    expect(rate).toBeLessThan(expected * (1 + TOLERANCE));
    await engine.close();
  });
});
