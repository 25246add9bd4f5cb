// Each bare generator against its exact law, by chi-square over two million draws with a fixed
// seed.

import { describe, expect, test } from "vitest";
import { DISTRIBUTIONS, drawCounts } from "../../workloads/draw-counts.ts";
import { chiSquareP } from "./chi-square.ts";
import {
  exponentialLaw,
  hotspotLaw,
  naiveZeta,
  scrambledLaw,
  ycsbZipfianLaw,
  zipfLaw,
} from "./laws.ts";

const ITEMS = 1000;
const DRAWS = 2_000_000;

/** A law that holds is refused by chance once in ten thousand seeds. */
const ALPHA = 1e-4;

function draw(distribution: string, seed: number, theta?: number): number[] {
  const options = { distribution, items: ITEMS, count: DRAWS, seed };
  return drawCounts(theta === undefined ? options : { ...options, theta });
}

function mean(counts: readonly number[]): number {
  return counts.reduce((sum, count, item) => sum + item * count, 0) / DRAWS;
}

const LAWS: Readonly<Record<string, () => number[]>> = {
  uniform: () => new Array<number>(ITEMS).fill(1 / ITEMS),
  zipfian: () => ycsbZipfianLaw(ITEMS, 0.99),
  scrambled: () => scrambledLaw(ITEMS),
  latest: () => [0, ...ycsbZipfianLaw(ITEMS - 1, 0.99).reverse()],
  hotspot: () => hotspotLaw(ITEMS),
  exponential: () => exponentialLaw(ITEMS),
};

describe("generators follow their exact laws", () => {
  test.each(Object.keys(LAWS))("%s", (distribution) => {
    const law = LAWS[distribution]!();
    expect(law.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
    for (const seed of [1, 2, 3]) {
      const p = chiSquareP(draw(distribution, seed), law);
      expect(p, `${distribution}, seed ${seed}`).toBeGreaterThan(ALPHA);
    }
  });

  test("sequential gives every item in turn", () => {
    expect(draw("sequential", 1)).toEqual(new Array(ITEMS).fill(DRAWS / ITEMS));
    const uneven = drawCounts({ distribution: "sequential", items: 3, count: 7, seed: 1 });
    expect(uneven).toEqual([3, 2, 2]);
  });

  test.each([0.5, 0.8, 0.999])("zipfian with theta %f", (theta) => {
    const p = chiSquareP(draw("zipfian", 1, theta), ycsbZipfianLaw(ITEMS, theta));
    expect(p).toBeGreaterThan(ALPHA);
  });

  test.each([1, 1.2, 2, 3.5])("theta %f, where the true Zipf law takes over", (theta) => {
    const law = zipfLaw(ITEMS, theta);
    expect(chiSquareP(draw("zipfian", 1, theta), law)).toBeGreaterThan(ALPHA);
    const latest = [0, ...zipfLaw(ITEMS - 1, theta).reverse()];
    expect(chiSquareP(draw("latest", 1, theta), latest)).toBeGreaterThan(ALPHA);
  });
});

describe("the test can fail", () => {
  test("the true Zipf law is refused for YCSB's zipfian: rank 2 is overweight by 17 %", () => {
    const counts = draw("zipfian", 1);
    expect(chiSquareP(counts, zipfLaw(ITEMS, 0.99))).toBeLessThan(1e-100);
    const truth = zipfLaw(ITEMS, 0.99)[2]!;
    expect(counts[2]! / DRAWS / truth).toBeGreaterThan(1.15);
    expect(counts[2]! / DRAWS / truth).toBeLessThan(1.19);
  });

  test("a uniform law that is 2 % off in its halves is refused", () => {
    const tilted = Array.from({ length: ITEMS }, (_, i) => (i < ITEMS / 2 ? 1.02 : 0.98) / ITEMS);
    expect(chiSquareP(draw("uniform", 1), tilted)).toBeLessThan(1e-6);
  });

  test("the neighbouring exponent of a zipfian is refused", () => {
    expect(chiSquareP(draw("zipfian", 1), ycsbZipfianLaw(ITEMS, 0.985))).toBeLessThan(1e-6);
  });
});

describe("published figures of the real YCSB", () => {
  test("zipfian: the first ranks and the mean", () => {
    const law = ycsbZipfianLaw(ITEMS, 0.99);
    const known = [0.129384, 0.065142, 0.05104, 0.036339, 0.028259, 0.023136, 0.019594, 0.016998];
    known.forEach((chance, rank) => {
      expect(law[rank]).toBeCloseTo(chance, 5);
    });
    expect(Math.abs(mean(draw("zipfian", 1)) - 131.771)).toBeLessThan(0.6);
  });

  test("latest, hotspot and exponential: means and tails", () => {
    expect(Math.abs(mean(draw("latest", 1)) - 867.28)).toBeLessThan(0.6);
    expect(Math.abs(mean(draw("hotspot", 1)) - 199.46)).toBeLessThan(0.8);
    const exponential = draw("exponential", 1);
    const beyond = exponential[ITEMS]! / DRAWS;
    expect(Math.abs(beyond - 0.0303)).toBeLessThan(0.0005);
    const below857 = exponential.slice(0, 857).reduce((sum, count) => sum + count, 0);
    expect(Math.abs(below857 / DRAWS - 0.95008)).toBeLessThan(0.0008);
  });

  test("scrambled: the hottest item gets 1/zeta and its share of the tail", () => {
    const counts = draw("scrambled", 1);
    const hottest = Math.max(...counts) / DRAWS;
    expect(hottest).toBeGreaterThan(1 / 26.469);
    expect(hottest).toBeLessThan(1 / 26.469 + 0.0015);
    expect(counts.every((count) => count > 0)).toBe(true);
  });
});

describe("arguments", () => {
  test("the same seed gives the same counts, another seed others", () => {
    for (const distribution of DISTRIBUTIONS) {
      const options = { distribution, items: 50, count: 2000, seed: 7 };
      expect(drawCounts(options)).toEqual(drawCounts(options));
      if (distribution === "sequential") continue;
      expect(drawCounts({ ...options, seed: 8 })).not.toEqual(drawCounts(options));
    }
  });

  test("every size from one item on keeps draws inside", () => {
    for (const distribution of DISTRIBUTIONS) {
      for (const items of [1, 2, 3, 4, 5]) {
        const counts = drawCounts({ distribution, items, count: 500, seed: 1 });
        expect(counts).toHaveLength(distribution === "exponential" ? items + 1 : items);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
      }
    }
  });

  test("what is wrong is named", () => {
    const good = { distribution: "uniform", items: 10, count: 10, seed: 1 };
    expect(() => drawCounts({ ...good, distribution: "zipfan" })).toThrow(
      'unknown distribution "zipfan"; the nearest is "zipfian"',
    );
    expect(() => drawCounts({ ...good, items: 0 })).toThrow("items must be");
    expect(() => drawCounts({ ...good, count: -1 })).toThrow("count must be");
    expect(() => drawCounts({ ...good, seed: 1.5 })).toThrow("seed must be");
    expect(() => drawCounts({ ...good, theta: 0.5 })).toThrow("theta means nothing to uniform");
    expect(() => drawCounts({ ...good, distribution: "zipfian", theta: 0 })).toThrow("theta");
  });

  test("the laws of this test: zeta as published", () => {
    expect(naiveZeta(1000, 0.99)).toBeCloseTo(7.728953217284729, 12);
  });
});
