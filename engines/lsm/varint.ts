// Whole numbers in groups of seven bits, the lowest first; the top bit says that more follow.
//
// The hot readers of blocks read the first two bytes of a number in place, and call `longVarint`
// for the rest: a call for each number would cost more than the number.

/** Bytes of the longest number, 2^53 - 1. */
export const VARINT_BYTES_MAX = 8;

/** Writes `value`, 0 to 2^53 - 1, and returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x1000_0000) {
    bytes[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** How many bytes `writeVarint` makes of the value. */
export function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) count++;
  return count;
}

/** The number whose two lowest groups are `low`, and whose third byte is at `at`. */
export function longVarint(bytes: Uint8Array, at: number, low: number): number {
  let value = low;
  for (let scale = 2 ** 14; ; scale *= 128) {
    const byte = bytes[at++]!;
    value += (byte & 127) * scale;
    if (byte < 128 || scale > 2 ** 49) return value;
  }
}

/** Reads one number after the other. */
export class VarintReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  next(): number {
    const first = this.bytes[this.at++]!;
    if (first < 128) return first;
    const second = this.bytes[this.at++]!;
    const low = (first & 127) | ((second & 127) << 7);
    if (second < 128) return low;
    const value = longVarint(this.bytes, this.at, low);
    this.at += varintBytes(value) - 2;
    return value;
  }
}
