// Random bytes made once, from which values are cut: making them per operation would cost more than
// most stores do.
//
//  I1. A pool is longer than any window or block over which a store is likely to compress (4 MiB),
//      so that one value seldom meets itself there. It is filled from its seed and never changes.

import type { Random } from "./random.ts";

const POOL_BYTES_MIN = 4 * 1024 * 1024;

/** Bytes of one compressible piece, as in db_bench. */
const PIECE_BYTES = 100;

const SPACE = 32;
const PRINTABLE_COUNT = 95;

/** Masks that YCSB lays over the 5-bit steps of one random integer, byte by byte. */
const YCSB_MASKS = [31, 63, 95, 31, 63, 95] as const;

/**
 * Cells of `cellBytes` random bytes by YCSB's law: each group of six comes from one 32-bit integer,
 * and the groups start anew in every cell.
 *
 * @param bytesMin At least so many bytes in whole cells; 4 MiB when that is more.
 */
export function ycsbPool(random: Random, cellBytes: number, bytesMin: number): Uint8Array {
  const cells = Math.ceil(Math.max(bytesMin, POOL_BYTES_MIN) / Math.max(1, cellBytes));
  const pool = new Uint8Array(cells * cellBytes);
  let at = 0;
  for (let cell = 0; cell < cells; cell++) {
    let word = 0;
    for (let i = 0; i < cellBytes; i++) {
      const step = i % 6;
      if (step === 0) word = random.nextInt32();
      pool[at++] = ((word >> (5 * step)) & YCSB_MASKS[step]!) + SPACE;
    }
  }
  return pool;
}

/**
 * Pieces of 100 bytes as db_bench makes them: the first `ratio` of each is random and printable,
 * and is repeated until the piece is full.
 *
 * @param ratio 0 to 1; at least one byte of a piece is random.
 * @param bytesMin At least so many bytes; 4 MiB when that is more.
 */
export function compressiblePool(random: Random, ratio: number, bytesMin: number): Uint8Array {
  const pieces = Math.ceil(Math.max(bytesMin, POOL_BYTES_MIN) / PIECE_BYTES);
  const pool = new Uint8Array(pieces * PIECE_BYTES);
  const randomBytes = Math.max(1, Math.floor(PIECE_BYTES * ratio));
  for (let start = 0; start < pool.length; start += PIECE_BYTES) {
    for (let i = 0; i < PIECE_BYTES; i++) {
      pool[start + i] =
        i < randomBytes
          ? SPACE + random.nextBelow(PRINTABLE_COUNT)
          : pool[start + i - randomBytes]!;
    }
  }
  return pool;
}

/**
 * Views of `length` bytes into a pool, at multiples of `unit` drawn at random: what a client hands
 * out as values without copying or allocating. 0 <= length <= pool length.
 */
export function poolViews(
  random: Random,
  pool: Uint8Array,
  options: { readonly length: number; readonly unit: number; readonly count: number },
): Uint8Array[] {
  const places = Math.floor((pool.length - options.length) / Math.max(1, options.unit)) + 1;
  return Array.from({ length: options.count }, () => {
    const start = random.nextBelow(places) * options.unit;
    return pool.subarray(start, start + options.length);
  });
}
