import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../../../reports/hdr/codec.ts";
import { Histogram } from "../../../reports/hdr/histogram.ts";
import {
  decode,
  encode,
  envelope,
  hex,
  inflated,
  recordAll,
  SEED,
  toHex,
  V0_RANGE,
  V2_HEADER_REST,
} from "./support.ts";

describe("V2 bytes of the Java library", () => {
  test("values over the whole range", () => {
    const histogram = recordAll(
      [0, 1, 2, 2, 2, 300, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1099511640121, 2 ** 52],
      { highestTrackableValue: Number.MAX_SAFE_INTEGER, significantDigits: 2 },
    );
    histogram.record(Number.MAX_SAFE_INTEGER);
    histogram.recordCount(5000, 1e12);
    const java = `1c849313 0000001f 00000000 00000002 0000000000000001 001fffffffffffff
      3ff0000000000000
      020206a50402890880c0a8ca9a3ac3250202fb010202fd0f02fd1702fb0102`;
    expect(toHex(encode(histogram))).toBe(toHex(hex(java)));
    const decoded = decode(hex(java));
    expect(decoded.equals(histogram)).toBe(true);
    expect(decoded.highestTrackableValue).toBe(Number.MAX_SAFE_INTEGER);
    expect(decoded.totalCount).toBe(1000000000013);
    expect(decoded.mean).toBe(18519.91558595091);
    expect(decoded.standardDeviation).toBe(1.0062515186574898e10);
    expect([decoded.min, decoded.valueAtPercentile(50)]).toEqual([0, 5023]);
    expect(decoded.max).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("a unit above 1, and an empty one", () => {
    const options = { lowestDiscernibleValue: 1000, highestTrackableValue: 3.6e9 };
    const histogram = recordAll([5, 1024, 123456, 3599999999], options);
    const java = `1c849313 0000000a 00000000 00000003 00000000000003e8 00000000d693a400
      3ff0000000000000 020002db030283d70102`;
    expect(toHex(encode(histogram))).toBe(toHex(hex(java)));
    const decoded = decode(hex(java));
    expect([decoded.min, decoded.max, decoded.mean]).toEqual([0, 3600809983, 899971648]);
    expect(decoded.standardDeviation).toBe(1558724345.4986942);
    const empty = `1c849313 00000001 ${V2_HEADER_REST} 00`;
    expect(toHex(encode(new Histogram({ highestTrackableValue: 3.6e9 })))).toBe(toHex(hex(empty)));
    expect(decode(hex(empty)).totalCount).toBe(0);
  });

  test("base64 of the JavaScript and Go libraries", () => {
    const one = decodeBase64("HISTFAAAACJ4nJNpmSzMwMDAxMDAwMjAwMDMAAGMUJoJxg9mAgA1TQGm");
    expect([...one.recordedCells()]).toEqual([{ lowestValue: 42, highestValue: 42, count: 1 }]);
    const other = decodeBase64("HISTFAAAAB542pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARAtM=");
    expect([other.mean, other.totalCount]).toEqual([42, 1]);
    const empty = decodeBase64("HISTFAAAABl4nJNpmSzMgADMUFoEyn1h/wHCAgBDogN4");
    expect([empty.totalCount, empty.lowestDiscernibleValue]).toEqual([0, 20]);
    expect(empty.highestTrackableValue).toBe(1000);
  });

  test("ours is theirs: the same payload in an envelope that starts HISTFAAA", () => {
    const histogram = recordAll([42], { highestTrackableValue: 2 });
    const text = encodeBase64(histogram);
    expect(text).toMatch(/^HISTFAAA/);
    const theirs = "HISTFAAAAB542pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARAtM=";
    expect(toHex(encode(histogram))).toBe(toHex(inflated(theirs)));
  });
});

describe("round trip", () => {
  test("decode(encode) is the same, plain, compressed and as base64", () => {
    const options = fc.record({
      lowestDiscernibleValue: fc.integer({ min: 1, max: 2 ** 20 }),
      significantDigits: fc.integer({ min: 0, max: 3 }),
    });
    const counts = fc.array(
      fc.tuple(fc.oneof(fc.nat(4000), fc.maxSafeNat()), fc.integer({ min: 1, max: 2 ** 46 })),
      { maxLength: 40 },
    );
    const property = fc.property(options, counts, (options, counts) => {
      const histogram = new Histogram(options);
      for (const [value, count] of counts) histogram.recordCount(value, count);
      const decoded = [
        decode(encode(histogram)),
        decodeBase64(encodeBase64(histogram)),
        decodeBase64(encodeBase64(histogram).replaceAll("=", "")),
      ];
      for (const twin of decoded) {
        expect(twin.equals(histogram)).toBe(true);
        expect(twin.highestTrackableValue).toBe(histogram.highestTrackableValue);
        expect(twin.summary()).toEqual(histogram.summary());
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test("5 digits", () => {
    const histogram = recordAll([3, 123_456_789, 123_457_890, 2 ** 40], { significantDigits: 5 });
    const twin = decodeBase64(encodeBase64(histogram));
    expect(twin.equals(histogram)).toBe(true);
    expect(twin.valueAtPercentile(50)).toBe(histogram.highestEquivalent(123_456_789));
  });
});

describe("V0 and V1", () => {
  const expected = new Histogram({ highestTrackableValue: 3.6e9 });
  expected.record(0);
  expected.recordCount(1, 2);
  expected.recordCount(3, 3);
  const words: Record<string, string> = {
    2: "0001 0002 0000 0003",
    4: "00000001 00000002 00000000 00000003",
    8: "0000000000000001 0000000000000002 0000000000000000 0000000000000003",
  };

  test.each(["2", "4", "8"])("words of %s bytes", (size) => {
    const counts = words[size]!;
    const length = (Number(size) * 4).toString(16).padStart(8, "0");
    const v0 = hex(`1c8493${size}8 ${V0_RANGE} 0000000000000099 ${counts}`);
    const v1 = hex(`1c8493${size}1 ${length} ${V2_HEADER_REST} ${counts}`);
    const decoded = [
      decode(v0),
      decode(v1),
      decode(envelope(`1c8493${size}9`, deflateSync(v0))),
      decode(envelope(`1c8493${size}2`, deflateSync(v1))),
      // The lowest bit of the size is a flag of later writers.
      decode(hex(`1c8493${Number(size) + 1}1 ${length} ${V2_HEADER_REST} ${counts}`)),
    ];
    for (const histogram of decoded) {
      expect(histogram.equals(expected)).toBe(true);
      expect(histogram.highestTrackableValue).toBe(3.6e9);
    }
  });

  test("a count beyond 32 bits, as Java reads it", () => {
    const histogram = decode(
      hex(`1c849388 ${V0_RANGE} 0000000000000006 ${words[8]!.slice(0, -16)} 0000000100000003`),
    );
    expect(histogram.totalCount).toBe(4294967302);
    expect(histogram.mean).toBe(2.9999999983701855);
    expect(histogram.standardDeviation).toBe(6.291359895865168e-5);
  });
});
