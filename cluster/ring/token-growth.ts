// Where new tokens of a data centre go, after Cassandra's replication-aware allocator
// (CASSANDRA-7032). Balance is the sum over nodes of (load - due)^2 / due; the load counts copies.
//
//  1. The first tokens of a centre lie at equal distances from a random start, dealt out like equal
//     partitions (place-slots.ts).
//  2. So do, without that deal, those of the first node of a rack that every walk must find: it
//     holds a copy of everything, wherever they are.
//  3. Another token is cut where balance gains most. Up to its last token a node aims at the share
//     of its due that its tokens make up, or the first few would take all of it. What a node owns
//     counts a little more than a copy: in front of a wide range single cuts change no copies of
//     its owner, and the way to balance would be barred.
//  4. New tokens slide between their neighbours to where balance is best, one after the other, some
//     times over: those of a node once it has them, and all of them in the end.

import assert from "node:assert";
import type { RandomStream } from "../runtime.ts";
import type { Centre } from "./centre.ts";
import { type CircleShape, NOBODY } from "./circle.ts";
import { placeSlots } from "./place-slots.ts";
import { RING_POSITIONS } from "./position.ts";
import type { RingNode } from "./ring-node.ts";
import { TokenCircle } from "./token-circle.ts";
import { targetsOf } from "./token-targets.ts";

/** How much what a node owns counts against a copy that it holds, in step 3. */
const FIRST_WEIGHT = 1.2;
const SWEEPS = 16;
/** Sliding leaves each range at least this fraction, inverted, of the mean width. */
const NARROWEST = 16;

export interface CentreTokens {
  readonly centre: Centre;
  readonly nodes: readonly RingNode[];
  /** How many tokens each node is to have. */
  readonly counts: readonly number[];
  /** Tokens of all centres: no two may be the same. Grows. */
  readonly taken: Set<number>;
  /** Rising; owners are numbers within the centre. */
  readonly tokens: readonly number[];
  readonly owners: readonly number[];
}

/** Takes tokens of those that have too many. */
export function shedTokens(state: CentreTokens): CentreTokens {
  const held = heldOf(state);
  const targets = targetsOf(state.centre, state.nodes, new Set(state.owners), 1);
  const circle = new TokenCircle(targets, state.tokens, state.owners);
  held.forEach((count, member) => {
    for (let over = count - wantedOf(state, member); over > 0; over--) {
      let best = -1;
      let bestGain = Number.NEGATIVE_INFINITY;
      circle.owners.forEach((owner, i) => {
        if (owner !== member) return;
        const gain = circle.gainOfRemoval(i);
        if (gain > bestGain) {
          best = i;
          bestGain = gain;
        }
      });
      state.taken.delete(circle.tokens[best]!);
      circle.remove(best);
    }
  });
  return { ...state, tokens: circle.tokens, owners: circle.owners };
}

/** Gives tokens to those that have too few. */
export function growTokens(state: CentreTokens, random: RandomStream): CentreTokens {
  const fixed = new Set(state.tokens);
  const held = heldOf(state);
  let next = fixed.size === 0 ? layFirst(state, random) : state;
  for (const member of fixed.size === 0 ? [] : inTurn(state.centre)) {
    const missing = wantedOf(state, member) - held[member]!;
    if (missing > 0) next = addTokens(next, member, missing, random);
  }
  if (next.tokens.length === fixed.size) return next;
  return slideTokens(next, (token) => !fixed.has(token));
}

/** Step 1. */
function layFirst(state: CentreTokens, random: RandomStream): CentreTokens {
  const { centre, taken } = state;
  const counts = Int32Array.from(centre.members, (_, member) => wantedOf(state, member));
  const size = counts.reduce((sum, count) => sum + count, 0);
  const tokens = spaceEvenly(size, taken, random).sort((a, b) => a - b);
  const shape: CircleShape = {
    racks: centre.racks,
    lows: counts,
    highs: counts,
    homes: new Int32Array(size).fill(NOBODY),
    nodeWindow: centre.nodesApart,
    rackWindow: centre.racksApart,
  };
  return { ...state, tokens, owners: [...placeSlots(shape, random)] };
}

