// Knows a message that came twice (runtime.ts: datagrams may), so that what is said of the first
// copy is true of the second: without it one copy of a write could be refused, and said to be not
// done, and the other one be done.
//
//  I1. A copy is known as long as no other message has fallen into the cell of the first.
//  I2. What is no copy is taken for one only when two senders have names of one hash.

import type { NodeId } from "../runtime.ts";

/** A prime, so that numbers that grow by a fixed step use all of them. */
const CELLS = 4093;

export class RecentCopies {
  /** By cell, the last message that fell into it: its number and one more, and its sender. */
  readonly #numbers = new Float64Array(CELLS);
  readonly #senders = new Int32Array(CELLS);

  /** @param number From 0; different in every message of the sender. */
  isCopy(from: NodeId, number: number): boolean {
    const sender = hashOf(from);
    const cell = (number + (sender >>> 0)) % CELLS;
    if (this.#numbers[cell] === number + 1 && this.#senders[cell] === sender) return true;
    this.#numbers[cell] = number + 1;
    this.#senders[cell] = sender;
    return false;
  }
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}
