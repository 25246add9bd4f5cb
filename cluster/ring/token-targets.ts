// What each node of a data centre is due, so that tokens can be placed for it.

import type { Centre } from "./centre.ts";
import type { RingNode } from "./ring-node.ts";
import type { TokenTargets } from "./token-walk.ts";

/** A node that takes no part; its due must not be 0, as balance divides by it. */
const NOTHING = 1e-9;

/**
 * What the `present` members (numbers within the centre) are due. As long as they are no more than
 * the replicas, all hold everything, and the balance of what they own counts instead.
 *
 * @param firstWeight How much the first node of a walk counts, the others counting 1.
 */
export function targetsOf(
  centre: Centre,
  nodes: readonly RingNode[],
  present: ReadonlySet<number>,
  firstWeight: number,
): TokenTargets {
  const replicas = present.size > centre.replicas ? Math.max(1, centre.replicas) : 1;
  const weights = centre.members.map((node, member) =>
    present.has(member) ? nodes[node]!.capacity : 0,
  );
  const rackWeights = new Array<number>(centre.rackCount).fill(0);
  weights.forEach((weight, member) => {
    rackWeights[centre.racks[member]!]! += weight;
  });
  const racksPresent = rackWeights.filter((weight) => weight > 0).length;
  let due = shareOut(weights, replicas);
  if (racksPresent >= replicas) {
    // A walk takes no rack twice, so that no rack is due more than one copy of anything.
    const rackDue = shareOut(rackWeights, replicas);
    due = weights.map((weight, member) => {
      const rack = centre.racks[member]!;
      return weight === 0 ? 0 : (rackDue[rack]! * weight) / rackWeights[rack]!;
    });
  }
  // Loads add up to this many copies, one of which counts as `firstWeight`.
  const weightOfAll = (replicas - 1 + firstWeight) / replicas;
  return {
    racks: centre.racks,
    replicas,
    racksWanted: Math.min(replicas, racksPresent),
    firstWeight,
    due: Float64Array.from(due, (share) => Math.max(NOTHING, share * weightOfAll)),
  };
}

/** Parts `total` in proportion to the weights, no part above 1; the others take what is over. */
function shareOut(weights: readonly number[], total: number): number[] {
  const parts = weights.map(() => 0);
  const open = new Set([...weights.keys()].filter((i) => weights[i]! > 0));
  let left = total;
  for (;;) {
    const sum = [...open].reduce((s, i) => s + weights[i]!, 0);
    const full = [...open].filter((i) => (weights[i]! / sum) * left > 1);
    if (full.length === 0) {
      for (const i of open) parts[i] = (weights[i]! / sum) * left;
      return parts;
    }
    for (const i of full) {
      parts[i] = 1;
      open.delete(i);
    }
    left -= full.length;
  }
}
