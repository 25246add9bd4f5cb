// Rumours that wait to be told on, after memberlist's TransmitLimitedQueue. One told least often
// goes first, among those the longest, among those the newest.
//
// Steps of `take`: in that order, each one that still fits is taken and counted; one that was told
// as often as the limit says is dropped.
//
// Invariants:
//  I1. There is at most one rumour of a name: a newer one replaces it.
//  I2. No rumour is taken more often than the limit allowed when it was taken last.

export interface Broadcast {
  /** What it is about. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Called once, when it is not told any more, for whatever reason. */
  readonly onDone: (() => void) | undefined;
  transmits: number;
  /** Counts up. */
  readonly number: number;
}

export class BroadcastQueue {
  readonly #byName = new Map<string, Broadcast>();
  #lastNumber = 0;

  get length(): number {
    return this.#byName.size;
  }

  /** `transmits` is how often it was told before. */
  add(name: string, bytes: Uint8Array, onDone?: () => void, transmits = 0): void {
    const before = this.#byName.get(name);
    this.#byName.delete(name);
    before?.onDone?.();
    const number = ++this.#lastNumber;
    this.#byName.set(name, { name, bytes, onDone, transmits, number });
  }

  /** What has its turn, at most `limitBytes` with `overheadBytes` for each. */
  take(overheadBytes: number, limitBytes: number, transmitsMax: number): Uint8Array[] {
    if (this.#byName.size === 0) return [];
    const taken: Uint8Array[] = [];
    let freeBytes = limitBytes;
    for (const broadcast of this.ordered()) {
      const bytes = broadcast.bytes.length + overheadBytes;
      if (bytes > freeBytes) continue;
      freeBytes -= bytes;
      taken.push(broadcast.bytes);
      if (++broadcast.transmits >= transmitsMax) this.#drop(broadcast);
    }
    return taken;
  }

  /** Drops those that have their turn last, until at most `max` are left. */
  prune(max: number): void {
    if (this.#byName.size <= max) return;
    for (const broadcast of this.ordered().slice(max)) this.#drop(broadcast);
  }

  /** Those that have their turn first come first. */
  ordered(): Broadcast[] {
    return [...this.#byName.values()].sort(
      (a, b) => a.transmits - b.transmits || b.bytes.length - a.bytes.length || b.number - a.number,
    );
  }

  #drop(broadcast: Broadcast): void {
    this.#byName.delete(broadcast.name);
    broadcast.onDone?.();
  }
}
