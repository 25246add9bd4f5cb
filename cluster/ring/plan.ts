// The planner: from the ring there is, the nodes there will be and the rules, the next ring. It is
// a pure function; the same arguments, and a random stream from the same seed, give the same plan.

import type { RandomStream } from "../runtime.ts";
import { type Imbalance, imbalanceOf } from "./load.ts";
import { type Move, movesBetween } from "./movement.ts";
import { Ring } from "./ring.ts";
import { RingError } from "./ring-error.ts";
import {
  checkNodes,
  checkReplicas,
  checkRule,
  type PlacementRules,
  type RingNode,
} from "./ring-node.ts";
import type { RingStrategy, Violations } from "./strategy.ts";

export interface Plan {
  /** The current ring itself when nothing is to change; else one of the next epoch. */
  readonly ring: Ring;
  readonly moves: readonly Move[];
  readonly violations: Violations;
  readonly imbalance: Imbalance;
}

/**
 * @param current Absent for the first ring, which gets epoch 1.
 * @param nodes All nodes that there are to be, in any order.
 * @throws RingError `RING_NODES`, `RING_RULES`, and `RING_OPTIONS` for a change of strategy
 */
export function plan(
  current: Ring | undefined,
  nodes: readonly RingNode[],
  rules: PlacementRules,
  strategy: RingStrategy,
  random: RandomStream,
): Plan {
  const checked = checkNodes(nodes);
  checkReplicas(rules.replicas);
  if (rules.racksApart !== undefined) checkRule(rules.racksApart);
  if (current !== undefined && current.strategy !== strategy.name) {
    const message =
      `the ring was planned with ${current.strategy}, not ${strategy.name}: a ring keeps its ` +
      "strategy; plan with the old one, or copy the data into a new cluster";
    throw new RingError("RING_OPTIONS", message);
  }
  const placement = strategy.place(current, checked, rules, random);
  const next = new Ring({
    epoch: (current?.epoch ?? 0) + 1,
    strategy: strategy.name,
    nodes: checked,
    ...placement,
  });
  const ring = current !== undefined && isSame(current, next) ? current : next;
  return {
    ring,
    moves: movesBetween(current, ring),
    violations: strategy.violations(ring, rules),
    imbalance: imbalanceOf(ring, rules.replicas),
  };
}

/** Whether two rings differ in their epoch only. */
function isSame(a: Ring, b: Ring): boolean {
  return (
    JSON.stringify(a.nodes) === JSON.stringify(b.nodes) &&
    a.tokens.length === b.tokens.length &&
    a.tokens.every((token, vnode) => token === b.tokens[vnode]) &&
    a.owners.every((owner, vnode) => owner === b.owners[vnode])
  );
}
