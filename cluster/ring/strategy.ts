// What the two ways to divide a ring have in common.

import type { NodeId, RandomStream } from "../runtime.ts";
import type { Ring, StrategyName } from "./ring.ts";
import type { PlacementRules, RingNode } from "./ring-node.ts";

/** One spot at which a placement falls short. */
export interface Violation {
  readonly kind: "node" | "rack" | "dc";
  readonly dc: string;
  /** The vnode at which the spot starts; absent where all of them are meant. */
  readonly vnode?: number;
  /** Of a pair: who is there twice, or whose racks are the same. */
  readonly nodes?: readonly [NodeId, NodeId];
}

export interface Violations {
  /** Weighted pairs of vnodes on one node; 0 when no preference list needs to skip one. */
  readonly node: number;
  /** Weighted pairs of vnodes in one rack, likewise. */
  readonly rack: number;
  /** Replicas for which their data centre has no node. */
  readonly dc: number;
  /** The first of them, at most 256. */
  readonly listed: readonly Violation[];
}

export interface Placement {
  readonly tokens: Uint32Array;
  /** Indices into the nodes. */
  readonly owners: Uint16Array;
}

export interface RingStrategy {
  readonly name: StrategyName;
  /**
   * @param nodes Checked, in the order of their ids.
   * @throws RingError `RING_OPTIONS`
   */
  place(
    current: Ring | undefined,
    nodes: readonly RingNode[],
    rules: PlacementRules,
    random: RandomStream,
  ): Placement;
  violations(ring: Ring, rules: PlacementRules): Violations;
}

export const LISTED_MAX = 256;
