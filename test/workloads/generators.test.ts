// What the counts of `drawCounts` do not show: ranges that grow, lower bounds, large sizes, and the
// generators that it has no name for.

import { describe, expect, test } from "vitest";
import { Discrete } from "../../workloads/discrete.ts";
import { Histogram, parseHistogram } from "../../workloads/histogram.ts";
import { Latest } from "../../workloads/latest.ts";
import { Permutation } from "../../workloads/permutation.ts";
import { Random } from "../../workloads/random.ts";
import { Scrambled } from "../../workloads/scrambled.ts";
import { TrueZipf } from "../../workloads/true-zipf.ts";
import { Zipfian, ZipfianShape } from "../../workloads/zipfian.ts";
import { chiSquareP } from "./chi-square.ts";
import { zipfLaw } from "./laws.ts";

const ALPHA = 1e-4;

function countsOf(cells: number, draws: number, next: () => number): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (let i = 0; i < draws; i++) {
    const cell = next();
    counts[cell] = counts[cell]! + 1;
  }
  return counts;
}

describe("Zipfian", () => {
  test("stays within its bounds, both inclusive", () => {
    const zipfian = new Zipfian(new Random(1), new ZipfianShape(6, 0.99), 5);
    const seen = new Set<number>();
    for (let i = 0; i < 10_000; i++) seen.add(zipfian.next());
    expect([...seen].sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9, 10]);
  });

  test("a range that begins small and grows is never left", () => {
    for (const start of [0, 1, 2, 3]) {
      const zipfian = new Zipfian(new Random(start + 1), new ZipfianShape(start, 0.99));
      for (let count = 1; count < 3000; count++) {
        const rank = zipfian.nextOf(count);
        expect(rank >= 0 && rank < count, `rank ${rank} of ${count}`).toBe(true);
      }
    }
  });
});

describe("TrueZipf", () => {
  test.each([0.2, 0.99, 1, 1.5, 5])("the exact law with exponent %f", (theta) => {
    const zipf = new TrueZipf(new Random(3), 200, theta);
    const counts = countsOf(200, 500_000, () => zipf.next());
    expect(chiSquareP(counts, zipfLaw(200, theta))).toBeGreaterThan(ALPHA);
  });

  test("a count that changes changes the law", () => {
    const zipf = new TrueZipf(new Random(4), 10, 1.1);
    const counts = countsOf(300, 500_000, () => zipf.nextOf(300));
    expect(chiSquareP(counts, zipfLaw(300, 1.1))).toBeGreaterThan(ALPHA);
  });

  test("ranges of 2^50 items cost nothing and are kept", () => {
    const zipf = new TrueZipf(new Random(5), 2 ** 50, 0.5);
    let max = 0;
    for (let i = 0; i < 10_000; i++) max = Math.max(max, zipf.next());
    expect(max).toBeLessThan(2 ** 50);
    expect(max).toBeGreaterThan(2 ** 49);
  });

  test("the exponent must be above 0", () => {
    expect(() => new TrueZipf(new Random(1), 10, 0)).toThrow(RangeError);
  });
});

describe("Scrambled", () => {
  test("YCSB's places of the first ranks: 1001 items, as its core workload makes of 1000", () => {
    const scrambled = new Scrambled(new Random(6), 0, 1001, 0.99);
    const counts = countsOf(1001, 1_000_000, () => scrambled.next());
    const order = counts.map((_, item) => item).sort((a, b) => counts[b]! - counts[a]!);
    expect(order.slice(0, 8)).toEqual([144, 610, 213, 679, 10, 545, 942, 476]);
    // Measured over ten million draws of the real one.
    expect(counts[144]! / 1e6).toBeCloseTo(0.03857, 2.9);
    expect(counts[610]! / 1e6).toBeCloseTo(0.01997, 2.9);
    expect(counts[213]! / 1e6).toBeCloseTo(0.01608, 2.9);
    expect(counts.every((count) => count > 0)).toBe(true);
    const mean = counts.reduce((sum, count, item) => sum + count * item, 0) / 1e6;
    expect(Math.abs(mean - 484.87)).toBeLessThan(1);
  });

  test("another exponent starts at once and is more skewed when larger", () => {
    const hottest = (theta: number) => {
      const scrambled = new Scrambled(new Random(7), 0, 100, theta);
      return Math.max(...countsOf(100, 50_000, () => scrambled.next())) / 50_000;
    };
    expect(hottest(0.5)).toBeLessThan(hottest(0.99));
    expect(hottest(0.99)).toBeLessThan(hottest(1.3));
  });
});

