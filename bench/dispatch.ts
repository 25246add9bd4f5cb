// Which client sends what is due, in open loop.
//
// `SharedQueue`: one schedule for all; an operation that is due takes the client that has been free
// longest, and waits when none is. `ClientSchedules`: a schedule of its own for each client, as
// YCSB's -target has it; what is due waits for its client, though others may be free.

import assert from "node:assert/strict";
import type { Arrivals } from "./arrivals.ts";

export interface Dispatch {
  /** When the next operation is due whose client is free; Infinity when there is none. */
  dueNs(): number;
  /** Its client, which is busy from now on. Only when `dueNs` is not Infinity. */
  take(): number;
  /** The client is free again. */
  release(client: number): void;
  /** Operations that were taken. */
  readonly taken: number;
  /** How many operations are due at `nowNs` and were not taken. */
  backlog(nowNs: number): number;
}

/** One schedule, any free client. Clients are taken in the order in which they became free. */
export class SharedQueue implements Dispatch {
  readonly #arrivals: Arrivals;
  readonly #limit: number;
  /** A ring of free clients. */
  readonly #free: Int32Array;
  #head = 0;
  #freeCount: number;
  #nextNs: number;
  taken = 0;

  /** @param limit operations in all; Infinity for no end. */
  constructor(arrivals: Arrivals, clients: number, limit: number) {
    this.#arrivals = arrivals;
    this.#limit = limit;
    this.#free = Int32Array.from({ length: clients }, (_, client) => client);
    this.#freeCount = clients;
    this.#nextNs = limit > 0 ? arrivals.next() : Number.POSITIVE_INFINITY;
  }

  dueNs(): number {
    return this.#freeCount > 0 ? this.#nextNs : Number.POSITIVE_INFINITY;
  }

  take(): number {
    assert(this.#freeCount > 0, "a client is free");
    const client = this.#free[this.#head]!;
    this.#head = (this.#head + 1) % this.#free.length;
    this.#freeCount--;
    this.taken++;
    this.#nextNs = this.taken < this.#limit ? this.#arrivals.next() : Number.POSITIVE_INFINITY;
    return client;
  }

  release(client: number): void {
    this.#free[(this.#head + this.#freeCount) % this.#free.length] = client;
    this.#freeCount++;
  }

  /** Ends the schedule: call it last. */
  backlog(nowNs: number): number {
    let count = 0;
    while (this.#nextNs <= nowNs) {
      count++;
      const more = this.taken + count < this.#limit;
      this.#nextNs = more ? this.#arrivals.next() : Number.POSITIVE_INFINITY;
    }
    return count;
  }
}

/** A constant rate for each client: its operation k is due at its start + k * period. */
export class ClientSchedules implements Dispatch {
  readonly #periodNs: number;
  readonly #quotas: readonly number[];
  readonly #startNs: Float64Array;
  readonly #sent: Float64Array;
  /** A binary heap of the free clients that have operations left, by when their next is due. */
  readonly #heap: Int32Array;
  #heapCount = 0;
  taken = 0;

  /**
   * @param startNs when each client's first operation is due.
   * @param ratePerSec of each client.
   */
  constructor(startNs: readonly number[], ratePerSec: number, quotas: readonly number[]) {
    assert(startNs.length === quotas.length, "one start a client");
    this.#periodNs = 1e9 / ratePerSec;
    this.#quotas = quotas;
    this.#startNs = Float64Array.from(startNs);
    this.#sent = new Float64Array(startNs.length);
    this.#heap = new Int32Array(startNs.length);
    for (let client = 0; client < startNs.length; client++) this.release(client);
  }

  dueNs(): number {
    return this.#heapCount > 0 ? this.#dueOf(this.#heap[0]!) : Number.POSITIVE_INFINITY;
  }

  take(): number {
    assert(this.#heapCount > 0, "a client is free");
    const client = this.#heap[0]!;
    this.#heapCount--;
    if (this.#heapCount > 0) this.#sink(this.#heap[this.#heapCount]!);
    this.#sent[client] = this.#sent[client]! + 1;
    this.taken++;
    return client;
  }

  release(client: number): void {
    if (this.#sent[client]! >= this.#quotas[client]!) return;
    const due = this.#dueOf(client);
    let at = this.#heapCount++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#dueOf(this.#heap[parent]!) <= due) break;
      this.#heap[at] = this.#heap[parent]!;
      at = parent;
    }
    this.#heap[at] = client;
  }

  backlog(nowNs: number): number {
    let count = 0;
    for (const [client, startNs] of this.#startNs.entries()) {
      const due = Math.floor((nowNs - startNs) / this.#periodNs) + 1;
      count += Math.max(0, Math.min(due, this.#quotas[client]!) - this.#sent[client]!);
    }
    return count;
  }

  #dueOf(client: number): number {
    return this.#startNs[client]! + this.#sent[client]! * this.#periodNs;
  }

  /** Puts a client in at the top, and down to where it belongs. */
  #sink(client: number): void {
    const due = this.#dueOf(client);
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#heapCount) break;
      const right = child + 1;
      if (
        right < this.#heapCount &&
        this.#dueOf(this.#heap[right]!) < this.#dueOf(this.#heap[child]!)
      ) {
        child = right;
      }
      if (this.#dueOf(this.#heap[child]!) >= due) break;
      this.#heap[at] = this.#heap[child]!;
      at = child;
    }
    this.#heap[at] = client;
  }
}
