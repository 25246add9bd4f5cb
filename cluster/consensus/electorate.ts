// Who votes on a key, and how many are enough. While a plan is changed there are two groups, the
// voters of now and those of the next plan, and a quorum is a majority of each (joint consensus:
// Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014, section 6).
//
// Sets of members are bit masks over `members`. Two marks, numbers below 2^52, stand for what all
// of a quorum must agree on:
//   plan   who votes, in which group
//   roll   the plan, and which disk each member has (standing.ts)
// Unlike plans or rolls have the same mark with a chance of 2^-52.
//
// Invariants:
//  I1. Any two quorums of a plan have a member in common, and so have a quorum of a plan and one
//      of the change to its next plan.
//  I2. What outlasts a member meets every quorum with that member elsewhere than in the member.

import assert from "node:assert";
import type { NodeId } from "../runtime.ts";

const MEMBERS_MAX = 30;
const MARK_BOUND = 2 ** 52;
const HIGH_BITS = 20;

/** Tells which disk a node has, as far as known; 0: nothing is known. */
export interface DiskRegister {
  diskOf(node: NodeId): number;
}

export class Electorate {
  /** Everybody of either group, once, in the order of their names. */
  readonly members: readonly NodeId[];
  readonly plan: number;
  /** One group, or two while the plan changes. */
  readonly #groups: readonly number[];
  readonly #isShort: boolean;

  /** @param isShort one vote less than a majority is enough: a mistake, for tests of the judges */
  constructor(voters: readonly NodeId[], next: readonly NodeId[], isShort = false) {
    this.members = [...new Set([...voters, ...next])].sort();
    assert(this.members.length <= MEMBERS_MAX, "so many do not vote on a key");
    assert(new Set(voters).size === voters.length, "voters are different nodes");
    assert(new Set(next).size === next.length, "next voters are different nodes");
    const groups = next.length === 0 ? [voters] : [voters, next];
    this.#groups = groups.map((group) => maskOf(this.members, group));
    this.#isShort = isShort;
    let plan = 0;
    for (const [i, name] of this.members.entries()) {
      let groupsOf = 0;
      for (const [g, mask] of this.#groups.entries()) groupsOf |= ((mask >>> i) & 1) << g;
      plan = addMarks(plan, markOf(name, groupsOf, this.#groups.length));
    }
    this.plan = plan;
  }

  /** -1 when the node has no vote. */
  indexOf(node: NodeId): number {
    return this.members.indexOf(node);
  }

  isQuorum(mask: number): boolean {
    for (const group of this.#groups) {
      const majority = (countBits(group) >>> 1) + 1 - (this.#isShort ? 1 : 0);
      if (countBits(mask & group) < majority) return false;
    }
    return true;
  }

  /** Whether the members of `mask` without member `index` meet every quorum that it was in. */
  outlasts(mask: number, index: number): boolean {
    assert(index >= 0 && index < this.members.length, "I2: only a member was in a quorum");
    const own = 1 << index;
    for (const group of this.#groups) {
      if ((group & own) === 0) continue;
      const size = countBits(group);
      const majority = (size >>> 1) + 1;
      // Of a majority with it there are majority - 1 others: so few of the rest may be left out.
      if (countBits(mask & group & ~own) < size - majority + 1) return false;
    }
    return true;
  }

  /** The roll as the one who has that register sees it. */
  roll(register: DiskRegister): number {
    let roll = this.plan;
    for (const name of this.members) {
      const disk = register.diskOf(name);
      roll = addMarks(roll, markOf(name, disk % 2 ** 32, Math.floor(disk / 2 ** 32) + 4));
    }
    return roll;
  }
}

function maskOf(members: readonly NodeId[], group: readonly NodeId[]): number {
  let mask = 0;
  for (const node of group) mask |= 1 << members.indexOf(node);
  return mask;
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Marks are sums, so that the order of the members does not matter. */
function addMarks(a: number, b: number): number {
  return (a + b) % MARK_BOUND;
}

/** 52 bits of a name and two numbers. */
function markOf(name: NodeId, x: number, y: number): number {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995) ^ (high >>> 15);
  }
  low = mix(mix(mix(low ^ high) ^ x) ^ y);
  high = mix(mix(mix(high ^ name.length) + x) + y);
  return (high >>> (32 - HIGH_BITS)) * 2 ** 32 + (low >>> 0);
}

/** The last steps of MurmurHash3's 32-bit hash: every bit of the word changes all others. */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
