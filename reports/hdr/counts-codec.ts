// The counts of a histogram as bytes, in the three payloads that HdrHistogram has had.
//
// V2: each count as ZigZag LEB128-64b9B: sign in the lowest bit, then groups of 7 bits from the
// lowest, the top bit of a byte saying that more follow; a ninth byte holds 8 bits and ends it.
// A negative number -n stands for n empty cells. V1 and V0: big-endian words of 2, 4 or 8 bytes.

import { formatError, HistogramError } from "./errors.ts";
import type { Histogram } from "./histogram.ts";

const MAX_WORD_BYTES = 9;
const TWO_POW_32 = 4294967296;

/** Writes `2 * magnitude`, or with a sign `2 * magnitude + 1`. @returns the next offset. */
function writeZigZag(target: Uint8Array, offset: number, magnitude: number, sign: 0 | 1): number {
  // The magnitude is below 2^53, so its double is exact, and eight bytes always hold it.
  let rest = magnitude * 2 + sign;
  while (rest >= 128) {
    target[offset++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[offset++] = rest;
  return offset;
}

/** The counts up to the last one as a V2 payload; one empty cell for an empty histogram. */
export function encodeCounts(histogram: Histogram): Uint8Array {
  const start = Math.min(histogram.minIndex, histogram.maxIndex + 1);
  const end = histogram.maxIndex + 1;
  let nonEmpty = 0;
  for (let i = start; i < end; i++) if (histogram.countAtIndex(i) !== 0) nonEmpty++;
  // At most one run of empty cells lies before each count.
  const target = new Uint8Array((nonEmpty + 1) * 2 * MAX_WORD_BYTES);
  let offset = 0;
  let emptyCells = end === 0 ? 1 : start;
  for (let i = start; i < end; i++) {
    const count = histogram.countAtIndex(i);
    if (count === 0) {
      emptyCells++;
      continue;
    }
    offset = writeEmptyCells(target, offset, emptyCells);
    emptyCells = 0;
    offset = writeZigZag(target, offset, count, 0);
  }
  offset = writeEmptyCells(target, offset, emptyCells);
  return target.subarray(0, offset);
}

/** -n is 2n - 1 in ZigZag. A single empty cell is the count 0, as Java writes it. */
function writeEmptyCells(target: Uint8Array, offset: number, cells: number): number {
  if (cells === 0) return offset;
  return cells === 1
    ? writeZigZag(target, offset, 0, 0)
    : writeZigZag(target, offset, cells - 1, 1);
}

/** Adds a count that a file claims. @throws HistogramError HDR_FORMAT when it cannot be. */
function addCount(histogram: Histogram, index: number, count: number, position: number): void {
  if (count === 0) return;
  if (index >= histogram.cellCount) {
    throw formatError(position, `a count beyond the ${histogram.cellCount} cells of its range`);
  }
  try {
    histogram.recordCount(histogram.layout.valueAt(index), count);
  } catch (error) {
    if (error instanceof HistogramError) throw formatError(position, error.message, error);
    throw error;
  }
}

/**
 * Adds the counts of a V2 payload, from `start` to the end of the bytes.
 *
 * @throws HistogramError HDR_FORMAT, with the position, for a number that is cut off, counts beyond
 *   2^53 - 1 in sum, or more cells than the histogram's range has.
 */
export function decodeCounts(histogram: Histogram, bytes: Uint8Array, start: number): void {
  let index = 0;
  let position = start;
  while (position < bytes.length) {
    const first = position;
    let byte = bytes[position++]!;
    const negative = (byte & 1) === 1;
    let magnitude = (byte & 0x7f) >> 1;
    // Doubles of 2^53 and more are rounded, never to below 2^53: too large stays too large.
    for (let scale = 64; byte >= 128; scale *= 128) {
      if (position === bytes.length) throw formatError(first, "a count is cut off");
      byte = bytes[position++]!;
      const isNinth = position - first === MAX_WORD_BYTES;
      magnitude += (isNinth ? byte : byte & 0x7f) * scale;
      if (isNinth) break;
    }
    if (negative) {
      index += magnitude + 1;
    } else {
      addCount(histogram, index, magnitude, first);
      index++;
    }
    if (index > histogram.cellCount) {
      throw formatError(first, `more than the ${histogram.cellCount} cells of its range`);
    }
  }
}

/**
 * Adds the counts of a V0 or V1 payload, from `start` to the end of the bytes. Empty cells beyond
 * the range are passed over.
 *
 * @param wordBytes 2, 4 or 8.
 * @throws HistogramError HDR_FORMAT, with the position, for a cut-off word, a negative count,
 *   counts beyond 2^53 - 1 in sum, or one beyond the histogram's range.
 */
export function decodeWords(
  histogram: Histogram,
  bytes: Uint8Array,
  start: number,
  wordBytes: number,
): void {
  const rest = bytes.length - start;
  if (rest % wordBytes !== 0) {
    throw formatError(bytes.length, `${rest} bytes are no whole number of ${wordBytes}-byte words`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let position = start, index = 0; position < bytes.length; position += wordBytes, index++) {
    let count: number;
    if (wordBytes === 2) count = view.getInt16(position);
    else if (wordBytes === 4) count = view.getInt32(position);
    else count = view.getInt32(position) * TWO_POW_32 + view.getUint32(position + 4);
    addCount(histogram, index, count, position);
  }
}
