// Placing the slots of a circle so that few windows hold a node or a rack twice, and then so that
// few slots leave the owners that they have.
//
//  1. Fill: slots without a node, and those of nodes that hold too many, go to the nodes that hold
//     too few, each where it costs least.
//  2. Anneal (Kirkpatrick, Gelatt, Vecchi: Optimization by Simulated Annealing, Science 1983): swap
//     two slots, give a slot of one node to another that has room, or send a moved slot home and
//     take another in its place. A step is taken when it costs nothing, else with a chance of
//     exp(-cost / temperature). Half of the steps start where something is wrong.
//  3. The weight of a conflict against a move rises from round to round, so that the first rounds
//     find few moves and later ones no conflicts; the last ones are warmer, to get out of a dead
//     end. Each starts from the best placement so far.

import type { RandomStream } from "../runtime.ts";
import { Circle, type CircleScore, type CircleShape, isBetter, NOBODY } from "./circle.ts";

interface Round {
  /** Of a conflict, in moves. */
  readonly weight: number;
  /** The temperature of the first step, in moves. */
  readonly warm: number;
}

const ROUNDS: readonly Round[] = [
  { weight: 6, warm: 0.25 },
  { weight: 12, warm: 0.25 },
  { weight: 24, warm: 0.25 },
  { weight: 96, warm: 0.25 },
  { weight: 6, warm: 0.5 },
  { weight: 12, warm: 0.5 },
];
/** The temperature of the last step, in moves. */
const COLD = 0.1;
const STEPS_PER_SLOT = 600;
const STEPS_MIN = 100_000;
const STEPS_MAX = 1_500_000;
/** Slots that are looked at for one node that is to be placed, where there are so many. */
const SCAN_MAX = 2048;

/** The best circle found from `start`, whose slots may lack a node. */
export function settle(shape: CircleShape, start: Int32Array, random: RandomStream): Circle {
  const filled = new Circle(shape, start.slice());
  fill(filled, random);
  let best = filled;
  let bestScore = filled.score();
  const floor = leastMoves(shape);
  for (const { weight, warm } of ROUNDS) {
    if (bestScore.conflicts === 0 && bestScore.moves <= floor) break;
    const round = new Annealing(new Circle(shape, best.owners.slice()), weight, random);
    const score = round.run(warm);
    if (isBetter(score, bestScore)) {
      best = new Circle(shape, round.best);
      bestScore = score;
    }
  }
  return best;
}

/** No placement within the counts can move fewer slots from nodes that are still there. */
function leastMoves({ homes, highs, lows }: CircleShape): number {
  const held = new Int32Array(highs.length);
  let free = 0;
  for (const home of homes) {
    if (home === NOBODY) free++;
    else held[home] = held[home]! + 1;
  }
  let tooMany = 0;
  let missing = 0;
  held.forEach((count, node) => {
    tooMany += Math.max(0, count - highs[node]!);
    missing += Math.max(0, lows[node]! - count);
  });
  return Math.max(tooMany, missing - free);
}

/** Step 1. */
function fill(circle: Circle, random: RandomStream): void {
  const { lows, highs } = circle.shape;
  for (let node = 0; node < lows.length; node++) {
    while (circle.counts[node]! < lows[node]!) takeCheapest(circle, node, random);
  }
  for (let slot = 0; slot < circle.size; slot++) {
    const owner = circle.owners[slot]!;
    if (owner !== NOBODY && circle.counts[owner]! <= highs[owner]!) continue;
    let best = NOBODY;
    let bestCost = Number.POSITIVE_INFINITY;
    for (let node = 0; node < highs.length; node++) {
      if (circle.counts[node]! >= highs[node]!) continue;
      const cost = circle.conflictAt(slot, node);
      if (cost < bestCost) {
        best = node;
        bestCost = cost;
      }
    }
    circle.assign(slot, best);
  }
}

/** The node takes one slot, a free one, or else one of a node that can spare it. */
function takeCheapest(circle: Circle, node: number, random: RandomStream): void {
  const { lows, highs } = circle.shape;
  const first = random.nextBelow(circle.size);
  let best = NOBODY;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let i = 0; i < circle.size && (i < SCAN_MAX || best === NOBODY); i++) {
    const slot = (first + i) % circle.size;
    const owner = circle.owners[slot]!;
    if (owner === node) continue;
    let cost = circle.conflictAt(slot, node);
    if (owner !== NOBODY) {
      const spare = circle.counts[owner]! - highs[owner]!;
      if (circle.counts[owner]! <= lows[owner]!) continue;
      cost += 0.5 - circle.conflictAt(slot, owner) + (spare > 0 ? 0 : 0.25);
    }
    if (cost < bestCost) {
      best = slot;
      bestCost = cost;
    }
  }
  circle.assign(best, node);
}

