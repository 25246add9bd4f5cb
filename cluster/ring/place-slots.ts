// Placing the slots of a circle, be it the first time or after a change.
//
//  1. What there is is kept as far as it can be, and mended (settle.ts).
//  2. If conflicts remain, placements from nothing (spread.ts), turned so that they move least and
//     mended as well, are taken where they have fewer.
//  3. A first placement is shuffled as far as that makes no conflict: in a regular one the same
//     neighbour would get all the load of a node that fails.

import assert from "node:assert";
import type { RandomStream } from "../runtime.ts";
import { type Circle, type CircleShape, isBetter, NOBODY } from "./circle.ts";
import { settle } from "./settle.ts";
import { spreadAfresh } from "./spread.ts";

/** Ways to turn a placement from nothing that are tried. */
const TURNS_MAX = 1024;
/** Swaps that are tried in shuffling. */
const SWAPS_PER_SLOT = 16;

/** Owners of all slots of this shape, within its counts. */
export function placeSlots(shape: CircleShape, random: RandomStream): Int32Array {
  const isNew = shape.homes.every((home) => home === NOBODY);
  let best = isNew ? undefined : settle(shape, shape.homes, random);
  for (const mixed of [false, true]) {
    if (best !== undefined && best.score().conflicts === 0) break;
    const afresh = spreadAfresh(shape, mixed);
    const fresh = settle(shape, isNew ? afresh : turnToHomes(afresh, shape), random);
    if (best === undefined || isBetter(fresh.score(), best.score())) best = fresh;
  }
  assert(best !== undefined);
  if (isNew) shuffle(best, random);
  return best.owners;
}

/** Step 3: swaps two slots at a time wherever that makes no conflict. */
function shuffle(circle: Circle, random: RandomStream): void {
  const { owners, size } = circle;
  for (let swap = 0; swap < size * SWAPS_PER_SLOT; swap++) {
    const a = random.nextBelow(size);
    const b = random.nextBelow(size);
    const ofA = owners[a]!;
    const ofB = owners[b]!;
    if (ofA === ofB) continue;
    const before = circle.conflictAt(a, ofA) + circle.conflictAt(b, ofB);
    owners[a] = ofB;
    owners[b] = ofA;
    if (circle.conflictAt(a, ofB) + circle.conflictAt(b, ofA) <= before) continue;
    owners[a] = ofA;
    owners[b] = ofB;
  }
}

/** Step 2: turns the circle so that most slots keep their owners. */
function turnToHomes(owners: Int32Array, { homes }: CircleShape): Int32Array {
  const size = owners.length;
  const stride = Math.ceil(size / TURNS_MAX);
  let best = 0;
  let bestKept = -1;
  for (let turn = 0; turn < size; turn += stride) {
    let kept = 0;
    for (let slot = 0; slot < size; slot++) {
      if (homes[slot] === owners[(slot + turn) % size]) kept++;
    }
    if (kept > bestKept) {
      best = turn;
      bestKept = kept;
    }
  }
  return owners.map((_, slot) => owners[(slot + best) % size]!);
}
