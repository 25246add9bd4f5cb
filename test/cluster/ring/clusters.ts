// Clusters and rings for the tests of this folder.

import { Ring } from "../../../cluster/ring/ring.ts";
import type { RingNode } from "../../../cluster/ring/ring-node.ts";

/** Nodes of capacity 1 in one data centre: how many in each rack. */
export function racksOf(counts: readonly number[], dc = "a"): RingNode[] {
  return counts.flatMap((count, rack) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ id: `${dc}${rack}-${i}`, capacity: 1, rack: `rack${rack}`, dc },
    })),
  );
}

/** Nodes of these capacities in one data centre, each in a rack of its own. */
export function weighted(capacities: readonly number[], dc = "a"): RingNode[] {
  return capacities.map((capacity, i) => {
    const id = `${dc}${String(i).padStart(3, "0")}`;
    return { id, capacity, rack: id, dc };
  });
}

/** A ring of equal vnodes with these owners, by id. */
export function ringOf(nodes: readonly RingNode[], owners: readonly string[], epoch = 1): Ring {
  const width = 2 ** 32 / owners.length;
  const ids = nodes.map(({ id }) => id).sort();
  return new Ring({
    epoch,
    strategy: "fixed-partitions",
    nodes,
    tokens: Uint32Array.from(owners, (_, i) => Math.round((i + 1) * width) - 1),
    owners: Uint16Array.from(owners, (id) => ids.indexOf(id)),
  });
}

/** The ids of the owners, vnode by vnode. */
export function ownersOf(ring: Ring): string[] {
  return Array.from(ring.owners, (owner) => ring.nodes[owner]!.id);
}

/** How many vnodes each node has, in the order of ids. */
export function countsOf(ring: Ring): number[] {
  const counts = ring.nodes.map(() => 0);
  for (const owner of ring.owners) counts[owner]!++;
  return counts;
}
