// XXH32 over whole 32-bit words (Y. Collet, xxHash specification, "XXH32 algorithm").
//
// Short runs are hashed here in plain JavaScript, since the call into WebAssembly, with the view
// that it needs, costs more than the hash; long ones by xxhash-wasm. Both give the same number.

import assert from "node:assert";
import { endianness } from "node:os";
import createXxhash from "xxhash-wasm";

const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f | 0;
const PRIME_5 = 0x165667b1 | 0;

/** From this many words on WebAssembly is faster, in spite of the view and the copy. */
const WASM_WORDS_MIN = 192;

assert(endianness() === "LE", "the on-disk formats are little-endian, and so must the machine be");
const xxhash = await createXxhash();

/** XXH32 of words[start .. start + count), as 0 to 2^32 - 1. */
export function checksumWords(
  words: Uint32Array,
  start: number,
  count: number,
  seed: number,
): number {
  if (count < WASM_WORDS_MIN) return xxh32Words(words, start, count, seed);
  const bytes = new Uint8Array(words.buffer, words.byteOffset + start * 4, count * 4);
  return xxhash.h32Raw(bytes, seed >>> 0);
}

/** XXH32 of bytes of any length and alignment. */
export function checksumBytes(bytes: Uint8Array, seed: number): number {
  return xxhash.h32Raw(bytes, seed >>> 0);
}

function xxh32Words(words: Uint32Array, start: number, count: number, seed: number): number {
  const end = start + count;
  let at = start;
  let hash: number;
  if (count >= 4) {
    let v1 = (seed + PRIME_1 + PRIME_2) | 0;
    let v2 = (seed + PRIME_2) | 0;
    let v3 = seed | 0;
    let v4 = (seed - PRIME_1) | 0;
    const stripesEnd = end - 4;
    do {
      v1 = (v1 + Math.imul(words[at]!, PRIME_2)) | 0;
      v1 = Math.imul((v1 << 13) | (v1 >>> 19), PRIME_1);
      v2 = (v2 + Math.imul(words[at + 1]!, PRIME_2)) | 0;
      v2 = Math.imul((v2 << 13) | (v2 >>> 19), PRIME_1);
      v3 = (v3 + Math.imul(words[at + 2]!, PRIME_2)) | 0;
      v3 = Math.imul((v3 << 13) | (v3 >>> 19), PRIME_1);
      v4 = (v4 + Math.imul(words[at + 3]!, PRIME_2)) | 0;
      v4 = Math.imul((v4 << 13) | (v4 >>> 19), PRIME_1);
      at += 4;
    } while (at <= stripesEnd);
    hash =
      (((v1 << 1) | (v1 >>> 31)) +
        ((v2 << 7) | (v2 >>> 25)) +
        ((v3 << 12) | (v3 >>> 20)) +
        ((v4 << 18) | (v4 >>> 14))) |
      0;
  } else {
    hash = (seed + PRIME_5) | 0;
  }
  hash = (hash + count * 4) | 0;
  for (; at < end; at++) {
    hash = (hash + Math.imul(words[at]!, PRIME_3)) | 0;
    hash = Math.imul((hash << 17) | (hash >>> 15), PRIME_4);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
