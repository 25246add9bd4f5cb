// All members that this node knows, itself among them, and the order in which they are probed.
//
// Steps of `nextToProbe`: the order is walked round robin; after each round those who died long ago
// leave it, and it is shuffled (SWIM, section 4.3). Newcomers get a random place in it.
//
// Invariants:
//  I1. Whoever stays in the order is probed once within 2n - 1 probes: at worst first in one round
//      and last in the next.

import type { NodeId, RandomStream } from "../runtime.ts";
import type { Member } from "./member.ts";
import { moveLast, shuffle } from "./order.ts";

export interface MemberListParts {
  readonly self: NodeId;
  readonly random: RandomStream;
  /** Whether the member has left the order by the next round. */
  readonly isBygone: (member: Member) => boolean;
  /** A mistake on purpose: one order for ever, newcomers last. */
  readonly keepsOrder: boolean;
}

/** For each that is wanted. */
const DRAWS = 8;

export class MemberList {
  readonly #parts: MemberListParts;
  readonly #byNode = new Map<NodeId, Member>();
  readonly #order: Member[] = [];
  #next = 0;

  constructor(parts: MemberListParts) {
    this.#parts = parts;
  }

  /** Those that are of account: not those who died long ago. */
  get length(): number {
    return this.#order.length;
  }

  get(node: NodeId): Member | undefined {
    return this.#byNode.get(node);
  }

  /** In no order that means anything; those who died long ago too. */
  all(): IterableIterator<Member> {
    return this.#byNode.values();
  }

  add(member: Member): void {
    this.#byNode.set(member.node, member);
    this.#place(member);
  }

  /** A member that is back: it may have left the order meanwhile. */
  revive(member: Member): void {
    if (!this.#order.includes(member)) this.#place(member);
  }

  #place(member: Member): void {
    const { random, keepsOrder } = this.#parts;
    const order = this.#order;
    order.push(member);
    if (keepsOrder) return;
    const place = random.nextBelow(order.length);
    order[order.length - 1] = order[place]!;
    order[place] = member;
  }

  remove(member: Member): void {
    this.#byNode.delete(member.node);
    const at = this.#order.indexOf(member);
    if (at >= 0) this.#order.splice(at, 1);
  }

  /** Undefined when there is nobody to probe. */
  nextToProbe(): Member | undefined {
    for (let looks = this.#order.length; looks >= 0; looks--) {
      if (this.#next >= this.#order.length) this.#beginRound();
      const member = this.#order[this.#next++];
      if (member !== undefined && !member.isGone && member.node !== this.#parts.self) {
        return member;
      }
    }
    return undefined;
  }

  /**
   * Up to `count` different others that are meant, drawn. Fewer where few are meant; none only
   * where nobody is.
   */
  draw(count: number, isMeant: (member: Member) => boolean): Member[] {
    const { random, self } = this.#parts;
    const order = this.#order;
    const isOne = (it: Member): boolean => it.node !== self && isMeant(it);
    const drawn: Member[] = [];
    // Draws may miss: of a small list all are looked at.
    const drawsMax = order.length <= DRAWS * count ? 0 : DRAWS * count;
    for (let draws = 0; draws < drawsMax && drawn.length < count; draws++) {
      const member = order[random.nextBelow(order.length)]!;
      if (isOne(member) && !drawn.includes(member)) drawn.push(member);
    }
    if (drawn.length > 0) return drawn;
    const meant = order.filter(isOne);
    shuffle(meant, random);
    return meant.slice(0, count);
  }

  #beginRound(): void {
    this.#next = 0;
    this.#order.length = moveLast(this.#order, this.#parts.isBygone);
    if (!this.#parts.keepsOrder) shuffle(this.#order, this.#parts.random);
  }
}
