// A fixed scattering of 0 .. n-1 onto itself: which key has which rank, or which comes at which
// turn.
//
//  1. A Feistel network of `ROUNDS` rounds permutes the integers of 2b bits, the least even number
//     of bits that n needs: (left, right) becomes (right, left xor f(right)), round by round.
//  2. A result of n or more is put through again until it is below n (cycle walking; Black and
//     Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). At most three in four are.

const ROUNDS = 4;
const ROUND_KEYS = [0x9e3779b9 | 0, 0x7f4a7c15, 0x85ebca6b | 0, 0x2c1b3c6d] as const;

export class Permutation {
  private readonly items: number;
  private readonly halfBits: number;
  private readonly halfSize: number;
  private readonly halfMask: number;

  /** @param items From 1 to 2^52. */
  constructor(items: number) {
    if (!(items >= 1 && items <= 2 ** 52)) throw new RangeError(`items: ${items}`);
    this.items = items;
    this.halfBits = Math.max(1, Math.ceil(Math.log2(items) / 2));
    this.halfSize = 2 ** this.halfBits;
    this.halfMask = this.halfSize - 1;
  }

  /** The place of `index`, 0 <= index < items: another one for every index. */
  at(index: number): number {
    let value = index;
    do {
      let left = Math.floor(value / this.halfSize);
      let right = value - left * this.halfSize;
      for (let round = 0; round < ROUNDS; round++) {
        let mixed = Math.imul(right ^ ROUND_KEYS[round]!, 0x2c1b3c6d);
        mixed ^= mixed >>> 15;
        mixed = Math.imul(mixed, 0x297a2d39);
        mixed ^= mixed >>> 13;
        const swapped = left ^ (mixed & this.halfMask);
        left = right;
        right = swapped;
      }
      value = left * this.halfSize + right;
    } while (value >= this.items);
    return value;
  }
}
