// Keys that are made to have one position, which chance hardly ever gives.

/** The inverse of an odd number modulo 2^32, by Newton's method. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}

/**
 * Eight bytes with the hash, and so the position, of all others that it makes: the second half
 * undoes the first in the mix of engines/index/hash.ts.
 */
export function collidingKey(i: number): Uint8Array {
  const [c1, c2] = [0xcc9e2d51 | 0, 0x1b873593 | 0];
  const scramble = (word: number): number => {
    const mixed = Math.imul(word, c1);
    return Math.imul((mixed << 15) | (mixed >>> 17), c2);
  };
  const unscramble = (word: number): number => {
    const mixed = Math.imul(word, inverseOf(c2));
    return Math.imul((mixed >>> 15) | (mixed << 17), inverseOf(c1));
  };
  const first = (0x9747b28c | 0) ^ scramble(i);
  const hash = (Math.imul((first << 13) | (first >>> 19), 5) + 0xe6546b64) | 0;
  const key = new DataView(new ArrayBuffer(8));
  key.setInt32(0, i, true);
  key.setInt32(4, unscramble(hash ^ 12345), true);
  return new Uint8Array(key.buffer);
}
