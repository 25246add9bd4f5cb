// The tokens of one data centre and how many copies they make each node hold, kept up to date while
// tokens come and go.
//
//  I1. `tokens` rise; `owners[i]` has the positions from behind tokens[i - 1] up to tokens[i].
//  I2. loads[x] is the sum of the sizes of the ranges whose walk takes x, as a share of the ring;
//      ranges whose walk takes x first count `firstWeight` times.
//  I3. A range whose walk is full before it reaches a token does not change with that token; nor do
//      the ranges before it, whose walks are full no later.

import assert from "node:assert";
import { NOBODY } from "./circle.ts";
import { RING_POSITIONS } from "./position.ts";
import { type TokenTargets, TokenWalk } from "./token-walk.ts";

export class TokenCircle {
  readonly tokens: number[];
  readonly owners: number[];
  readonly loads: Float64Array;
  readonly #targets: TokenTargets;
  /** The load that each node should have now: what it is due, or less while it grows. */
  readonly #aims: Float64Array;
  readonly #walk: TokenWalk;
  /** Changes of loads under trial, and whom they touch. */
  readonly #changes: Float64Array;
  readonly #touched: number[] = [];
  /** Changes for each position that a cut takes, and whom they touch. */
  readonly #slopes: Float64Array;
  readonly #slopeNodes: number[] = [];

  constructor(targets: TokenTargets, tokens: readonly number[], owners: readonly number[]) {
    this.#targets = targets;
    this.tokens = [...tokens];
    this.owners = [...owners];
    const nodes = targets.racks.length;
    this.loads = new Float64Array(nodes);
    this.#aims = targets.due.slice();
    this.#walk = new TokenWalk(targets);
    this.#changes = new Float64Array(nodes);
    this.#slopes = new Float64Array(nodes);
    for (let i = 0; i < tokens.length; i++) {
      this.#walk.run(this.owners, i, NOBODY, 0);
      this.#change(this.#sizeOf(i));
    }
    this.#apply();
  }

  /** The positions of range i, 1 to 2^32. */
  widthOf(i: number): number {
    const before = i > 0 ? this.tokens[i - 1]! : this.tokens.at(-1)! - RING_POSITIONS;
    return this.tokens[i]! - before;
  }

  /** From now on the node should have this share, 0 to 1, of what it is due. */
  aimAt(node: number, share: number): void {
    this.#aims[node] = this.#targets.due[node]! * share;
  }

