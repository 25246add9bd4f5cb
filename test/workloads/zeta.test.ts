import { describe, expect, test } from "vitest";
import { extendZeta, zeta } from "../../workloads/zeta.ts";
import { ZipfianShape } from "../../workloads/zipfian.ts";
import { naiveZeta } from "./laws.ts";

/** zeta(n, 0.99) by naive summation, as the real YCSB adds it up. */
const PUBLISHED: readonly (readonly [number, number])[] = [
  [1, 1],
  [2, 1.5034777750283594],
  [5, 2.2972281272086166],
  [10, 2.956107516510364],
  [100, 5.294568831377164],
  [1000, 7.728953217284729],
  [10_000, 10.224361459595578],
  [100_000, 12.778338062551246],
  [1_000_000, 15.391849746037371],
  [10_000_000, 18.066242574968303],
  [10_000_000_000, 26.46902820178302],
];

describe("zeta", () => {
  test.each(PUBLISHED)("zeta(%i, 0.99)", (n, value) => {
    // Naive summation of 10^10 terms is itself off by 1e-12.
    expect(Math.abs(zeta(n, 0.99) / value - 1)).toBeLessThan(2e-12);
  });

  test.each([0, 0.3, 0.99, 0.9999, 1, 1.0001, 1.5, 4])("both ways agree, theta %f", (theta) => {
    const n = 300_000;
    expect(Math.abs(zeta(n, theta) / naiveZeta(n, theta) - 1)).toBeLessThan(1e-12);
  });

  test("known constants: zeta(infinity, 2), and Euler's at theta 1", () => {
    expect(zeta(2 ** 53 - 1, 2)).toBeCloseTo(Math.PI ** 2 / 6, 13);
    expect(zeta(1e15, 1) - Math.log(1e15)).toBeCloseTo(0.5772156649015329, 12);
  });

  test("a sum is extended to the same value, in small steps and in a leap", () => {
    let sum = zeta(1000, 0.99);
    for (let n = 1000; n < 1100; n++) sum = extendZeta(n, n + 1, 0.99, sum);
    expect(sum).toBe(zeta(1100, 0.99));
    expect(Math.abs(extendZeta(1000, 5_000_000, 0.99, zeta(1000, 0.99)) / zeta(5e6, 0.99) - 1)) //
      .toBeLessThan(1e-13);
  });
});

describe("ZipfianShape", () => {
  test("eta of 1000 items as published", () => {
    expect(new ZipfianShape(1000, 0.99).eta).toBeCloseTo(0.074806, 6);
  });

  test("growing extends zeta, and leaves the first count in eta, as YCSB does", () => {
    const shape = new ZipfianShape(1000, 0.99);
    shape.grow(1500);
    expect(shape.zetan).toBeCloseTo(naiveZeta(1500, 0.99), 12);
    const eta = (1 - (2 / 1000) ** 0.01) / (1 - naiveZeta(2, 0.99) / naiveZeta(1500, 0.99));
    expect(shape.eta).toBeCloseTo(eta, 12);
    const before = { ...shape };
    shape.grow(1200);
    expect({ ...shape }).toEqual(before);
  });

  test("theta must be below 1", () => {
    expect(() => new ZipfianShape(10, 1)).toThrow(RangeError);
    expect(() => new ZipfianShape(10, Number.NaN)).toThrow(RangeError);
  });
});
