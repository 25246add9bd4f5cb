// Whole numbers of 0 to 2^53 - 1 in seven-bit groups, the lowest first (LEB128).

/** The longest encoding, in bytes. */
export const VARINT_BYTES_MAX = 8;

/** Writes the number at `at`; returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80;
    // Beyond 32 bits a shift would cut the number.
    value = value < 0x8000_0000 ? value >>> 7 : Math.floor(value / 0x80);
  }
  bytes[at++] = value;
  return at;
}

/** Reads numbers one after the other. */
export class VarintReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  next(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 0x80;
    do {
      byte = bytes[this.at++]!;
      value += (byte & 0x7f) * factor;
      factor *= 0x80;
    } while (byte >= 0x80);
    return value;
  }
}