describe("Latest", () => {
  test("follows its basis, and never draws key 0 while there is another", () => {
    const basis = { lastValue: 0 };
    const latest = new Latest(basis, new Zipfian(new Random(8), new ZipfianShape(0, 0.99)));
    expect(latest.next()).toBe(0);
    for (basis.lastValue = 1; basis.lastValue < 2000; basis.lastValue++) {
      const key = latest.next();
      expect(key >= 1 && key <= basis.lastValue).toBe(true);
    }
  });
});

describe("Discrete", () => {
  test("draws by weight, in order, and never what weighs nothing", () => {
    const entries = [
      { value: 0, weight: 3 },
      { value: 1, weight: 0 },
      { value: 2, weight: 1 },
    ];
    const discrete = new Discrete(new Random(9), entries);
    const counts = countsOf(3, 400_000, () => discrete.next());
    expect(chiSquareP(counts, [0.75, 0, 0.25])).toBeGreaterThan(ALPHA);
    expect(() => new Discrete(new Random(1), [{ value: 0, weight: 0 }])).toThrow(RangeError);
  });
});

describe("Histogram", () => {
  const text = "BlockSize\t10\n0\t2\n1\t3\n2\t5\n";

  test("YCSB's law, with its two quirks", () => {
    const table = parseHistogram(text);
    expect(table).toEqual({ blockSize: 10, counts: [2, 3, 5] });
    const histogram = new Histogram(new Random(10), table);
    const counts = countsOf(31, 400_000, () => histogram.next());
    // Draws 0..2 give bucket 0, 3..5 bucket 1, the others the last, with the value of bucket 1.
    const law = new Array<number>(31).fill(0);
    law[10] = 0.3;
    law[20] = 0.3 + 0.4;
    expect(chiSquareP(counts, law)).toBeGreaterThan(ALPHA);
    expect(histogram.max).toBe(20);
  });

  test.each([
    ["", "line 1"],
    ["Blocksize\t1\n0\t1", "line 1"],
    ["BlockSize\tx\n0\t1", "line 1"],
    ["BlockSize\t1\n1\t1", "line 2"],
    ["BlockSize\t1\n0\t1\n1\t-1", "line 3"],
    ["BlockSize\t1\n0\t0", "add up to nothing"],
  ])("refuses %j", (malformed, message) => {
    expect(() => parseHistogram(malformed)).toThrow(message);
  });
});

describe("Permutation", () => {
  test.each([1, 2, 3, 4, 5, 16, 17, 1000, 4097])("of %i is one", (items) => {
    const permutation = new Permutation(items);
    const places = new Set(Array.from({ length: items }, (_, i) => permutation.at(i)));
    expect(places.size).toBe(items);
    expect(Math.max(...places)).toBe(items - 1);
    expect(Math.min(...places)).toBe(0);
  });

  test("scatters neighbours over the range, also a large one", () => {
    for (const items of [100_000, 2 ** 45]) {
      const permutation = new Permutation(items);
      let sum = 0;
      for (let i = 0; i < 1000; i++) {
        const place = permutation.at(i);
        expect(place >= 0 && place < items).toBe(true);
        sum += place / items;
      }
      expect(Math.abs(sum / 1000 - 0.5)).toBeLessThan(0.05);
    }
  });
});
