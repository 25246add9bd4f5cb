// A set of operations as bits, with a hash and the range of words that says anything.
//
// Invariants:
//  I1. Words below `low` are all ones, and word `low` is not, if there is one.
//  I2. Words above `high` are all zeros, and word `high` is not, if there is one.
// So equal sets have equal `low`, `high` and words between, and these are few: what lies before is
// done, what lies after was not begun.

export class OperationSet {
  readonly words: Int32Array;
  low = 0;
  high = -1;
  /** Depends on the members alone, not on the order in which they came. */
  hash = 0;

  /** For members 0 <= i < size. */
  constructor(size: number) {
    // One bit more than needed, so that the last word is never all ones.
    this.words = new Int32Array((size >>> 5) + 1);
  }

  has(i: number): boolean {
    return (this.words[i >>> 5]! & (1 << (i & 31))) !== 0;
  }

  /** Adds what is not in it. */
  add(i: number): void {
    const { words } = this;
    const word = i >>> 5;
    words[word]! |= 1 << (i & 31);
    this.hash ^= spread(i);
    if (word > this.high) this.high = word;
    while (words[this.low] === -1) this.low++;
  }

  /** Removes what is in it. */
  remove(i: number): void {
    const { words } = this;
    const word = i >>> 5;
    words[word]! &= ~(1 << (i & 31));
    this.hash ^= spread(i);
    if (word < this.low) this.low = word;
    while (this.high >= 0 && words[this.high] === 0) this.high--;
  }
}

/** Bits all over the word that differ for neighbours (the finalizer of MurmurHash3). */
export function spread(value: number): number {
  let bits = Math.imul((value + 1) ^ ((value + 1) >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
