// A set of the writes of one key, by number, as bits.

export class WriteSet {
  readonly #words: Int32Array;

  /** For members 0 <= id < size; sets that are used together have the same size. */
  constructor(size: number | Int32Array) {
    this.#words = typeof size === "number" ? new Int32Array((size + 31) >>> 5) : size;
  }

  clone(): WriteSet {
    return new WriteSet(this.#words.slice());
  }

  add(id: number): void {
    this.#words[id >>> 5]! |= 1 << (id & 31);
  }

  has(id: number): boolean {
    return (this.#words[id >>> 5]! & (1 << (id & 31))) !== 0;
  }

  addAll(other: WriteSet): void {
    const words = this.#words;
    for (let i = 0; i < words.length; i++) words[i]! |= other.#words[i]!;
  }

  get isEmpty(): boolean {
    return this.#words.every((word) => word === 0);
  }

  /** The lowest member from `from` on that `other` lacks, or -1. */
  nextMissing(other: WriteSet, from: number): number {
    const words = this.#words;
    let mask = -1 << (from & 31);
    for (let i = from >>> 5; i < words.length; i++) {
      const left = words[i]! & ~other.#words[i]! & mask;
      if (left !== 0) return 32 * i + (31 - Math.clz32(left & -left));
      mask = -1;
    }
    return -1;
  }

  /** The members, ascending. */
  *ids(): Generator<number> {
    for (let i = 0; i < this.#words.length; i++) {
      for (let word = this.#words[i]!; word !== 0; word &= word - 1) {
        yield 32 * i + (31 - Math.clz32(word & -word));
      }
    }
  }
}
