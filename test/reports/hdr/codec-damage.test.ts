import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "../../../reports/hdr/codec.ts";
import { HistogramError } from "../../../reports/hdr/errors.ts";
import {
  decode,
  encode,
  encodeCompressed,
  envelope,
  errorOf,
  hex,
  recordAll,
  V0_RANGE,
  V2_HEADER_REST,
} from "./support.ts";

describe("damage is a typed error with its position", () => {
  const good = encode(recordAll([1, 5000]));
  const v1 = `1c849321 00000004 ${V2_HEADER_REST}`;
  const v2 = (counts: string) => {
    const length = hex(counts).length.toString(16).padStart(8, "0");
    return hex(`1c849313 ${length} ${V2_HEADER_REST} ${counts}`);
  };
  const cases: [string, Uint8Array, number][] = [
    ["nothing", hex(""), 0],
    ["half a cookie", hex("1c84"), 2],
    ["another cookie", hex("deadbeef00000000"), 0],
    ["half a header", good.subarray(0, 20), 20],
    ["half the counts", good.subarray(0, good.length - 1), 4],
    ["trailing bytes", Uint8Array.from([...good, 0]), 4],
    ["a count that is cut off", v2("0280"), 41],
    ["a run beyond the range", v2("02 ffffffffffffffffff"), 41],
    ["a run of 2^31", v2("ffffffff0f"), 40],
    ["a count beyond 2^53", v2("feffffffffffffffff"), 40],
    ["a sum beyond 2^53", v2("feffffffffffff1f 02"), 48],
    ["a half word", hex(`${v1.replace("00000004", "00000003")} 000102`), 43],
    ["a negative word", hex(`${v1} 0001ffff`), 42],
    ["words of no bytes", hex(`${v1.replace("1c849321", "1c849301")} 00010002`), 0],
    ["7 digits", hex(`1c849388 00000007 0000000000000001 00000000d693a400 0000000000000006`), 4],
    ["a lowest value of 0", hex(`1c849388 00000003 ${"0".repeat(48)}`), 4],
    ["a highest below the lowest", hex(`1c849388 00000003 ${"0".repeat(15)}9${"0".repeat(32)}`), 4],
    ["an envelope that is cut off", hex("1c84931400"), 5],
    ["a wrong length of the envelope", hex("1c84931400000009 00"), 4],
    ["no zlib stream", envelope("1c849314", hex("0102030405")), 8],
    ["half a zlib stream", envelope("1c849314", deflateSync(good).subarray(0, 20)), 8],
    ["V2 in the envelope of V1", envelope("1c849322", deflateSync(good)), 0],
    [
      "an envelope in an envelope",
      envelope("1c849314", deflateSync(encodeCompressed(recordAll([1])))),
      0,
    ],
    ["a bomb", envelope("1c849314", deflateSync(new Uint8Array(60_000_000))), 8],
  ];

  test.each(cases)("%s", (_, bytes, position) => {
    const error = errorOf(() => decode(bytes));
    expect(error.code).toBe("HDR_FORMAT");
    expect(error.position).toBe(position);
  });

  test("base64", () => {
    const text = encodeBase64(recordAll([1]));
    for (const [damaged, position] of [
      ["", 0],
      [`${text.slice(0, 5)}*${text.slice(6)}`, 5],
      [`${text.slice(0, 5)}=${text.slice(6)}`, 5],
      [`${text}\n`, text.indexOf("=") < 0 ? text.length : text.indexOf("=")],
      [text.slice(0, 9), 9],
    ] as const) {
      const error = errorOf(() => decodeBase64(damaged));
      expect([error.code, error.position], damaged).toEqual(["HDR_FORMAT", position]);
    }
  });

  test("a DoubleHistogram is named as such", () => {
    expect(errorOf(() => decode(hex("0c72124e 00000000"))).code).toBe("HDR_UNSUPPORTED");
    expect(errorOf(() => decode(hex("0c72124f 00000000"))).code).toBe("HDR_UNSUPPORTED");
  });

  test("a count beyond the cells of the range; empty cells of V1 there are passed over", () => {
    // Digits 0 and a highest value of 7: bucket 0 has the cells 0 and 1, two more have one each.
    const header = "00000000 00000000 0000000000000001 0000000000000007 3ff0000000000000";
    const v1 = (words: string) => hex(`1c849321 0000000a ${header} ${words}`);
    expect(decode(v1("0001 0000 0000 0005 0000")).max).toBe(7);
    expect(errorOf(() => decode(v1("0001 0000 0000 0005 0001"))).position).toBe(48);
    const v2 = (counts: string) => hex(`1c849313 00000003 ${header} ${counts}`);
    expect(decode(v2("02 03 02")).max).toBe(7);
    expect(decode(v2("02 02 03")).totalCount).toBe(2);
    expect(errorOf(() => decode(v2("02 05 00"))).position).toBe(42);
    expect(errorOf(() => decode(v2("07 02 02"))).position).toBe(41);
  });

  test("a highest value beyond 2^53 is read as long as no count is there", () => {
    const header = `00000000 00000002 0000000000000001 7fffffffffffffff 3ff0000000000000`;
    const histogram = decode(hex(`1c849313 00000001 ${header} 02`));
    expect(histogram.highestTrackableValue).toBe(Number.MAX_SAFE_INTEGER);
    expect(histogram.totalCount).toBe(1);
    // 2^53 - 1 is in the last of 47 * 128 cells; the one after it is 2^53.
    const beyond = errorOf(() => decode(hex(`1c849313 00000003 ${header} ff5d 02`)));
    expect([beyond.code, beyond.position]).toEqual(["HDR_FORMAT", 42]);
    expect(decode(hex(`1c849313 00000003 ${header} fd5d 02`)).max).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("fuzz", () => {
  /** xorshift32 */
  function randomInts(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
  }

  function mutate(bytes: Uint8Array, below: (n: number) => number): Uint8Array {
    const mutated = [...bytes];
    for (let edits = 1 + below(4); edits > 0; edits--) {
      const at = below(mutated.length + 1);
      const kind = below(4);
      if (kind === 0) mutated.splice(at, 1 + below(4));
      else if (kind === 1) mutated.splice(at, 0, below(256));
      else if (kind === 2) mutated[at] = below(256);
      else mutated[at] = (mutated[at] ?? 0) ^ (1 << below(8));
    }
    return Uint8Array.from(mutated);
  }

  test("mutated bytes give a histogram or a typed error, never anything else", () => {
    const histogram = recordAll([0, 1, 1, 5000, 70_000, 2 ** 33], {
      highestTrackableValue: 2 ** 36,
    });
    const v1 = hex(`1c849321 00000008 ${V2_HEADER_REST} 0001 0002 0000 0003`);
    const seeds = [
      encode(histogram),
      encodeCompressed(histogram),
      v1,
      hex(`1c849348 ${V0_RANGE} 0000000000000006 00000001 00000002`),
      envelope("1c849322", deflateSync(v1)),
    ];
    let decoded = 0;
    let refused = 0;
    for (let seed = 1; seed <= 4000; seed++) {
      const bytes = mutate(seeds[seed % seeds.length]!, randomInts(seed));
      // A stream that inflates well again is what an attacker sends.
      const wrapped = seed % 3 === 0 ? envelope("1c849314", deflateSync(bytes)) : bytes;
      try {
        const result = decode(wrapped);
        expect(decode(encode(result)).equals(result), `seed ${seed}`).toBe(true);
        decoded++;
      } catch (error) {
        expect(error, `seed ${seed}: ${error}`).toBeInstanceOf(HistogramError);
        const { code, position } = error as HistogramError;
        expect(code === "HDR_FORMAT" && position !== undefined, `seed ${seed}: ${code}`).toBe(true);
        refused++;
      }
    }
    // Both happen, so the mutations reach the counts and not only the cookie.
    expect(decoded).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(1000);
  });
});
