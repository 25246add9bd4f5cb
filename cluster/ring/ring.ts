// The consistent-hash ring: who owns which positions. Positions are 0 to 2^32 - 1 (position.ts). A
// vnode ends at its token, which it includes, and starts behind the token before it; the first one
// also has what lies behind the last token. That is the picture of tokens as points on a circle and
// keys that go to the next point clockwise; equal partitions are tokens at equal distances.
//
//  I1. Tokens rise strictly, so that the vnodes part all positions between them: none twice, none
//      left over.
//  I2. Each vnode has one owner, an index into `nodes`, which are in the order of their ids.
//  I3. Nothing of a ring ever changes; another epoch is another ring.

import assert from "node:assert";
import { RING_POSITIONS } from "./position.ts";
import { checkNodes, type RingNode } from "./ring-node.ts";

/** How the tokens came to be. */
export type StrategyName = "fixed-partitions" | "random-tokens";

export interface RingParts {
  /** Counts the plans: an integer, at least 1. */
  readonly epoch: number;
  readonly strategy: StrategyName;
  readonly nodes: readonly RingNode[];
  readonly tokens: Uint32Array;
  /** By vnode: an index into `nodes` as ordered by id. */
  readonly owners: Uint16Array;
}

export class Ring implements RingParts {
  readonly epoch: number;
  readonly strategy: StrategyName;
  readonly nodes: readonly RingNode[];
  readonly tokens: Uint32Array;
  readonly owners: Uint16Array;
  /** By the first bits of a position: how many tokens are before all positions with these bits. */
  readonly #tokensBefore: Uint32Array;
  readonly #bucketShift: number;

  /** @throws RingError `RING_NODES` */
  constructor(parts: RingParts) {
    const { epoch, strategy, nodes, tokens, owners } = parts;
    assert(Number.isSafeInteger(epoch) && epoch >= 1, "the epoch is an integer from 1");
    assert(tokens.length > 0 && tokens.length === owners.length, "I2: one owner for each vnode");
    this.epoch = epoch;
    this.strategy = strategy;
    this.nodes = checkNodes(nodes);
    this.tokens = tokens.slice();
    this.owners = owners.slice();
    for (let vnode = 0; vnode < tokens.length; vnode++) {
      assert(vnode === 0 || tokens[vnode]! > tokens[vnode - 1]!, "I1: tokens rise");
      assert(owners[vnode]! < nodes.length, "I2: an owner is one of the nodes");
    }
    const bits = Math.min(20, Math.max(1, Math.ceil(Math.log2(tokens.length))));
    this.#bucketShift = 32 - bits;
    this.#tokensBefore = new Uint32Array(2 ** bits + 1);
    let vnode = 0;
    for (let bucket = 0; bucket <= 2 ** bits; bucket++) {
      while (vnode < tokens.length && tokens[vnode]! < bucket * 2 ** this.#bucketShift) vnode++;
      this.#tokensBefore[bucket] = vnode;
    }
  }

  /** The vnode of a position: 0 to `tokens.length` - 1. */
  lookup(position: number): number {
    assert(position >>> 0 === position, "a position is an integer from 0 to 2^32 - 1");
    const { tokens } = this;
    const bucket = position >>> this.#bucketShift;
    let low = this.#tokensBefore[bucket]!;
    let high = this.#tokensBefore[bucket + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (tokens[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low === tokens.length ? 0 : low;
  }

  ownerOf(vnode: number): RingNode {
    return this.nodes[this.owners[vnode]!]!;
  }

  /** How many positions a vnode has, 1 to 2^32. */
  sizeOf(vnode: number): number {
    const last = this.tokens.length - 1;
    if (vnode > 0) return this.tokens[vnode]! - this.tokens[vnode - 1]!;
    return this.tokens[0]! - this.tokens[last]! + RING_POSITIONS;
  }
}
