// A small map from ids to numbers in one typed array: open addressing, doubled when 3/4 full.
// It holds what changed while a snapshot is open, and is thrown away as a whole.
//
// Invariants:
//  I1. Id 0 marks a free slot; it is never a key.

import assert from "node:assert";

export class IdTable {
  #slots = new Uint32Array(2 * 64);
  #count = 0;

  /** The number kept under the id, or -1. */
  get(id: number): number {
    const mask = this.#slots.length - 1;
    for (let at = start(id, mask); ; at = (at + 2) & mask) {
      const found = this.#slots[at]!;
      if (found === id) return this.#slots[at + 1]!;
      if (found === 0) return -1;
    }
  }

  set(id: number, value: number): void {
    assert(id > 0, "I1: id 0 is not a key");
    if (this.#count * 8 >= this.#slots.length * 3) this.#grow();
    const mask = this.#slots.length - 1;
    let at = start(id, mask);
    while (this.#slots[at] !== 0 && this.#slots[at] !== id) at = (at + 2) & mask;
    if (this.#slots[at] === 0) this.#count++;
    this.#slots[at] = id;
    this.#slots[at + 1] = value;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#count = 0;
    for (let at = 0; at < old.length; at += 2) if (old[at] !== 0) this.set(old[at]!, old[at + 1]!);
  }
}

function start(id: number, mask: number): number {
  return ((Math.imul(id, 0x9e3779b1) >>> 8) << 1) & mask;
}
