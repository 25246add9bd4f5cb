// FNV-1a over the eight octets of a number, as YCSB hashes key numbers (Utils.hash): the least
// significant octet first, xor, then multiply by 0x100000001B3 modulo 2^64.
//
// A 64-bit hash is two 32-bit halves here. The prime is 2^40 + 0x1B3, so one multiplication is
//   (high, low) * prime = (high * 0x1B3 + carry(low * 0x1B3) + (low << 8), low * 0x1B3),
// with the carry put together from 16-bit pieces. No step leaves 32-bit integers.

const OFFSET_HIGH = 0xcbf29ce4 | 0;
const OFFSET_LOW = 0x84222325 | 0;
const PRIME_LOW = 0x1b3;
const TWO_POW_32 = 2 ** 32;

/** Largest divisor for which (remainder * 2^32 + low) is exact in a double. */
const DIVISOR_MAX_ONE_STEP = 2 ** 21;
/** Largest divisor for which (remainder * 2^16 + half of low) is exact in a double. */
const DIVISOR_MAX_TWO_STEPS = 2 ** 37;

/**
 * Puts |FNV-1a-64(number)| into `pair`: `pair[0]` the high half, `pair[1]` the low half, both as
 * signed 32-bit integers. As with Java's Math.abs, -2^63 stays what it is.
 *
 * The number comes in two halves of 32 bits, signed or not: a double that is no small integer would
 * become an object on its way through a call.
 */
export function hashNumber(numberHigh: number, numberLow: number, pair: Int32Array): void {
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  let octets = numberLow;
  // The carries are worked out beside the products, not on the way to them: the loops wait for
  // less.
  for (let i = 0; i < 4; i++) {
    low ^= octets & 0xff;
    octets >>>= 8;
    const carry = ((low >>> 16) * PRIME_LOW + (((low & 0xffff) * PRIME_LOW) >>> 16)) >>> 16;
    high = (Math.imul(high, PRIME_LOW) + carry + (low << 8)) | 0;
    low = Math.imul(low, PRIME_LOW);
  }
  octets = numberHigh;
  for (let i = 0; i < 4; i++) {
    low ^= octets & 0xff;
    octets >>>= 8;
    const carry = ((low >>> 16) * PRIME_LOW + (((low & 0xffff) * PRIME_LOW) >>> 16)) >>> 16;
    high = (Math.imul(high, PRIME_LOW) + carry + (low << 8)) | 0;
    low = Math.imul(low, PRIME_LOW);
  }
  if (high < 0) {
    low = -low | 0;
    high = low === 0 ? -high | 0 : ~high;
  }
  pair[0] = high;
  pair[1] = low;
}

/** The high half of an integer from 0 to 2^53 - 1; `| 0` gives the low one. */
export function highHalf(number: number): number {
  return number < TWO_POW_32 ? 0 : Math.floor(number / TWO_POW_32) | 0;
}

/**
 * (high * 2^32 + low) modulo `divisor`, exactly. The halves may be signed; they are read as
 * unsigned. `divisor` is an integer, 1 <= divisor < 2^53.
 */
export function moduloPair(high: number, low: number, divisor: number): number {
  if (divisor <= DIVISOR_MAX_ONE_STEP) {
    return remainder(((high >>> 0) % divisor) * TWO_POW_32 + (low >>> 0), divisor);
  }
  if (divisor <= DIVISOR_MAX_TWO_STEPS) {
    const top = (high >>> 0) % divisor;
    const upper = remainder(top * 0x10000 + (low >>> 16), divisor);
    return remainder(upper * 0x10000 + (low & 0xffff), divisor);
  }
  let rest = high >>> 0;
  for (let bit = 31; bit >= 0; bit--) {
    // Twice the rest, less the divisor where it fits: nothing ever exceeds 2^53.
    rest = rest >= divisor - rest ? rest - (divisor - rest) : rest + rest;
    rest += (low >>> bit) & 1;
    if (rest === divisor) rest = 0;
  }
  return rest;
}

/**
 * x modulo divisor for integers, x below 2^53; by a division, which is quicker than the
 * floating-point `%`. The quotient is at least 1 / divisor below the next integer, and is rounded
 * by less than that.
 */
function remainder(x: number, divisor: number): number {
  return x - Math.floor(x / divisor) * divisor;
}
