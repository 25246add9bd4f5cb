// Who answers for a vnode while some nodes are down: the sloppy quorum of Dynamo (DeCandia et al.:
// Dynamo, SOSP 2007, section 4.6). In place of each primary that is down stands the next node of
// its data centre on the walk that is up and in the list neither as a primary nor for another.

import type { NodeId } from "../runtime.ts";
import type { PreferenceList } from "./preference-list.ts";
import type { Ring } from "./ring.ts";

export interface ActiveReplica {
  readonly node: NodeId;
  /** The primary that is down and whose writes this node keeps for it; absent for a primary. */
  readonly standsInFor?: NodeId;
}

export interface ActiveList {
  /** The primaries that are up in their order, then the stand-ins. Different nodes. */
  readonly replicas: readonly ActiveReplica[];
  /** Primaries that are down and for which no node is left. */
  readonly unfilled: readonly NodeId[];
}

/** All nodes with a vnode that are not in the list, in the order in which the walk goes on. */
export function fallbacksOf(ring: Ring, vnode: number, list: PreferenceList): NodeId[] {
  const found = new Set<NodeId>(list.nodes);
  const primaries = found.size;
  for (let steps = 0; steps < ring.owners.length && found.size < ring.nodes.length; steps++) {
    found.add(ring.ownerOf((vnode + steps) % ring.owners.length).id);
  }
  return [...found].slice(primaries);
}

export function activeList(
  ring: Ring,
  vnode: number,
  list: PreferenceList,
  isUp: (node: NodeId) => boolean,
): ActiveList {
  const up = list.nodes.filter(isUp);
  if (up.length === list.nodes.length) {
    return { replicas: up.map((node) => ({ node })), unfilled: [] };
  }
  const dcOf = new Map(ring.nodes.map(({ id, dc }) => [id, dc]));
  const free = fallbacksOf(ring, vnode, list).filter(isUp);
  const replicas: ActiveReplica[] = up.map((node) => ({ node }));
  const unfilled: NodeId[] = [];
  for (const primary of list.nodes) {
    if (up.includes(primary)) continue;
    const index = free.findIndex((node) => dcOf.get(node) === dcOf.get(primary));
    if (index < 0) unfilled.push(primary);
    else replicas.push({ node: free.splice(index, 1)[0]!, standsInFor: primary });
  }
  return { replicas, unfilled };
}
