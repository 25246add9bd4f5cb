import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashNumber, highHalf, moduloPair } from "../../workloads/fnv.ts";
import { type KeyOptions, KeyWriter } from "../../workloads/key.ts";
import { hashBigInt } from "./big-fnv.ts";

const HASHED: KeyOptions = { hashed: true, zeroPadding: 1 };

function keyOf(options: KeyOptions, keyNumber: number): string {
  return Buffer.from(new KeyWriter(options).write(keyNumber)).toString("latin1");
}

const keyNumbers = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1),
);
const words = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)));

describe("YCSB's keys", () => {
  test.each([
    [0, "user6284781860667377211"],
    [1, "user8517097267634966620"],
    [2, "user1820151046732198393"],
    [3, "user4052466453699787802"],
    [4, "user3232700585171816769"],
    [5, "user1000385178204227360"],
    [99, "user6405349725575133178"],
    [1000, "user5952875239596136740"],
  ])("hashed key %i", (keyNumber, key) => {
    expect(keyOf(HASHED, keyNumber)).toBe(key);
  });

  test("ordered keys with zeros in front", () => {
    expect(keyOf({ hashed: false, zeroPadding: 8 }, 5)).toBe("user00000005");
    expect(keyOf({ hashed: false, zeroPadding: 5 }, 7)).toBe("user00007");
    expect(keyOf({ hashed: false, zeroPadding: 1 }, 0)).toBe("user0");
    expect(keyOf({ hashed: false, zeroPadding: 0 }, 12)).toBe("user12");
  });

  test("not the keys of a port that hashes the most significant octet first", () => {
    expect(keyOf(HASHED, 227)).not.toBe("user6284890712318570100");
    expect(keyOf(HASHED, 154)).not.toBe("user6284898408899967577");
  });

  test("Java's Math.abs leaves -2^63, and its key has the sign", () => {
    const writer = new KeyWriter(HASHED);
    const key = Buffer.from(writer.writePair(-(2 ** 31), 0)).toString("latin1");
    expect(key).toBe("user-9223372036854775808");
  });
});

describe("against BigInt", () => {
  test("the hash", () => {
    const pair = new Int32Array(2);
    fc.assert(
      fc.property(keyNumbers, (number) => {
        hashNumber(highHalf(number), number | 0, pair);
        const hash = (BigInt(pair[0]!) << 32n) | BigInt(pair[1]! >>> 0);
        expect(hash).toBe(hashBigInt(BigInt(number)));
      }),
      { numRuns: 3000 },
    );
  });

  test("the remainder, for divisors of every size", () => {
    const divisors = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 21 }),
      fc.integer({ min: 2 ** 21, max: 2 ** 37 }),
      fc.integer({ min: 2 ** 37, max: Number.MAX_SAFE_INTEGER }),
      fc.constantFrom(1, 2 ** 21, 2 ** 21 + 1, 2 ** 31, 2 ** 32, 2 ** 37, 2 ** 37 + 1),
    );
    fc.assert(
      fc.property(words, words, divisors, (high, low, divisor) => {
        const number = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
        expect(moduloPair(high, low, divisor)).toBe(Number(number % BigInt(divisor)));
      }),
      { numRuns: 5000 },
    );
  });

  test("the remainder around multiples of the divisor", () => {
    const divisors = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 37 }),
      fc.integer({ min: 2 ** 21, max: 2 ** 25 }),
      fc.integer({ min: 2 ** 37, max: 2 ** 41 }),
      fc.integer({ min: 2 ** 37, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(
        divisors,
        fc.bigInt(0n, 2n ** 63n),
        fc.constantFrom(-1n, 0n, 1n),
        (d, x, near) => {
          const divisor = BigInt(d);
          const number = BigInt.asUintN(63, (x / divisor) * divisor + near);
          const [high, low] = [Number(number >> 32n) | 0, Number(number & 0xffffffffn) | 0];
          expect(moduloPair(high, low, d)).toBe(Number(number % divisor));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test("the decimal digits of 64-bit numbers, at every padding, one buffer for all", () => {
    for (const zeroPadding of [1, 5, 18, 19, 20, 21, 40]) {
      const writer = new KeyWriter({ hashed: true, zeroPadding });
      fc.assert(
        fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.nat(63), (wide, shift) => {
          const number = wide >> BigInt(shift);
          const high = Number(number >> 32n);
          const low = Number(number & 0xffffffffn) | 0;
          const key = Buffer.from(writer.writePair(high, low)).toString("latin1");
          expect(key).toBe(`user${number.toString().padStart(zeroPadding, "0")}`);
        }),
        { numRuns: 1000 },
      );
    }
  });

  test("digits around every power of ten", () => {
    const writer = new KeyWriter({ hashed: false, zeroPadding: 1 });
    for (let power = 1n; power < 2n ** 63n; power *= 10n) {
      for (const number of [power - 1n, power, power + 1n]) {
        const key = writer.writePair(Number(number >> 32n), Number(number & 0xffffffffn) | 0);
        expect(Buffer.from(key).toString("latin1")).toBe(`user${number}`);
      }
    }
  });

  test("ordered keys of large numbers", () => {
    fc.assert(
      fc.property(keyNumbers, (number) => {
        expect(keyOf({ hashed: false, zeroPadding: 12 }, number)).toBe(
          `user${String(number).padStart(12, "0")}`,
        );
      }),
    );
  });
});

test("the view is the buffer of the writer, used again", () => {
  const writer = new KeyWriter(HASHED);
  const first = writer.write(0);
  const copy = Buffer.from(first);
  expect(writer.write(1).buffer).toBe(first.buffer);
  expect(Buffer.compare(copy, first)).not.toBe(0);
});
