// Who has answered of those whom one request asks, and whether that suffices: the accounting of
// Riak's put and get (riak_kv_put_core, riak_kv_get_core), with Cassandra's counts per data centre.
//
//  I1. A contact has one verdict at most: its first.
//  I2. `nodes` and counts per data centre are of different nodes, whatever they are to the key;
//      `primaries` are different nodes that were asked as primaries.
//  I3. `impossible` is said as soon as all who are still to answer would not suffice, and taken
//      back only when another contact is added. `met` is never taken back.
//
// Hot: one for each request. Verdicts are bits by contact; a request has few, so that counting is a
// loop over them, and nothing is made after the beginning.

import assert from "node:assert";
import type { NodeId } from "../runtime.ts";
import type { AnsweredBy } from "../transport/message.ts";
import type { Contact, Need } from "./consistency.ts";

/** As many as there are bits. */
const CONTACTS_MAX = 32;

export type QuorumState = "waiting" | "met" | "impossible";

export class QuorumCount {
  readonly #need: Need;
  #contacts: readonly Contact[];
  #succeeded = 0;
  #failed = 0;
  #state: QuorumState = "waiting";

  /** @param contacts At most 32. They must not change. */
  constructor(need: Need, contacts: readonly Contact[]) {
    assert(contacts.length <= CONTACTS_MAX, `a request asks at most ${CONTACTS_MAX}`);
    this.#need = need;
    this.#contacts = contacts;
    this.#judge();
  }

  get state(): QuorumState {
    return this.#state;
  }

  /** Whether all have answered. */
  get isSettled(): boolean {
    return (this.#succeeded | this.#failed) === this.#all();
  }

  succeed(index: number): void {
    if (this.#isAnswered(index)) return;
    this.#succeeded |= 1 << index;
    if (this.#state === "waiting") this.#judge();
  }

  fail(index: number): void {
    if (this.#isAnswered(index)) return;
    this.#failed |= 1 << index;
    if (this.#state === "waiting") this.#judge();
  }

  /** One more that is asked. Returns its index. */
  add(contact: Contact): number {
    const index = this.#contacts.length;
    assert(index < CONTACTS_MAX, `a request asks at most ${CONTACTS_MAX}`);
    this.#contacts = [...this.#contacts, contact];
    if (this.#state === "impossible") this.#judge();
    return index;
  }

  hasSucceeded(index: number): boolean {
    return (this.#succeeded & (1 << index)) !== 0;
  }

  hasFailed(index: number): boolean {
    return (this.#failed & (1 << index)) !== 0;
  }

  /** Those that succeeded, each once. Pending ones are in neither list. */
  answeredBy(): AnsweredBy {
    const primaries: NodeId[] = [];
    const fallbacks: NodeId[] = [];
    for (let i = 0; i < this.#contacts.length; i++) {
      if (!this.hasSucceeded(i)) continue;
      const { node, role } = this.#contacts[i]!;
      if (role === "pending") continue;
      const list = role === "primary" ? primaries : fallbacks;
      if (!list.includes(node)) list.push(node);
    }
    return { primaries, fallbacks };
  }

  /**
   * What is missing, for a message: "2 of 3 nodes", "1 of 2 primaries", "dc1: 1 of 2 nodes". Of
   * both nodes and primaries that of which more are needed is named, primaries when that is equal.
   * Empty when nothing is missing.
   */
  shortfall(): string {
    return this.#missing(this.#succeeded);
  }

  /** The same of what could be had at best: if all who are still to answer would. */
  bestShortfall(): string {
    return this.#missing(this.#all() & ~this.#failed);
  }

  /** The same need and contacts from the beginning; who has failed here has failed there. */
  again(): QuorumCount {
    const count = new QuorumCount(this.#need, this.#contacts);
    for (let i = 0; i < this.#contacts.length; i++) if (this.hasFailed(i)) count.fail(i);
    return count;
  }

  #missing(mask: number): string {
    const { nodes, primaries, perDc } = this.#need;
    const primariesHave = this.#countPrimaries(mask);
    const nodesHave = this.#countNodes(mask);
    const isNodesShort = nodesHave < nodes;
    if (primariesHave < primaries && (primaries >= nodes || !isNodesShort)) {
      return `${primariesHave} of ${primaries} primaries`;
    }
    if (isNodesShort) return `${nodesHave} of ${nodes} nodes`;
    return perDc
      .map((centre) => ({ ...centre, have: this.#countNodes(mask, centre.dc) }))
      .filter((centre) => centre.have < centre.nodes)
      .map((centre) => `${centre.dc}: ${centre.have} of ${centre.nodes} nodes`)
      .join(", ");
  }

  #isAnswered(index: number): boolean {
    assert(index >= 0 && index < this.#contacts.length, "I1: a verdict is of a contact");
    return ((this.#succeeded | this.#failed) & (1 << index)) !== 0;
  }

  #all(): number {
    const { length } = this.#contacts;
    return length === CONTACTS_MAX ? -1 : (1 << length) - 1;
  }

  #judge(): void {
    if (this.#suffices(this.#succeeded)) this.#state = "met";
    else if (this.#suffices(this.#all() & ~this.#failed)) this.#state = "waiting";
    else this.#state = "impossible";
  }

  /** Whether these would be enough. */
  #suffices(mask: number): boolean {
    const { nodes, primaries, perDc } = this.#need;
    if (nodes > 0 && this.#countNodes(mask) < nodes) return false;
    if (primaries > 0 && this.#countPrimaries(mask) < primaries) return false;
    for (let i = 0; i < perDc.length; i++) {
      const centre = perDc[i]!;
      if (this.#countNodes(mask, centre.dc) < centre.nodes) return false;
    }
    return true;
  }

  /** Different nodes of these contacts, of one data centre or of all (I2). */
  #countNodes(mask: number, dc?: string): number {
    let count = 0;
    for (let i = 0; i < this.#contacts.length; i++) {
      if ((mask & (1 << i)) === 0 || this.#isRepeated(mask, i)) continue;
      if (dc === undefined || this.#contacts[i]!.dc === dc) count++;
    }
    return count;
  }

  /** Different nodes of these contacts that were asked as primaries (I2). */
  #countPrimaries(mask: number): number {
    let asPrimaries = 0;
    for (let i = 0; i < this.#contacts.length; i++) {
      if (this.#contacts[i]!.role === "primary") asPrimaries |= mask & (1 << i);
    }
    return this.#countNodes(asPrimaries);
  }

  /** Whether the node of a contact is also that of an earlier one of these. */
  #isRepeated(mask: number, index: number): boolean {
    const { node } = this.#contacts[index]!;
    for (let i = 0; i < index; i++) {
      if ((mask & (1 << i)) !== 0 && this.#contacts[i]!.node === node) return true;
    }
    return false;
  }
}

/** For a request that was refused before anything was sent. */
export function tooFewUp(count: QuorumCount): string {
  return `too few replicas are up, ${count.bestShortfall()}: wait for them, or ask for less`;
}

/** For one whose deadline has passed. */
export function tooLate(count: QuorumCount): string {
  return `no answer in time, ${count.shortfall()}: see which nodes are slow, or ask for less`;
}
