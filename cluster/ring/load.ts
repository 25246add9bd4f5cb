// How much of the ring each node has, against what its capacity makes its due.

import { centresOf } from "./centre.ts";
import { RING_POSITIONS } from "./position.ts";
import { PlacementWalk } from "./preference-list.ts";
import type { Ring } from "./ring.ts";
import type { ReplicationRule } from "./ring-node.ts";

/** Of the nodes that are due anything: 1 is what is due. */
export interface Balance {
  readonly heaviest: number;
  readonly lightest: number;
}

export interface Imbalance {
  /** Of the positions that nodes own, over all data centres. */
  readonly ownership: Balance;
  /** Of the copies that nodes hold after the walk, in their data centre. */
  readonly replicas: Balance;
}

/** The share of all positions that each node owns, 0 to 1. */
function ownershipOf(ring: Ring): Float64Array {
  const shares = new Float64Array(ring.nodes.length);
  ring.owners.forEach((owner, vnode) => {
    shares[owner]! += ring.sizeOf(vnode) / RING_POSITIONS;
  });
  return shares;
}

/** The share of all positions of which each node holds a copy, 0 to 1. */
function replicaLoadOf(ring: Ring, rule: ReplicationRule): Float64Array {
  const shares = new Float64Array(ring.nodes.length);
  const walk = new PlacementWalk(ring, rule);
  ring.owners.forEach((_, vnode) => {
    for (const node of walk.from(vnode)) shares[node]! += ring.sizeOf(vnode) / RING_POSITIONS;
  });
  return shares;
}

export function imbalanceOf(ring: Ring, rule: ReplicationRule): Imbalance {
  const sum = ring.nodes.reduce((total, { capacity }) => total + capacity, 0);
  const owned = ring.nodes.map(({ capacity }) => capacity / sum);
  const copies = ring.nodes.map(() => 0);
  for (const { members, replicas } of centresOf(ring.nodes, { replicas: rule })) {
    const capacity = members.reduce((total, node) => total + ring.nodes[node]!.capacity, 0);
    for (const node of members) {
      copies[node] = (Math.min(replicas, members.length) * ring.nodes[node]!.capacity) / capacity;
    }
  }
  return {
    ownership: balanceOf(ownershipOf(ring), owned),
    replicas: balanceOf(replicaLoadOf(ring, rule), copies),
  };
}

/** Both 1 when nobody is due anything. */
function balanceOf(shares: Float64Array, due: readonly number[]): Balance {
  let heaviest = Number.NEGATIVE_INFINITY;
  let lightest = Number.POSITIVE_INFINITY;
  shares.forEach((share, node) => {
    if (due[node]! === 0) return;
    heaviest = Math.max(heaviest, share / due[node]!);
    lightest = Math.min(lightest, share / due[node]!);
  });
  return heaviest < 0 ? { heaviest: 1, lightest: 1 } : { heaviest, lightest };
}
