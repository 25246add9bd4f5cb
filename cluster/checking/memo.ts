// The configurations that a search has seen: which operations were linearized, in which state.
//
//   slots: open addressing, pairs (hash, offset of the record; 0 for none)
//   arena: records of words: state, ranges of the two sets, their words
//
// Everything is compared, nothing is left to a hash; and two growing arrays have no limit of 2^24
// entries as a Set has.

import type { OperationSet } from "./operation-set.ts";
import { spread } from "./operation-set.ts";

const LOAD_MAX = 0.7;
const HEADER_WORDS = 5;

export class Memo {
  #slots = new Int32Array(2 * 1024);
  #arena = new Int32Array(4096);
  #used = 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Words of memory in use for records. */
  get words(): number {
    return this.#used;
  }

  /** Puts a configuration in; false when it was there already. */
  add(required: OperationSet, optional: OperationSet, state: number): boolean {
    const hash = spread(spread(required.hash ^ Math.imul(state, 0x9e3779b1)) ^ optional.hash);
    const mask = this.#slots.length / 2 - 1;
    let slot = hash & mask;
    for (;;) {
      const offset = this.#slots[2 * slot + 1]!;
      if (offset === 0) break;
      if (this.#slots[2 * slot] === hash && this.#equals(offset, required, optional, state)) {
        return false;
      }
      slot = (slot + 1) & mask;
    }
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = this.#store(required, optional, state);
    this.#size++;
    if (this.#size > (mask + 1) * LOAD_MAX) this.#grow();
    return true;
  }

  #store(required: OperationSet, optional: OperationSet, state: number): number {
    const offset = this.#used;
    const needed = HEADER_WORDS + span(required) + span(optional);
    if (offset + needed > this.#arena.length) {
      const arena = new Int32Array(Math.max(2 * this.#arena.length, offset + needed));
      arena.set(this.#arena);
      this.#arena = arena;
    }
    const arena = this.#arena;
    arena[offset] = state;
    arena[offset + 1] = required.low;
    arena[offset + 2] = required.high;
    arena[offset + 3] = optional.low;
    arena[offset + 4] = optional.high;
    let at = offset + HEADER_WORDS;
    for (let word = required.low; word <= required.high; word++) {
      arena[at++] = required.words[word]!;
    }
    for (let word = optional.low; word <= optional.high; word++) {
      arena[at++] = optional.words[word]!;
    }
    this.#used = at;
    return offset;
  }

  #equals(offset: number, required: OperationSet, optional: OperationSet, state: number): boolean {
    const arena = this.#arena;
    if (arena[offset] !== state) return false;
    if (arena[offset + 1] !== required.low || arena[offset + 2] !== required.high) return false;
    if (arena[offset + 3] !== optional.low || arena[offset + 4] !== optional.high) return false;
    let at = offset + HEADER_WORDS;
    for (let word = required.low; word <= required.high; word++) {
      if (arena[at++] !== required.words[word]) return false;
    }
    for (let word = optional.low; word <= optional.high; word++) {
      if (arena[at++] !== optional.words[word]) return false;
    }
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Int32Array(2 * old.length);
    const mask = slots.length / 2 - 1;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] === 0) continue;
      let slot = old[at]! & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = old[at]!;
      slots[2 * slot + 1] = old[at + 1]!;
    }
    this.#slots = slots;
  }
}

/** Words between `low` and `high`; none for an empty set and for a full one. */
function span({ low, high }: OperationSet): number {
  return Math.max(0, high - low + 1);
}