/** Steps 2 and 3: one round. */
class Annealing {
  best: Int32Array;
  readonly #circle: Circle;
  readonly #weight: number;
  readonly #random: RandomStream;
  #temperature = COLD;
  #conflicts: number;
  #moves: number;
  /** Slots with a conflict, or that have moved; refreshed now and then. */
  readonly #wrong: Int32Array;
  #wrongCount = 0;

  constructor(circle: Circle, weight: number, random: RandomStream) {
    this.#circle = circle;
    this.#weight = weight;
    this.#random = random;
    this.best = circle.owners.slice();
    const score = circle.score();
    this.#conflicts = score.conflicts;
    this.#moves = score.moves;
    this.#wrong = new Int32Array(circle.size);
  }

  run(warm: number): CircleScore {
    const { size } = this.#circle;
    const steps = Math.min(STEPS_MAX, Math.max(STEPS_MIN, size * STEPS_PER_SLOT));
    const cooling = (COLD / warm) ** (1 / steps);
    this.#temperature = warm;
    let bestScore = this.#score();
    for (let step = 0; step < steps; step++) {
      if (step % size === 0) this.#findWrong();
      this.#temperature *= cooling;
      this.#step();
      if (this.#conflicts > bestScore.conflicts || !isBetter(this.#score(), bestScore)) continue;
      bestScore = this.#score();
      this.best.set(this.#circle.owners);
    }
    return bestScore;
  }

  #score(): CircleScore {
    return { conflicts: this.#conflicts, moves: this.#moves };
  }

  #findWrong(): void {
    const circle = this.#circle;
    this.#wrongCount = 0;
    for (let slot = 0; slot < circle.size; slot++) {
      const owner = circle.owners[slot]!;
      if (circle.conflictAt(slot, owner) > 0 || circle.moveCost(slot, owner) > 0) {
        this.#wrong[this.#wrongCount++] = slot;
      }
    }
  }

  #step(): void {
    const { size, owners, shape } = this.#circle;
    const random = this.#random;
    const draw = random.nextInt32();
    const slot =
      (draw & 1) === 1 && this.#wrongCount > 0
        ? this.#wrong[random.nextBelow(this.#wrongCount)]!
        : random.nextBelow(size);
    const kind = (draw >>> 1) & 3;
    if (kind === 0) {
      this.#give(slot, random.nextBelow(shape.racks.length));
      return;
    }
    const other = random.nextBelow(size);
    const home = shape.homes[slot]!;
    const owner = owners[slot]!;
    if (kind === 1 && home !== NOBODY && home !== owner) this.#sendHome(slot, other);
    else if (owner !== owners[other]) this.#tryBoth(slot, owners[other]!, other, owner);
  }

  #give(slot: number, node: number): void {
    const circle = this.#circle;
    const owner = circle.owners[slot]!;
    if (owner === node || !this.#canTrade(owner, node)) return;
    const conflicts = circle.conflictAt(slot, node) - circle.conflictAt(slot, owner);
    const moves = circle.moveCost(slot, node) - circle.moveCost(slot, owner);
    if (!this.#accepts(conflicts, moves)) return;
    circle.assign(slot, node);
    this.#conflicts += conflicts;
    this.#moves += moves;
  }

  /** The slot goes back to its home; its node takes the other slot instead. */
  #sendHome(slot: number, other: number): void {
    const { owners, shape } = this.#circle;
    const home = shape.homes[slot]!;
    const loser = owners[other]!;
    const node = owners[slot]!;
    if (loser === node || other === slot) return;
    if (home !== loser && !this.#canTrade(loser, home)) return;
    this.#tryBoth(slot, home, other, node);
  }

  #canTrade(loser: number, winner: number): boolean {
    const { counts, shape } = this.#circle;
    return counts[loser]! > shape.lows[loser]! && counts[winner]! < shape.highs[winner]!;
  }

  /** Gives both slots away at once, if that is accepted; else nothing changes. */
  #tryBoth(a: number, nodeOfA: number, b: number, nodeOfB: number): void {
    const circle = this.#circle;
    const oldA = circle.owners[a]!;
    const oldB = circle.owners[b]!;
    let conflicts = -circle.conflictAt(a, oldA);
    circle.owners[a] = nodeOfA;
    conflicts += circle.conflictAt(a, nodeOfA) - circle.conflictAt(b, oldB);
    circle.owners[b] = nodeOfB;
    conflicts += circle.conflictAt(b, nodeOfB);
    circle.owners[a] = oldA;
    circle.owners[b] = oldB;
    const moves =
      circle.moveCost(a, nodeOfA) +
      circle.moveCost(b, nodeOfB) -
      circle.moveCost(a, oldA) -
      circle.moveCost(b, oldB);
    if (!this.#accepts(conflicts, moves)) return;
    circle.assign(a, nodeOfA);
    circle.assign(b, nodeOfB);
    this.#conflicts += conflicts;
    this.#moves += moves;
  }

  #accepts(conflicts: number, moves: number): boolean {
    const cost = conflicts * this.#weight + moves;
    return cost <= 0 || this.#random.nextDouble() < Math.exp(-cost / this.#temperature);
  }
}
