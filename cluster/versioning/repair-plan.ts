// Which replica needs which version after a read of several (read repair).
//
// Steps:
//  1. Of all versions that were answered, keep those that no other is newer than, one of equals.
//  2. Each node gets those of them that it did not answer with.

import type { NodeId } from "../runtime.ts";
import type { Order } from "./vector-clock.ts";

export interface Reply<V> {
  readonly node: NodeId;
  /** What the node holds; empty for nothing. */
  readonly versions: readonly V[];
}

export interface Repair<V> {
  readonly node: NodeId;
  readonly version: V;
}

/**
 * The fewest versions that make all nodes hold the same, in order of the nodes' first replies. A
 * node may reply more than once. `compare` says what its first argument is to its second.
 */
export function repairs<V>(
  replies: readonly Reply<V>[],
  compare: (a: V, b: V) => Order,
): Repair<V>[] {
  const newest: V[] = [];
  for (const { versions } of replies) {
    for (const version of versions) addNewest(newest, version, compare);
  }
  const held = new Map<NodeId, V[]>();
  for (const { node, versions } of replies)
    held.set(node, [...(held.get(node) ?? []), ...versions]);
  const plan: Repair<V>[] = [];
  for (const [node, own] of held) {
    for (const version of newest) {
      if (!own.some((other) => compare(other, version) === "equal")) plan.push({ node, version });
    }
  }
  return plan;
}

/** Step 1, one version at a time. */
function addNewest<V>(newest: V[], version: V, compare: (a: V, b: V) => Order): void {
  for (let i = newest.length - 1; i >= 0; i--) {
    const order = compare(newest[i]!, version);
    if (order === "after" || order === "equal") return;
    if (order === "before") newest.splice(i, 1);
  }
  newest.push(version);
}
