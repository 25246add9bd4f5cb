// What changes hands between two rings.

import type { NodeId } from "../runtime.ts";
import { RING_POSITIONS } from "./position.ts";
import type { Ring } from "./ring.ts";
import type { RingNode } from "./ring-node.ts";

/** Positions that get another owner. */
export interface Move {
  /** Both inclusive. */
  readonly first: number;
  readonly last: number;
  /** May have left the cluster. */
  readonly from: NodeId;
  readonly to: NodeId;
}

/** In the order of positions, none overlapping; empty when there was no ring before. */
export function movesBetween(before: Ring | undefined, after: Ring): Move[] {
  if (before === undefined) return [];
  const ends = Float64Array.from([...before.tokens, ...after.tokens, RING_POSITIONS - 1]).sort();
  const moves: Move[] = [];
  let first = 0;
  for (const last of ends) {
    // Tokens of both rings that are the same end one range.
    if (last < first) continue;
    const from = before.ownerOf(before.lookup(last)).id;
    const to = after.ownerOf(after.lookup(last)).id;
    if (from !== to) moves.push({ first, last, from, to });
    first = last + 1;
  }
  return moves;
}

/** The share of all positions that moves, 0 to 1. */
export function movedShare(moves: readonly Move[]): number {
  return moves.reduce((sum, { first, last }) => sum + (last - first + 1) / RING_POSITIONS, 0);
}

/** The least share that must move so that every node has what its capacity makes its due. */
export function idealShare(before: readonly RingNode[], after: readonly RingNode[]): number {
  const due = (nodes: readonly RingNode[]) => {
    const sum = nodes.reduce((total, { capacity }) => total + capacity, 0);
    return new Map(nodes.map(({ id, capacity }) => [id, capacity / sum]));
  };
  const dueBefore = due(before);
  let gained = 0;
  for (const [id, share] of due(after)) gained += Math.max(0, share - (dueBefore.get(id) ?? 0));
  return gained;
}
