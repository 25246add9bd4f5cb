// The slots of one data centre in the order of the ring, each held by a node, while they are being
// placed. Two slots fewer than `nodeWindow` apart should have different nodes, two fewer than
// `rackWindow` apart different racks. A pair of equal ones at distance d costs window - d: so many
// windows hold both. Summed over all slots, which sees each pair twice, that is the count of
// violations that riak_core uses (riak_core_claim_binring_alg).
//
//  I1. counts[x] is the number of slots that x holds; the unfilled ones are counted nowhere.
//  I2. A slot that had an owner which is still there keeps it in `homes`; moved slots differ.

import assert from "node:assert";

/** A slot without a node. */
export const NOBODY = -1;

/** A pair on one node costs as much as this many on one rack: it can lose both copies at once. */
const NODE_WEIGHT = 16;

export interface CircleShape {
  /** The rack of each node, as a number. */
  readonly racks: Int32Array;
  /** How many slots each node may hold, both inclusive. */
  readonly lows: Int32Array;
  readonly highs: Int32Array;
  /** The owner that each slot had, by number, or NOBODY. */
  readonly homes: Int32Array;
  /** Slots in a row that should be on different nodes, at least 1. */
  readonly nodeWindow: number;
  /** Slots in a row that should be in different racks, at least 1. */
  readonly rackWindow: number;
}

/** How good a placement is: less is better, the first field that differs decides. */
export interface CircleScore {
  /** Weighted pairs; 0 when no window holds a node or a rack twice. */
  readonly conflicts: number;
  readonly moves: number;
}

export class Circle {
  readonly shape: CircleShape;
  readonly size: number;
  readonly owners: Int32Array;
  readonly counts: Int32Array;
  /** Distances from 1 to this are looked at. */
  readonly #reach: number;
  readonly #nodeReach: number;
  readonly #rackReach: number;
  readonly #racks: Int32Array;

  constructor(shape: CircleShape, owners: Int32Array) {
    this.shape = shape;
    this.size = shape.homes.length;
    assert.equal(owners.length, this.size);
    this.owners = owners;
    this.counts = new Int32Array(shape.racks.length);
    for (const owner of owners) if (owner !== NOBODY) this.counts[owner] = this.counts[owner]! + 1;
    // A window is never longer than the circle, or a slot would be a neighbour of itself.
    this.#nodeReach = Math.min(shape.nodeWindow, this.size);
    this.#rackReach = Math.min(shape.rackWindow, this.size);
    this.#reach = Math.max(this.#nodeReach, this.#rackReach) - 1;
    this.#racks = shape.racks;
  }

  /** What the slot would cost were it held by `node`, in weighted pairs. */
  conflictAt(slot: number, node: number): number {
    const { owners, size } = this;
    const racks = this.#racks;
    const rack = racks[node]!;
    const rackReach = this.#rackReach;
    const nodeReach = this.#nodeReach;
    let sum = 0;
    let before = slot;
    let after = slot;
    for (let distance = 1; distance <= this.#reach; distance++) {
      if (--before < 0) before += size;
      if (++after === size) after = 0;
      const left = owners[before]!;
      const right = owners[after]!;
      if (distance < rackReach) {
        if (left >= 0 && racks[left] === rack) sum += rackReach - distance;
        if (right >= 0 && racks[right] === rack) sum += rackReach - distance;
      }
      if (distance < nodeReach) {
        if (left === node) sum += NODE_WEIGHT * (nodeReach - distance);
        if (right === node) sum += NODE_WEIGHT * (nodeReach - distance);
      }
    }
    return sum;
  }

  /** Gives the slot to a node and keeps the counts (I1). */
  assign(slot: number, node: number): void {
    const old = this.owners[slot]!;
    if (old !== NOBODY) this.counts[old] = this.counts[old]! - 1;
    if (node !== NOBODY) this.counts[node] = this.counts[node]! + 1;
    this.owners[slot] = node;
  }

  /** 1 when the slot would be taken from an owner that is still there, else 0 (I2). */
  moveCost(slot: number, node: number): number {
    const home = this.shape.homes[slot]!;
    return home !== NOBODY && home !== node ? 1 : 0;
  }

  score(): CircleScore {
    let conflicts = 0;
    let moves = 0;
    for (let slot = 0; slot < this.size; slot++) {
      const owner = this.owners[slot]!;
      if (owner === NOBODY) continue;
      conflicts += this.conflictAt(slot, owner);
      moves += this.moveCost(slot, owner);
    }
    return { conflicts: conflicts / 2, moves };
  }
}

export function isBetter(a: CircleScore, b: CircleScore): boolean {
  return a.conflicts === b.conflicts ? a.moves < b.moves : a.conflicts < b.conflicts;
}
