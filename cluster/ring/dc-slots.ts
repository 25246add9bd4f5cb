// Which data centre has which slots of a ring of equal partitions. The walk looks at the slots of
// one centre at a time, so what counts is that they lie evenly.
//
//  1. From nothing: each slot goes to the centre that lags furthest behind its share.
//  2. Else each centre that is to have more slots takes them one by one: first free ones, then of
//     nodes that are to have fewer, then of nodes that can spare one; rather not where the loser's
//     slots on both sides, which move together, would bring equal racks too near each other; and of
//     these where its own next slots are furthest.

import type { Quotas } from "./quota.ts";

const FREE = -1;

export interface SlotState {
  /** Of each slot the node that has it, or -1. */
  readonly homes: Int32Array;
  /** The data centre of each node. */
  readonly centreOf: Int32Array;
  /** The rack of each node, a number of its own in each data centre. */
  readonly rackOf: Int32Array;
  /** How many slots of a centre in a row should be in different racks. */
  readonly racksApart: Int32Array;
  readonly quotas: Quotas;
}

/** A data centre for each slot, so many for each as `targets` says. */
export function slotCentres(state: SlotState, targets: Int32Array): Int32Array {
  const { homes, centreOf } = state;
  if (homes.every((home) => home === FREE)) return dealCentres(homes.length, targets);
  const centres = homes.map((home) => (home === FREE ? FREE : centreOf[home]!));
  const counts = new Int32Array(targets.length);
  for (const centre of centres) if (centre !== FREE) counts[centre]!++;
  const held = new Int32Array(centreOf.length);
  for (const home of homes) if (home !== FREE) held[home]!++;
  for (let centre = 0; centre < targets.length; centre++) {
    while (counts[centre]! < targets[centre]!) {
      const slot = bestSlot(state, centres, centre, { counts, held, targets });
      const loser = centres[slot]!;
      if (loser !== FREE) {
        counts[loser]!--;
        held[homes[slot]!]!--;
      }
      centres[slot] = centre;
      counts[centre]!++;
    }
  }
  return centres;
}

/** Step 1. */
function dealCentres(size: number, targets: Int32Array): Int32Array {
  const centres = new Int32Array(size);
  const given = new Int32Array(targets.length);
  for (let slot = 0; slot < size; slot++) {
    let best = 0;
    let bestLag = Number.NEGATIVE_INFINITY;
    for (let centre = 0; centre < targets.length; centre++) {
      const lag = ((slot + 1) * targets[centre]!) / size - given[centre]!;
      if (given[centre]! < targets[centre]! && lag > bestLag) {
        best = centre;
        bestLag = lag;
      }
    }
    given[best]!++;
    centres[slot] = best;
  }
  return centres;
}

interface Tally {
  readonly counts: Int32Array;
  readonly held: Int32Array;
  readonly targets: Int32Array;
}

/** Step 2, one slot. */
function bestSlot(
  state: SlotState,
  centres: Int32Array,
  centre: number,
  { counts, held, targets }: Tally,
): number {
  const { homes, quotas } = state;
  const size = homes.length;
  const distances = distancesTo(centres, centre);
  const gives = targets.map((target, other) => (counts[other]! > target ? 1 : 0));
  const closing = closingCosts(state, centres, gives);
  let best = 0;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let slot = 0; slot < size; slot++) {
    const loser = centres[slot]!;
    if (loser === centre) continue;
    let rank = 3;
    if (loser !== FREE) {
      if (counts[loser]! <= targets[loser]!) continue;
      const spare = held[homes[slot]!]! - quotas.lows[homes[slot]!]!;
      rank = Math.min(2, spare) - closing[slot]!;
    }
    const score = rank * size + distances[slot]!;
    if (score > bestScore) {
      best = slot;
      bestScore = score;
    }
  }
  return best;
}

/** By slot of a centre that gives: how many pairs of equal racks would be too near without it. */
function closingCosts(
  { homes, rackOf, racksApart }: SlotState,
  centres: Int32Array,
  gives: Int32Array,
): Int32Array {
  const closing = new Int32Array(homes.length);
  gives.forEach((giving, centre) => {
    if (giving === 0) return;
    const slots = [...centres.keys()].filter((slot) => centres[slot] === centre);
    const racks = slots.map((slot) => (homes[slot]! === FREE ? FREE : rackOf[homes[slot]!]!));
    const window = racksApart[centre]!;
    for (let i = 0; i < slots.length; i++) {
      for (let back = 1; back < window; back++) {
        const left = racks[(i - back + slots.length) % slots.length]!;
        const right = racks[(i + window - back) % slots.length]!;
        if (left === right && left !== FREE) closing[slots[i]!]!++;
      }
    }
  });
  return closing;
}

/** How far each slot is from the nearest one of a centre, along the ring in either direction. */
function distancesTo(centres: Int32Array, centre: number): Int32Array {
  const size = centres.length;
  const distances = new Int32Array(size).fill(size - 1);
  for (const direction of [1, -1]) {
    let distance = size - 1;
    // Twice around, so that what lies before the first slot is known when it is reached again.
    for (let step = 0; step < 2 * size; step++) {
      const slot = direction === 1 ? step % size : size - 1 - (step % size);
      distance = centres[slot] === centre ? 0 : Math.min(size - 1, distance + 1);
      distances[slot] = Math.min(distances[slot]!, distance);
    }
  }
  return distances;
}