/** Steps 2 to 4, for one node. */
function addTokens(
  state: CentreTokens,
  member: number,
  missing: number,
  random: RandomStream,
): CentreTokens {
  const { centre, nodes, taken, tokens, owners } = state;
  const present = new Set(owners);
  const racksBefore = new Set(Array.from(present, (each) => centre.racks[each]!));
  const targets = targetsOf(centre, nodes, present.add(member), FIRST_WEIGHT);
  if (!racksBefore.has(centre.racks[member]!) && racksBefore.size < targets.racksWanted) {
    const all = [
      ...tokens.map((token, i) => ({ token, owner: owners[i]! })),
      ...spaceEvenly(missing, taken, random).map((token) => ({ token, owner: member })),
    ].sort((a, b) => a.token - b.token);
    const pick = { tokens: all.map(({ token }) => token), owners: all.map(({ owner }) => owner) };
    return { ...state, ...pick };
  }
  const circle = new TokenCircle(targets, tokens, owners);
  cutBest(circle, member, missing, taken);
  const before = new Set(tokens);
  const grown = { ...state, tokens: circle.tokens, owners: circle.owners };
  return slideTokens(grown, (token) => !before.has(token));
}

/** All members: the first of each rack, then the second of each. */
function inTurn({ members, racks, rackCount }: Centre): number[] {
  const seen = new Int32Array(rackCount);
  return members
    .map((_, member) => ({ member, turn: seen[racks[member]!]!++ }))
    .sort((a, b) => a.turn - b.turn || a.member - b.member)
    .map(({ member }) => member);
}

function wantedOf({ centre, counts }: CentreTokens, member: number): number {
  return counts[centre.members[member]!]!;
}

function heldOf({ centre, owners }: CentreTokens): Int32Array {
  const held = new Int32Array(centre.members.length);
  for (const owner of owners) held[owner]!++;
  return held;
}

/** Free tokens at equal distances from a random start. */
function spaceEvenly(count: number, taken: Set<number>, random: RandomStream): number[] {
  const start = random.nextBelow(RING_POSITIONS);
  return Array.from({ length: count }, (_, i) => {
    let token = (start + Math.floor((i * RING_POSITIONS) / count)) % RING_POSITIONS;
    while (taken.has(token)) token = (token + 1) % RING_POSITIONS;
    taken.add(token);
    return token;
  });
}

/** Step 3. */
function cutBest(circle: TokenCircle, node: number, count: number, taken: Set<number>): void {
  const before = circle.owners.filter((owner) => owner === node).length;
  const widthMin = narrowest(circle);
  for (let placed = 1; placed <= count; placed++) {
    circle.aimAt(node, (before + placed) / (before + count));
    let best = -1;
    let bestToken = 0;
    let bestGain = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < circle.tokens.length; i++) {
      const cut = circle.bestCut(i, node, widthMin);
      if (cut === undefined || cut.gain <= bestGain || taken.has(cut.token)) continue;
      best = i;
      bestToken = cut.token;
      bestGain = cut.gain;
    }
    assert(best >= 0, "some range is wide enough to be cut");
    circle.insert(best, bestToken, node);
    taken.add(bestToken);
  }
}

/** Step 4, for the tokens that may. */
function slideTokens(state: CentreTokens, maySlide: (token: number) => boolean): CentreTokens {
  const { centre, nodes, taken, tokens, owners } = state;
  const circle = new TokenCircle(targetsOf(centre, nodes, new Set(owners), 1), tokens, owners);
  const sliding = [...tokens.keys()].filter((i) => maySlide(tokens[i]!));
  const widthMin = narrowest(circle);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const i of sliding) {
      const token = circle.bestToken(i, widthMin);
      if (taken.has(token)) continue;
      taken.delete(circle.tokens[i]!);
      taken.add(token);
      circle.slide(i, token);
    }
  }
  return { ...state, tokens: circle.tokens, owners: circle.owners };
}

/** What a range should keep when another one is cut from it, in positions. */
function narrowest(circle: TokenCircle): number {
  return Math.ceil(RING_POSITIONS / circle.tokens.length / NARROWEST);
}
