// Records verify where they were written, and nowhere else; the checksum is XXH32.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import createXxhash from "xxhash-wasm";
import { checksumWords } from "../../../engines/log/checksum.ts";
import {
  encodeRecord,
  keyLengthAt,
  kindAt,
  newRecordBuffer,
  RECORD_HEADER_BYTES,
  RecordKind,
  recordBytes,
  sequenceAt,
  valueLengthAt,
  verifyRecord,
} from "../../../engines/log/record.ts";

const xxhash = await createXxhash();

describe("checksumWords", () => {
  it("is XXH32 on both sides of the switch to WebAssembly", () => {
    const words = new Uint32Array(600);
    for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 0x9e3779b1);
    for (const count of [0, 1, 3, 4, 5, 7, 8, 33, 191, 192, 193, 500]) {
      for (const seed of [0, 1, -5, 0x7fffffff]) {
        const bytes = new Uint8Array(words.buffer, 4, count * 4);
        expect(checksumWords(words, 1, count, seed)).toBe(xxhash.h32Raw(bytes, seed >>> 0));
      }
    }
  });
});

describe("record", () => {
  const anyBytes = fc.uint8Array({ maxLength: 700 });

  it("comes back as it was written, in a buffer that held other bytes before", () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, fc.maxSafeNat(), fc.nat(5000), (key, value, sequence, id) => {
        const buffer = newRecordBuffer(4096);
        buffer.bytes.fill(0xab);
        const length = encodeRecord(buffer, 8, id, 64, RecordKind.put, 0, sequence, key, value);
        expect(length).toBe(recordBytes(key.length, value.length));
        expect(verifyRecord(buffer, 8, length, id, 64)).toBe(true);
        expect(kindAt(buffer, 8)).toBe(RecordKind.put);
        expect(sequenceAt(buffer, 8)).toBe(sequence);
        const keyEnd = 8 + RECORD_HEADER_BYTES + keyLengthAt(buffer, 8);
        expect(buffer.bytes.slice(8 + RECORD_HEADER_BYTES, keyEnd)).toEqual(key);
        expect(buffer.bytes.slice(keyEnd, keyEnd + valueLengthAt(buffer, 8))).toEqual(value);
      }),
    );
  });

  it("does not verify in another file, at another offset, or with any bit flipped", () => {
    const buffer = newRecordBuffer(256);
    const key = new Uint8Array([1, 2, 3]);
    const value = new Uint8Array([4, 5, 6, 7, 8, 9]);
    const length = encodeRecord(buffer, 0, 7, 100, RecordKind.put, 0, 5, key, value);
    expect(verifyRecord(buffer, 0, length, 8, 100)).toBe(false);
    expect(verifyRecord(buffer, 0, length, 7, 104)).toBe(false);
    for (let bit = 0; bit < length * 8; bit++) {
      buffer.bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(verifyRecord(buffer, 0, length, 7, 100), `bit ${bit}`).toBe(false);
      buffer.bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(verifyRecord(buffer, 0, length, 7, 100)).toBe(true);
  });
});
