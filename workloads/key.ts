// Writes YCSB's keys: "user", then the number in decimal, filled up with zeros on the left.
//
// The digits go right-aligned into one buffer, four at a time out of a table, and the prefix goes
// in front of the first. A key is then one of the views that end where the buffer ends.
//
//  I1. All twenty digit positions are written for every key, so nothing of the key before is left.
//  I2. The bytes left of the digits and the prefix are "0" for ever: keys are longer than that only
//      when `zeroPadding` exceeds 20, and then all have the same length.

import { hashNumber, highHalf } from "./fnv.ts";

const DIGITS = 20;
const PREFIX = "user";
const PREFIX_WORD = 0x75736572;
const CODE_ZERO = 48;

/** Four decimal digits as a big-endian word, for 0 to 9999. */
const FOUR_DIGITS = new Uint32Array(10_000);
for (let i = 0; i < 10_000; i++) {
  const text = String(i).padStart(4, "0");
  FOUR_DIGITS[i] = Buffer.from(text, "latin1").readUInt32BE(0);
}

/** The longest `zeroPadding`: with the prefix, the longest key of the engine contract. */
export const ZERO_PADDING_MAX = 65_535 - PREFIX.length;

export interface KeyOptions {
  /** True: the number is |FNV-1a-64(key number)| (`insertorder=hashed`). False: the key number. */
  readonly hashed: boolean;
  /** Digits at least, 0 to ZERO_PADDING_MAX. */
  readonly zeroPadding: number;
}

export class KeyWriter {
  private readonly hashed: boolean;
  private readonly zeroPadding: number;
  private readonly view: DataView;
  private readonly end: number;
  private readonly pair = new Int32Array(2);
  /** The key with so many digits, by number of digits. */
  private readonly views: Uint8Array[] = [];

  constructor(options: KeyOptions) {
    this.hashed = options.hashed;
    this.zeroPadding = Math.max(1, options.zeroPadding);
    const digitsMax = Math.max(DIGITS, this.zeroPadding);
    const bytes = new Uint8Array(PREFIX.length + digitsMax).fill(CODE_ZERO);
    this.end = bytes.length;
    this.view = new DataView(bytes.buffer);
    const digitsMin = this.zeroPadding;
    for (let digits = 0; digits <= digitsMax; digits++) {
      const start = this.end - Math.max(digits, digitsMin) - PREFIX.length;
      this.views.push(bytes.subarray(start));
    }
  }

  /** The key of this number, 0 to 2^53 - 1. A view, valid until the next call. */
  write(keyNumber: number): Uint8Array {
    const high = highHalf(keyNumber);
    if (!this.hashed) return this.writePair(high, keyNumber | 0);
    hashNumber(high, keyNumber | 0, this.pair);
    return this.writePair(this.pair[0]!, this.pair[1]!);
  }

  /** The key of a signed 64-bit number that is not negative, or is -2^63 (YCSB prints that too). */
  writePair(high: number, low: number): Uint8Array {
    if (high < 0) return Buffer.from(`${PREFIX}-9223372036854775808`, "latin1");
    // In units of 10^8 and the rest: 2^48 = 2814749 * 10^8 + 76710656, 2^32 = 42 * 10^8 + 94967296.
    // Both sums stay below 2^53. Adding a half before multiplying by 10^-8 keeps the product
    // further from an integer than it can be wrong, so the quotients are exact.
    const upper = high >>> 16;
    const lower = high & 0xffff;
    const rest = upper * 76_710_656 + lower * 94_967_296 + (low >>> 0);
    const carry = ((rest + 0.5) * 1e-8) | 0;
    const digits0To7 = (rest - carry * 100_000_000) | 0;
    const quotient = upper * 2_814_749 + lower * 42 + carry;
    const digits16To19 = ((quotient + 0.5) * 1e-8) | 0;
    const digits8To15 = (quotient - digits16To19 * 100_000_000) | 0;

    const end = this.end;
    const view = this.view;
    const middle = (digits8To15 / 10_000) | 0;
    const bottom = (digits0To7 / 10_000) | 0;
    view.setUint32(end - 20, FOUR_DIGITS[digits16To19]!);
    view.setUint32(end - 16, FOUR_DIGITS[middle]!);
    view.setUint32(end - 12, FOUR_DIGITS[digits8To15 - middle * 10_000]!);
    view.setUint32(end - 8, FOUR_DIGITS[bottom]!);
    view.setUint32(end - 4, FOUR_DIGITS[digits0To7 - bottom * 10_000]!);

    let digits: number;
    if (digits16To19 !== 0) digits = 16 + digitCount(digits16To19);
    else if (digits8To15 !== 0) digits = 8 + digitCount(digits8To15);
    else digits = digitCount(digits0To7);
    if (digits < this.zeroPadding) digits = this.zeroPadding;
    view.setUint32(end - digits - 4, PREFIX_WORD);
    return this.views[digits]!;
  }
}

/** Decimal digits of an integer below 10^8; 1 for 0. */
function digitCount(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  return value < 1_000_000 ? (value < 100_000 ? 5 : 6) : value < 10_000_000 ? 7 : 8;
}
