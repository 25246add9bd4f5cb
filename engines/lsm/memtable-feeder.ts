// A memtable as stretches of entries, as of a sequence.
//
// Invariants:
//  I1. When keys were added since the last stretch, or some were undone, the place is sought again
//      from the last key handed out.

import assert from "node:assert";
import type { OrderedIndex, OrderedPosition } from "../index/ordered-index.ts";
import { sequenceAt } from "../log/record.ts";
import type { EntryRun } from "./entry-run.ts";
import type { Bound, Feeder } from "./entry-source.ts";
import type { Memtable } from "./memtable.ts";

/** Entries of a run: few at first, so that a short scan does not pay for a long one. */
const RUN_ENTRIES_MIN = 2;
const RUN_ENTRIES_MAX = 128;

export class MemtableFeeder implements Feeder {
  readonly #memtable: Memtable;
  readonly #reverse: boolean;
  readonly #sequence: number;
  #bound: Bound | undefined;
  #order: OrderedIndex;
  #changesSeen: number;
  #place: OrderedPosition;
  #offsets = new Uint32Array(RUN_ENTRIES_MIN);

  constructor(memtable: Memtable, sequence: number, reverse: boolean, start: Bound | undefined) {
    this.#memtable = memtable;
    this.#sequence = sequence;
    this.#reverse = reverse;
    this.#bound = start;
    this.#order = memtable.order;
    this.#changesSeen = this.#order.changes;
    this.#place = this.#seek();
  }

  fill(run: EntryRun): boolean {
    this.#findPlaceAgain();
    const offsets = this.#offsets;
    let count = 0;
    while (count < offsets.length) {
      const id = this.#reverse
        ? this.#order.backward(this.#place)
        : this.#order.forward(this.#place);
      if (id === 0) break;
      const offset = this.#memtable.resolve(id, this.#sequence);
      if (offset !== 0) offsets[count++] = offset;
    }
    if (count === 0) return false;
    const { image } = this.#memtable;
    this.#bound = { key: image.keyView(offsets[count - 1]!).slice(), inclusive: false };
    if (this.#reverse) offsets.subarray(0, count).reverse();
    run.clear(image.buffer.bytes);
    for (let i = 0; i < count; i++) {
      const offset = offsets[i]!;
      run.push(
        image.buffer.bytes,
        image.keyStart(offset),
        image.keyLength(offset),
        sequenceAt(image.buffer, offset),
        !image.isPut(offset),
        image.valueStart(offset),
        image.valueLength(offset),
      );
    }
    const longer = Math.min(RUN_ENTRIES_MAX, offsets.length * 4);
    if (longer > offsets.length) this.#offsets = new Uint32Array(longer);
    return true;
  }

  #findPlaceAgain(): void {
    const { order } = this.#memtable;
    if (order === this.#order && order.changes === this.#changesSeen) return;
    this.#order = order;
    this.#changesSeen = order.changes;
    this.#place = this.#seek();
    assert(this.#order.changes === this.#changesSeen, "I1: the place is that of the order");
  }

  #seek(): OrderedPosition {
    const bound = this.#bound;
    if (this.#reverse) {
      return bound === undefined ? this.#order.end() : this.#order.seek(bound.key, bound.inclusive);
    }
    return bound === undefined
      ? this.#order.first()
      : this.#order.seek(bound.key, !bound.inclusive);
  }
}
