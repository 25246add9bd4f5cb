// The open snapshots of a store, as the sequences up to which they see writes.

import type { Snapshot } from "../engine.ts";

export class LsmSnapshot implements Snapshot {
  readonly sequence: number;
  readonly owner: SnapshotList;
  open = true;

  constructor(owner: SnapshotList, sequence: number) {
    this.owner = owner;
    this.sequence = sequence;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.owner.release(this);
  }
}

export class SnapshotList {
  readonly #open = new Set<LsmSnapshot>();

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  take(sequence: number): LsmSnapshot {
    const snapshot = new LsmSnapshot(this, sequence);
    this.#open.add(snapshot);
    return snapshot;
  }

  release(snapshot: LsmSnapshot): void {
    this.#open.delete(snapshot);
  }

  /** Ascending, each once. */
  sequences(): number[] {
    return [...new Set([...this.#open].map(({ sequence }) => sequence))].sort((a, b) => a - b);
  }
}

/** Whether one of the sequences, which ascend, is at least `from` and below `to`. */
export function hasBetween(sequences: readonly number[], from: number, to: number): boolean {
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sequences[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low < sequences.length && sequences[low]! < to;
}
