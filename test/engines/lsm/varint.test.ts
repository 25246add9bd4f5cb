// Goal: every whole number up to 2^53 - 1 is read back, by each of the readers, and followed by
// what follows it. Method: all powers of two and their neighbours, and random numbers.

import { describe, expect, it } from "vitest";
import {
  longVarint,
  VARINT_BYTES_MAX,
  VarintReader,
  varintBytes,
  writeVarint,
} from "../../../engines/lsm/varint.ts";
import { seeded } from "../support/stores.ts";

function numbers(): number[] {
  const random = seeded(5);
  const list = [0];
  for (let exponent = 0; exponent <= 53; exponent++) {
    for (const near of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
      if (near <= Number.MAX_SAFE_INTEGER) list.push(near);
    }
  }
  for (let i = 0; i < 5000; i++) {
    list.push(Math.floor((random(2 ** 31) * 2 ** 31 + random(2 ** 31)) / 2 ** (random(60) + 9)));
  }
  return list;
}

describe("varint", () => {
  it("reads back what was written, one after the other", () => {
    const list = numbers();
    const bytes = new Uint8Array(list.length * VARINT_BYTES_MAX);
    let at = 0;
    for (const number of list) {
      const end = writeVarint(bytes, at, number);
      expect(end - at, `${number}`).toBe(varintBytes(number));
      expect(end - at).toBeLessThanOrEqual(VARINT_BYTES_MAX);
      at = end;
    }
    const reader = new VarintReader(bytes, 0);
    for (const number of list) expect(reader.next()).toBe(number);
    expect(reader.at).toBe(at);
  });

  it("goes on from the third byte", () => {
    const bytes = new Uint8Array(VARINT_BYTES_MAX);
    for (const number of numbers().filter((each) => each >= 2 ** 14)) {
      writeVarint(bytes, 0, number);
      const low = (bytes[0]! & 127) | ((bytes[1]! & 127) << 7);
      expect(longVarint(bytes, 2, low), `${number}`).toBe(number);
    }
  });

  it("takes one byte below 128, and eight for the largest", () => {
    expect(varintBytes(127)).toBe(1);
    expect(varintBytes(128)).toBe(2);
    expect(varintBytes(Number.MAX_SAFE_INTEGER)).toBe(VARINT_BYTES_MAX);
  });
});
