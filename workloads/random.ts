// A seeded generator of random numbers: sfc32 (Chris Doty-Humphrey, PractRand), three words of
// chaotic state and a counter, so that no stream is shorter than 2^32 draws.
//
//  I1. The same seed and the same path of `split` give the same stream, on every machine.
//  I2. `split` depends on the key of its generator alone: it neither changes nor reads how far that
//      generator has been drawn from.

const TWO_POW_MINUS_53 = 2 ** -53;
const TWO_POW_53 = 2 ** 53;
const TWO_POW_32 = 2 ** 32;

/** Rounds after seeding, so that keys that differ in one bit share nothing. */
const WARMUP_ROUNDS = 15;

export class Random {
  private readonly key: Int32Array;
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  /** @param seed An integer, 0 to 2^53 - 1; a key of four words is for `split` alone. */
  constructor(seed: number | Int32Array) {
    if (typeof seed === "number") {
      if (!Number.isSafeInteger(seed) || seed < 0) {
        throw new RangeError(`seed must be an integer from 0 to 2^53 - 1, not ${seed}`);
      }
      this.key = absorbNumber(
        new Int32Array([0x2545f491, 0x6c078965, 0x1b873593, 0x27d4eb2f]),
        seed,
      );
    } else {
      this.key = seed;
    }
    this.a = this.key[0]!;
    this.b = this.key[1]!;
    this.c = this.key[2]!;
    this.counter = this.key[3]!;
    for (let round = 0; round < WARMUP_ROUNDS; round++) this.nextInt32();
  }

  /** An independent stream, named by a text or an integer of 0 to 2^53 - 1 (I2). */
  split(label: string | number): Random {
    const key = this.key.slice();
    if (typeof label === "number") return new Random(absorbNumber(absorb(key, 1), label));
    absorb(key, 2);
    for (let i = 0; i < label.length; i++) absorb(key, label.charCodeAt(i));
    return new Random(absorb(key, label.length));
  }

  /** Uniform over all 32-bit integers, signed. */
  nextInt32(): number {
    const c = this.c;
    const b = this.b;
    const result = (this.a + b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result;
  }

  /** Uniform over the multiples of 2^-53 in [0, 1). */
  nextDouble(): number {
    const high = this.nextInt32() >>> 5;
    const low = this.nextInt32() >>> 6;
    return (high * 0x4000000 + low) * TWO_POW_MINUS_53;
  }

  /**
   * Uniform over the integers 0 <= x < bound; `bound` is an integer from 1 to 2^53. Up to 2^32 the
   * chances of two results differ by less than one part in 2^21, above they are equal.
   */
  nextBelow(bound: number): number {
    if (bound <= TWO_POW_32) return Math.floor(this.nextDouble() * bound);
    const limit = TWO_POW_53 - (TWO_POW_53 % bound);
    for (;;) {
      const draw = this.nextDouble() * TWO_POW_53;
      if (draw < limit) return draw % bound;
    }
  }
}

function absorbNumber(key: Int32Array, value: number): Int32Array {
  return absorb(absorb(key, value | 0), Math.floor(value / TWO_POW_32) | 0);
}

/** Mixes one word into the four of a key; each word of the key depends on all that came before. */
function absorb(key: Int32Array, word: number): Int32Array {
  let carried = word | 0;
  for (let lane = 0; lane < 8; lane++) {
    let mixed = Math.imul(key[lane & 3]! ^ carried, 0x85ebca6b) + Math.imul(lane + 1, 0x9e3779b9);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    mixed ^= mixed >>> 13;
    key[lane & 3] = mixed;
    carried = mixed;
  }
  return key;
}
