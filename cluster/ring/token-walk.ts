// The walk of preference-list.ts over the tokens of one data centre, without making a list, since
// planning walks some million times; and with one more token on trial.

import { NOBODY } from "./circle.ts";

/** Who is due how much, within one centre. */
export interface TokenTargets {
  /** The rack of each node, as a number. */
  readonly racks: Int32Array;
  /** Copies of each range: at most the number of nodes. */
  readonly replicas: number;
  /** Different racks that each walk must find, at most `replicas` and the number of racks. */
  readonly racksWanted: number;
  /** The load that each node is due; above 0. */
  readonly due: Float64Array;
  /** How much the first node of a walk counts, the others counting 1. */
  readonly firstWeight: number;
}

export class TokenWalk {
  /** What the last run took: the first `count` of these. */
  readonly taken: Int32Array;
  count = 0;
  readonly #targets: TokenTargets;
  /** The number of the run that last met a node or a rack. */
  readonly #nodeMet: Int32Array;
  readonly #rackMet: Int32Array;
  readonly #aside: Int32Array;
  #asideCount = 0;
  #racksMet = 0;
  #runs = 0;

  constructor(targets: TokenTargets) {
    const nodes = targets.racks.length;
    this.#targets = targets;
    this.taken = new Int32Array(targets.replicas);
    this.#nodeMet = new Int32Array(nodes);
    this.#rackMet = new Int32Array(nodes);
    this.#aside = new Int32Array(nodes);
  }

  /**
   * Takes the nodes of range i of these owners. A `node` that is not NOBODY is met after `steps`
   * tokens. Returns whether the walk went further than that.
   */
  run(owners: readonly number[], i: number, node: number, steps: number): boolean {
    this.#runs++;
    this.count = 0;
    this.#racksMet = 0;
    this.#asideCount = 0;
    let at = i;
    for (let step = 0; step < owners.length; step++) {
      if (step === steps && node !== NOBODY && this.#meet(node)) return true;
      if (this.#meet(owners[at]!)) return step >= steps;
      if (++at === owners.length) at = 0;
    }
    if (steps === owners.length && node !== NOBODY) this.#meet(node);
    return true;
  }

  /** Takes the node, or puts it aside; true when the walk is full. */
  #meet(node: number): boolean {
    const { racks, replicas, racksWanted } = this.#targets;
    if (this.#nodeMet[node] === this.#runs) return false;
    this.#nodeMet[node] = this.#runs;
    const rack = racks[node]!;
    if (this.#rackMet[rack] !== this.#runs) {
      this.#rackMet[rack] = this.#runs;
      this.#racksMet++;
      this.taken[this.count++] = node;
    } else if (this.#racksMet < racksWanted) {
      this.#aside[this.#asideCount++] = node;
      return false;
    } else this.taken[this.count++] = node;
    if (this.#racksMet < racksWanted) return false;
    for (let k = 0; k < this.#asideCount && this.count < replicas; k++) {
      this.taken[this.count++] = this.#aside[k]!;
    }
    this.#asideCount = 0;
    return this.count === replicas;
  }
}
