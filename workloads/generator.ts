// What all generators of integers have in common.

/** Draws integers by some law. */
export interface IntegerGenerator {
  /** The next draw. */
  next(): number;
}

/** Draws ranks, 0 the most frequent, from a range that may grow between two draws. */
export interface RankGenerator {
  /** A rank, 0 <= rank < count; `count` is at least 1. */
  nextOf(count: number): number;
}
