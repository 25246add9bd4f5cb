// The writers that wait: those whose records are not written yet, and those whose records are
// written and not synced. All of a group hold one promise.
//
// Invariants:
//  I1. At most one group is open; writers join it until it is closed.
//  I2. Groups are acknowledged in the order in which they were closed.

import assert from "node:assert";
import type { EngineError } from "../errors.ts";

type Group = PromiseWithResolvers<void>;

export class CommitGroups {
  #open: Group | undefined;
  #written: Group[] = [];

  /** Nobody waits. */
  get isEmpty(): boolean {
    return this.#open === undefined && this.#written.length === 0;
  }

  get hasWritten(): boolean {
    return this.#written.length > 0;
  }

  /** The promise of the open group; `onFirst` runs when there was none, and this opens it. */
  join(onFirst: () => void): Promise<void> {
    if (this.#open === undefined) {
      this.#open = Promise.withResolvers<void>();
      onFirst();
    }
    return this.#open.promise;
  }

  /** The records of the open group are written. */
  close(): void {
    if (this.#open === undefined) return;
    this.#written.push(this.#open);
    this.#open = undefined;
    assert(this.#written.length > 0, "I1: a closed group waits behind those before it");
  }

  /** The records of the open group could not be written. */
  refuseOpen(error: EngineError): void {
    this.#open?.reject(error);
    this.#open = undefined;
  }

  /** The closed groups, the oldest first, for whoever acknowledges them. */
  takeWritten(): readonly Group[] {
    const groups = this.#written;
    this.#written = [];
    return groups;
  }

  /** I2: acknowledges every closed group. */
  settle(): void {
    for (const group of this.takeWritten()) group.resolve();
  }

  /** Nothing is written any more: everybody who waits gets the error. */
  refuseAll(error: EngineError): void {
    for (const group of this.takeWritten()) group.reject(error);
    this.refuseOpen(error);
  }
}
