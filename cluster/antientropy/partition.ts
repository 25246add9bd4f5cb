// A range of positions whose keys have the same replicas: a vnode, or a part of one.
//
// Its positions are counted from its first one: the offset of a position is 0 to `size` - 1, also
// where the range goes around the end of the ring. At level k the offsets are cut into 2^k nodes of
// equal size, but for rounding; node i of level k is nodes 2i and 2i + 1 of level k + 1 together.

import assert from "node:assert";
import { RING_POSITIONS } from "../ring/position.ts";

/** Beyond this level rounding could tell wrongly in which node an offset is. */
export const LEVEL_MAX = 20;

/** A run of offsets: from `start`, inclusive, to `end`, exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class Partition {
  /** The position before the first. */
  readonly after: number;
  /** The last position. */
  readonly to: number;
  /** The first position. */
  readonly first: number;
  /** How many positions it has, 1 to 2^32. */
  readonly size: number;

  /** With `after` equal to `to` it is the whole ring. */
  constructor(after: number, to: number) {
    assert(after >>> 0 === after && to >>> 0 === to, "positions are integers from 0 to 2^32 - 1");
    this.after = after;
    this.to = to;
    this.first = (after + 1) >>> 0;
    this.size = (to - after) >>> 0 || RING_POSITIONS;
  }

  /** Of any position: at least `size` when it is not in the range. */
  offsetOf(position: number): number {
    return (position - this.first) >>> 0;
  }

  has(position: number): boolean {
    return this.offsetOf(position) < this.size;
  }

  isSame(other: Partition): boolean {
    return this.after === other.after && this.to === other.to;
  }

  /** The node of a level that an offset is in: 0 to 2^level - 1. */
  nodeOf(offset: number, level: number): number {
    return Math.floor((offset * 2 ** level) / this.size);
  }

  /** The first offset of a node, and so the end of the one before. */
  startOf(node: number, level: number): number {
    return Math.ceil((node * this.size) / 2 ** level);
  }

  get all(): Span {
    return { start: 0, end: this.size };
  }

  /** The offsets of some nodes of a level, given in ascending order; neighbours are one span. */
  spansOf(nodes: readonly number[], level: number): Span[] {
    const spans: { start: number; end: number }[] = [];
    for (const node of nodes) {
      const start = this.startOf(node, level);
      const end = this.startOf(node + 1, level);
      const last = spans.at(-1);
      if (last !== undefined && last.end === start) last.end = end;
      else if (end > start) spans.push({ start, end });
    }
    return spans;
  }

  toString(): string {
    return `(${this.after}, ${this.to}]`;
  }
}

/**
 * The partitions of the vnodes of one or several rings: cut at the tokens of all, so that each is a
 * part of one vnode of every ring. Together they are all positions, each once. In the order of
 * their ends.
 */
export function partitionsOf(...rings: readonly { readonly tokens: Uint32Array }[]): Partition[] {
  const tokens = [...new Set(rings.flatMap((ring) => [...ring.tokens]))].sort((a, b) => a - b);
  assert(tokens.length > 0, "a ring has a token");
  return tokens.map((to, i) => new Partition(tokens[i > 0 ? i - 1 : tokens.length - 1]!, to));
}
