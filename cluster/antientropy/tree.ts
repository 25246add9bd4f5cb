// The hashes of the keys of one partition, summed by leaf: what is compared with another replica
// first. A leaf is a node of some level of the partition; the sum of any node above is that of its
// leaves, and is made when it is asked for: a million keys have 2^16 leaves, which are summed
// faster than one message is sent.
//
// That a sum stands for a set is the idea of incremental hashing (Bellare, Micciancio: "A New
// Paradigm for Collision-Free Hashing", EUROCRYPT 1997); with 48 bits it finds chance, not intent.
//
// Invariants:
//  I1. A leaf is the sum, modulo 2^48, of the hashes of the keys at its positions.

import assert from "node:assert";
import { minus, NO_HASH, plus } from "./hash48.ts";
import { LEVEL_MAX, type Partition } from "./partition.ts";

/** A leaf has about so many keys. */
const LEAF_KEYS = 16;
/** So many a leaf, and there are too few leaves. */
const FULL_LEAF_KEYS = 32;
/** So few, and there are too many. */
const EMPTY_LEAF_KEYS = 2;

export class SumTree {
  readonly partition: Partition;
  /** There are 2^level leaves. */
  readonly level: number;
  #keys = 0;
  readonly #sums: Float64Array;

  constructor(partition: Partition, level: number) {
    assert(level >= 0 && level <= LEVEL_MAX, "a level is 0 to LEVEL_MAX");
    this.partition = partition;
    this.level = level;
    this.#sums = new Float64Array(2 ** level);
  }

  /** A tree that was saved. */
  static restore(partition: Partition, keys: number, sums: Float64Array): SumTree {
    const tree = new SumTree(partition, Math.log2(sums.length));
    tree.#keys = keys;
    tree.#sums.set(sums);
    return tree;
  }

  get keys(): number {
    return this.#keys;
  }

  /** Another level would fit, and a scan of the keys can give it. */
  get isFull(): boolean {
    return this.level < LEVEL_MAX && this.#keys > FULL_LEAF_KEYS * this.#sums.length;
  }

  get isSparse(): boolean {
    return this.level > 0 && this.#keys < EMPTY_LEAF_KEYS * this.#sums.length;
  }

  /** A key has another hash now; NO_HASH where it was not there, or is no more. */
  change(position: number, before: number, after: number): void {
    const { partition } = this;
    const leaf = partition.nodeOf(partition.offsetOf(position), this.level);
    if (before === NO_HASH) this.#keys++;
    if (after === NO_HASH) this.#keys--;
    this.#sums[leaf] = plus(minus(this.#sums[leaf]!, before), after);
  }

  /** The sum of a node of a level from 0 to `level`. */
  sumOf(level: number, node: number): number {
    assert(level <= this.level && node < 2 ** level, "a node of this tree");
    const width = 2 ** (this.level - level);
    let sum = 0;
    for (let leaf = node * width; leaf < (node + 1) * width; leaf++) {
      sum = plus(sum, this.#sums[leaf]!);
    }
    return sum;
  }

  leaf(leaf: number): number {
    return this.#sums[leaf]!;
  }

  /** The level at which a leaf has some LEAF_KEYS keys. */
  static levelFor(keys: number): number {
    return Math.min(LEVEL_MAX, Math.max(0, Math.ceil(Math.log2(Math.max(1, keys / LEAF_KEYS)))));
  }

  /** The same with the leaves that it should have, if these are not more. */
  fitted(): SumTree {
    const level = SumTree.levelFor(this.#keys);
    if (level >= this.level) return this;
    const fitted = new SumTree(this.partition, level);
    fitted.#keys = this.#keys;
    for (let leaf = 0; leaf < 2 ** level; leaf++) fitted.#sums[leaf] = this.sumOf(level, leaf);
    return fitted;
  }
}
