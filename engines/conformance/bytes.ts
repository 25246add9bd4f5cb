// Keys and values for the cases.

const ENCODER = new TextEncoder();

export function text(value: string): Uint8Array {
  return ENCODER.encode(value);
}

export function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** A value of `length` bytes that depends on `seed` in every position. */
export function pattern(seed: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
}

/** Bytewise order: unsigned, the shorter first on a common prefix. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Keys on which stores stumble: empty, zeros and 0xFF, prefixes of one another, on both sides of
 * the sign bit, and pairs that become one when they are taken for UTF-8. In bytewise order.
 */
export function awkwardKeys(minBytes: number, maxBytes: number): Uint8Array[] {
  const keys = [
    bytes(),
    bytes(0),
    bytes(0, 0),
    bytes(0, 0xff),
    bytes(1),
    text("a"),
    text("a\0"),
    text("a\0\0"),
    text("aa"),
    text("ab"),
    text("abc"),
    text("abcd"),
    text("b"),
    bytes(0x7f),
    bytes(0x80),
    bytes(0x81),
    bytes(0xc0),
    bytes(0xc1),
    bytes(0xef, 0xbf, 0xbd),
    bytes(0xfe),
    bytes(0xfe, 0xff),
    bytes(0xff),
    bytes(0xff, 0),
    bytes(0xff, 0xff),
    bytes(0xff, 0xff, 0xff),
    new Uint8Array(300).fill(0xff),
  ];
  return keys.filter((key) => key.length >= minBytes && key.length <= maxBytes).sort(compareKeys);
}