  /**
   * Where range i is best cut for `node`, and by how much balance is better then; below 0: worse.
   * What the cut takes from the ranges before is the same wherever it is, what it takes from range
   * i is in proportion, so that the optimum is that of a parabola. Undefined: too narrow a range.
   *
   * @param widthMin What both parts should have, or half of the range if that is less.
   */
  bestCut(i: number, node: number, widthMin: number): { token: number; gain: number } | undefined {
    const width = this.widthOf(i);
    if (width < 2) return undefined;
    this.#tryCut(i, 0, node, 1);
    const slopes = this.#slopes;
    this.#slopeNodes.length = 0;
    this.#walk.run(this.owners, i, node, 0);
    this.#addSlopes(1);
    this.#walk.run(this.owners, i, node, this.tokens.length);
    this.#addSlopes(-1);
    const { due } = this.#targets;
    let slope = 0;
    let bend = 0;
    for (const each of this.#slopeNodes) {
      const off = this.loads[each]! - this.#aims[each]! + this.#changes[each]!;
      slope += (slopes[each]! * off) / due[each]!;
      bend += slopes[each]! ** 2 / due[each]!;
    }
    const least = Math.max(1, Math.min(widthMin, Math.floor(width / 2)));
    const best = bend === 0 ? width / 2 : (-slope / bend) * RING_POSITIONS;
    const front = Math.max(least, Math.min(width - least, Math.round(best)));
    for (const each of this.#slopeNodes) {
      if (this.#changes[each] === 0) this.#touched.push(each);
      this.#changes[each] = this.#changes[each]! + slopes[each]! * (front / RING_POSITIONS);
      slopes[each] = 0;
    }
    const token = (this.tokens[i]! - (width - front) + RING_POSITIONS) % RING_POSITIONS;
    return { token, gain: this.#takeBack() };
  }

  #addSlopes(sign: 1 | -1): void {
    for (let k = 0; k < this.#walk.count; k++) {
      const node = this.#walk.taken[k]!;
      if (!this.#slopeNodes.includes(node)) this.#slopeNodes.push(node);
      this.#slopes[node] =
        this.#slopes[node]! + (k === 0 ? sign * this.#targets.firstWeight : sign);
    }
  }

  /** Returns the place of the new token. */
  insert(i: number, token: number, node: number): number {
    this.#tryCut(i, this.#frontOf(i, token), node, 1);
    this.#apply();
    // A cut of the first range may lie behind the last token.
    const at = i === 0 && token > this.tokens.at(-1)! ? this.tokens.length : i;
    this.tokens.splice(at, 0, token);
    this.owners.splice(at, 0, node);
    assert(at === 0 || this.tokens[at - 1]! < token, "I1: tokens rise");
    return at;
  }

  /** How much better balance would be without token i, which must not be the only one. */
  gainOfRemoval(i: number): number {
    const token = this.tokens[i]!;
    const node = this.owners[i]!;
    this.#takeOut(i);
    const gain = this.#takeBack();
    this.tokens.splice(i, 0, token);
    this.owners.splice(i, 0, node);
    return gain;
  }

  remove(i: number): void {
    this.#takeOut(i);
    this.#apply();
  }

  /**
   * Where between its neighbours token i is best for balance. The walks stay as they are while it
   * slides and loads follow in proportion, so that the optimum is that of a parabola.
   *
   * @param widthMin What the ranges on both sides keep, if they have it.
   */
  bestToken(i: number, widthMin: number): number {
    const { due } = this.#targets;
    const next = (i + 1) % this.tokens.length;
    if (next === i) return this.tokens[i]!;
    this.#walk.run(this.owners, i, NOBODY, 0);
    this.#change(1);
    this.#walk.run(this.owners, next, NOBODY, 0);
    this.#change(-1);
    let slope = 0;
    let bend = 0;
    for (const node of this.#touched) {
      const change = this.#changes[node]!;
      slope += (change * (this.loads[node]! - this.#aims[node]!)) / due[node]!;
      bend += (change * change) / due[node]!;
      this.#changes[node] = 0;
    }
    this.#touched.length = 0;
    if (bend === 0) return this.tokens[i]!;
    const back = Math.min(this.tokens[i]!, Math.max(0, this.widthOf(i) - widthMin));
    const room = Math.max(0, this.widthOf(next) - widthMin);
    const ahead = Math.min(RING_POSITIONS - 1 - this.tokens[i]!, room);
    const shift = Math.round((-slope / bend) * RING_POSITIONS);
    return this.tokens[i]! + Math.max(-back, Math.min(ahead, shift));
  }

  /** Slides token i to a place between its neighbours. */
  slide(i: number, token: number): void {
    const share = (token - this.tokens[i]!) / RING_POSITIONS;
    this.#walk.run(this.owners, i, NOBODY, 0);
    this.#change(share);
    this.#walk.run(this.owners, (i + 1) % this.tokens.length, NOBODY, 0);
    this.#change(-share);
    this.#apply();
    this.tokens[i] = token;
    assert(i === 0 || this.tokens[i - 1]! < token, "I1: tokens rise");
    assert(i === this.tokens.length - 1 || token < this.tokens[i + 1]!, "I1: tokens rise");
  }

  #takeOut(i: number): void {
    const [token] = this.tokens.splice(i, 1);
    const [node] = this.owners.splice(i, 1);
    assert(this.tokens.length > 0, "a ring keeps a token");
    const next = i % this.tokens.length;
    this.#tryCut(next, this.#frontOf(next, token!), node!, -1);
  }

  /** How many positions of range i a cut at `token` takes. */
  #frontOf(i: number, token: number): number {
    const end = this.tokens[i]! >= token ? this.tokens[i]! : this.tokens[i]! + RING_POSITIONS;
    return this.widthOf(i) - (end - token);
  }

  /**
   * Notes by how much the loads change when the first `positions` of range i are cut off for
   * `node`; with sign -1, when such a cut is undone.
   */
  #tryCut(i: number, positions: number, node: number, sign: 1 | -1): void {
    const count = this.tokens.length;
    const front = positions / RING_POSITIONS;
    const back = this.#sizeOf(i) - front;
    this.#walk.run(this.owners, i, NOBODY, 0);
    this.#change(-sign * (front + back));
    this.#walk.run(this.owners, i, node, count);
    this.#change(sign * back);
    this.#walk.run(this.owners, i, node, 0);
    this.#change(sign * front);
    let start = i;
    for (let steps = 1; steps < count; steps++) {
      start = start === 0 ? count - 1 : start - 1;
      if (!this.#walk.run(this.owners, start, NOBODY, steps)) break;
      const size = this.#sizeOf(start);
      this.#change(-sign * size);
      this.#walk.run(this.owners, start, node, steps);
      this.#change(sign * size);
    }
  }

  #sizeOf(i: number): number {
    return this.widthOf(i) / RING_POSITIONS;
  }

  /** Adds to the changes of all whom the last walk took. */
  #change(size: number): void {
    for (let i = 0; i < this.#walk.count; i++) {
      const node = this.#walk.taken[i]!;
      if (this.#changes[node] === 0) this.#touched.push(node);
      this.#changes[node] =
        this.#changes[node]! + (i === 0 ? size * this.#targets.firstWeight : size);
    }
  }

  /** By how much the sum of (load - aim)^2 / due falls. A node touched twice counts once. */
  #gain(): number {
    const { due } = this.#targets;
    let gain = 0;
    for (let i = 0; i < this.#touched.length; i++) {
      const node = this.#touched[i]!;
      const change = this.#changes[node]!;
      if (this.#touched.indexOf(node) !== i) continue;
      const off = this.loads[node]! - this.#aims[node]!;
      gain -= (change * (2 * off + change)) / due[node]!;
    }
    return gain;
  }

  #takeBack(): number {
    const gain = this.#gain();
    for (const node of this.#touched) this.#changes[node] = 0;
    this.#touched.length = 0;
    return gain;
  }

  #apply(): void {
    for (const node of this.#touched) {
      this.loads[node] = this.loads[node]! + this.#changes[node]!;
      this.#changes[node] = 0;
    }
    this.#touched.length = 0;
  }
}
