// Equal partitions, their number fixed for the life of the ring, as in Riak and in strategy 3 of
// Dynamo (section 6.2). Any `replicas` partitions in a row should be on different nodes and in
// different racks, so that the walk takes them as they come and load stays even.
//
//  1. Each node is due its share of all partitions by capacity, rounded down or up.
//  2. So is each data centre; its slots are laid evenly over the ring (dc-slots.ts).
//  3. The slots of each centre form a circle of their own, which is placed alone (place-slots.ts):
//     the walk fills the replicas of a centre from the slots of that centre only.

import type { RandomStream } from "../runtime.ts";
import { type Centre, centresOf } from "./centre.ts";
import { type CircleShape, NOBODY } from "./circle.ts";
import { slotCentres } from "./dc-slots.ts";
import { placeSlots } from "./place-slots.ts";
import { RING_POSITIONS } from "./position.ts";
import { nearestCounts, type Quotas, quotasOf } from "./quota.ts";
import type { Ring } from "./ring.ts";
import { RingError } from "./ring-error.ts";
import type { PlacementRules, RingNode } from "./ring-node.ts";
import type { Placement, RingStrategy } from "./strategy.ts";
import { windowViolations } from "./violations.ts";

const PARTITIONS_MAX = 2 ** 16;

/**
 * @param partitions A power of two, 1 to 65,536; at least one a node.
 * @throws RingError `RING_OPTIONS`
 */
export function fixedPartitions(partitions: number): RingStrategy {
  const isPower = Number.isInteger(partitions) && Number.isInteger(Math.log2(partitions));
  if (!isPower || partitions < 1 || partitions > PARTITIONS_MAX) {
    const range = `a power of two from 1 to ${PARTITIONS_MAX}`;
    throw new RingError("RING_OPTIONS", `${partitions} partitions: choose ${range}`);
  }
  return {
    name: "fixed-partitions",
    place: (current, nodes, rules, random) => place(partitions, current, nodes, rules, random),
    violations: windowViolations,
  };
}

function place(
  partitions: number,
  current: Ring | undefined,
  nodes: readonly RingNode[],
  rules: PlacementRules,
  random: RandomStream,
): Placement {
  if (nodes.length > partitions) {
    const message = `${nodes.length} nodes for ${partitions} partitions: there are too few`;
    throw new RingError("RING_OPTIONS", message);
  }
  if (current !== undefined && current.tokens.length !== partitions) {
    const message =
      `the ring has ${current.tokens.length} partitions, not ${partitions}: their number is ` +
      "fixed; plan with the old number, or copy the data into a new cluster";
    throw new RingError("RING_OPTIONS", message);
  }
  const weights = nodes.map(({ capacity }) => capacity);
  const quotas = quotasOf(weights, partitions);
  const homes = homesOf(current, nodes, partitions);
  const centres = centresOf(nodes, rules).filter(({ members }) => members.length > 0);
  const slots = centreSlots(centres, weights, homes, quotas);
  const owners = new Uint16Array(partitions);
  centres.forEach((centre, index) => {
    const shape = shapeOf(centre, slots[index]!, homes, quotas);
    if (shape.homes.length === 0) return;
    const placed = placeSlots(shape, random.split(centre.name));
    placed.forEach((member, i) => {
      owners[slots[index]![i]!] = centre.members[member]!;
    });
  });
  const width = RING_POSITIONS / partitions;
  return { tokens: Uint32Array.from(owners, (_, slot) => (slot + 1) * width - 1), owners };
}

/** The owners there were, as indices into the nodes of the plan; NOBODY for one that is gone. */
function homesOf(
  current: Ring | undefined,
  nodes: readonly RingNode[],
  partitions: number,
): Int32Array {
  if (current === undefined) return new Int32Array(partitions).fill(NOBODY);
  const indexOf = new Map(nodes.map(({ id }, index) => [id, index]));
  return Int32Array.from(current.owners, (owner) => {
    return indexOf.get(current.nodes[owner]!.id) ?? NOBODY;
  });
}

/** Step 2: the slots of each centre, rising. */
function centreSlots(
  centres: readonly Centre[],
  weights: readonly number[],
  homes: Int32Array,
  quotas: Quotas,
): number[][] {
  const centreOf = new Int32Array(weights.length);
  const rackOf = new Int32Array(weights.length);
  centres.forEach(({ members, racks }, index) => {
    members.forEach((node, member) => {
      centreOf[node] = index;
      rackOf[node] = racks[member]!;
    });
  });
  const racksApart = Int32Array.from(centres, (centre) => centre.racksApart);
  const now = new Int32Array(centres.length);
  for (const home of homes) if (home !== NOBODY) now[centreOf[home]!]!++;
  const sums = centres.map(({ members }) => members.reduce((sum, x) => sum + weights[x]!, 0));
  const targets = nearestCounts(quotasOf(sums, homes.length), now, homes.length);
  const slots: number[][] = centres.map(() => []);
  slotCentres({ homes, centreOf, rackOf, racksApart, quotas }, targets).forEach((centre, slot) => {
    slots[centre]!.push(slot);
  });
  return slots;
}

/** The task of step 3, in which nodes are numbered within their centre. */
function shapeOf(
  centre: Centre,
  slots: readonly number[],
  homes: Int32Array,
  { lows, highs }: Quotas,
): CircleShape {
  const memberOf = new Map(centre.members.map((node, member) => [node, member]));
  return {
    racks: centre.racks,
    lows: Int32Array.from(centre.members, (node) => lows[node]!),
    highs: Int32Array.from(centre.members, (node) => highs[node]!),
    homes: Int32Array.from(slots, (slot) => memberOf.get(homes[slot]!) ?? NOBODY),
    nodeWindow: centre.nodesApart,
    rackWindow: centre.racksApart,
  };
}
