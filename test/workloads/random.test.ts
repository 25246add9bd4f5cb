import { describe, expect, test } from "vitest";
import { Random } from "../../workloads/random.ts";
import { chiSquareP } from "./chi-square.ts";

const ALPHA = 1e-4;

function draws(random: Random, count = 50): number[] {
  return Array.from({ length: count }, () => random.nextInt32());
}

describe("Random", () => {
  test("the same seed gives the same stream, for ever", () => {
    expect(draws(new Random(42))).toEqual(draws(new Random(42)));
    // Figures of the first version: a change here changes every published seed.
    expect(draws(new Random(1), 3)).toMatchInlineSnapshot(`
      [
        -855831883,
        105110359,
        1248405041,
      ]
    `);
    expect(draws(new Random(1).split("run").split(3), 3)).toMatchInlineSnapshot(`
      [
        -159426978,
        1527655472,
        25165328,
      ]
    `);
  });

  test("seeds and labels that are near give streams that share nothing", () => {
    const streams = [
      new Random(0),
      new Random(1),
      new Random(2 ** 32),
      new Random(2 ** 53 - 1),
      new Random(1).split(0),
      new Random(1).split(1),
      new Random(1).split("0"),
      new Random(1).split("1"),
      new Random(1).split("a").split("b"),
      new Random(1).split("ab"),
      new Random(1).split("b").split("a"),
    ];
    const all = streams.flatMap((random) => draws(random, 200));
    // By chance, 2200 of 2^32 values hold a double in one of 1800 seeds; these do not.
    expect(new Set(all).size).toBe(all.length);
  });

  test("splitting neither reads nor moves the stream", () => {
    const drawn = new Random(5);
    draws(drawn);
    const fresh = new Random(5);
    expect(draws(drawn.split("x"))).toEqual(draws(fresh.split("x")));
    fresh.split("y");
    expect(draws(fresh)).toEqual(draws(new Random(5)));
  });

  test("doubles are in [0, 1), even, and use all 53 bits", () => {
    const random = new Random(6);
    const cells = new Array<number>(256).fill(0);
    const ones = new Array<number>(53).fill(0);
    const draws = 100_000;
    for (let i = 0; i < draws; i++) {
      const u = random.nextDouble();
      if (!(u >= 0 && u < 1)) expect.fail(`seed 6, draw ${i}: ${u}`);
      const cell = Math.floor(u * 256);
      cells[cell] = cells[cell]! + 1;
      for (let bit = 0; bit < 53; bit++)
        ones[bit] = ones[bit]! + (Math.floor(u * 2 ** (bit + 1)) % 2);
    }
    expect(chiSquareP(cells, new Array<number>(256).fill(1 / 256))).toBeGreaterThan(ALPHA);
    // The standard deviation of 100,000 fair coins is 158.
    for (const count of ones) expect(Math.abs(count - draws / 2)).toBeLessThan(800);
  });

  test.each([1, 2, 3, 1000, 2 ** 32, 2 ** 32 + 1, 3 * 2 ** 51, 2 ** 53])("below %i", (bound) => {
    const random = new Random(7);
    const thirds = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const draw = random.nextBelow(bound);
      if (!(Number.isInteger(draw) && draw >= 0 && draw < bound)) expect.fail(`seed 7: ${draw}`);
      const third = Math.floor((draw / bound) * 3);
      thirds[third] = thirds[third]! + 1;
    }
    if (bound >= 1000) expect(chiSquareP(thirds, [1 / 3, 1 / 3, 1 / 3])).toBeGreaterThan(ALPHA);
  });

  test("bits of neighbouring streams are not correlated", () => {
    let agreeing = 0;
    const root = new Random(8);
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [root.split(i).nextInt32(), root.split(i + 1).nextInt32()];
      for (let bits = ~(a ^ b); bits !== 0; bits &= bits - 1) agreeing++;
    }
    // 64,000 fair coins: the standard deviation is 126.
    expect(Math.abs(agreeing - 32_000)).toBeLessThan(600);
  });

  test("seeds that are no whole number are refused", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => new Random(seed)).toThrow(RangeError);
    }
  });
});
