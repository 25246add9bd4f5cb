// How often each kind of fault changed an outcome: a partition that no datagram met counts nothing.

export type FaultKind =
  | "loss"
  | "duplicate"
  | "reorder"
  | "partition"
  | "one-way"
  | "clog"
  | "slow-node"
  | "slow-disk"
  | "full-disk"
  | "noise"
  | "kill"
  | "kill-in-write"
  | "power-loss"
  | "disk-loss"
  | "clock-jump";

export class FaultCounts {
  readonly #counts = new Map<FaultKind, number>();

  add(kind: FaultKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  /** By kind in order, those that never mattered left out. */
  byKind(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
