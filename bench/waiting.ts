// Logical clients that wait for promises.
//
// A group commit hands the same promise to every writer of the group: one continuation is attached
// for each distinct promise, and its clients are finished together. Batches are pooled, so waiting
// allocates nothing but what `then` does.
//
// I1. A client is in at most one batch.
// I2. A batch is in the pool, or its promise is unsettled, or it is being handed to `onSettled`.
// I3. `outstanding` is the sum of the clients in batches that are not in the pool.

import assert from "node:assert/strict";

/** Clients that waited for one promise, in the order in which they began to. */
export interface SettledBatch {
  readonly clients: Int32Array;
  /** How many of `clients` count. */
  readonly count: number;
}

/** `failed` tells whether `value` is what the promise was rejected with. */
export type OnSettled = (batch: SettledBatch, value: unknown, failed: boolean) => void;

class Batch implements SettledBatch {
  readonly clients: Int32Array;
  count = 0;
  promise: Promise<unknown> | undefined;
  readonly onValue: (value: unknown) => void;
  readonly onError: (error: unknown) => void;

  constructor(capacity: number, settle: (batch: Batch, value: unknown, failed: boolean) => void) {
    this.clients = new Int32Array(capacity);
    this.onValue = (value) => settle(this, value, false);
    this.onError = (error) => settle(this, error, true);
  }
}

export class Waiting {
  readonly #capacity: number;
  readonly #onSettled: OnSettled;
  readonly #pool: Batch[] = [];
  #newest: Batch | undefined;
  #outstanding = 0;

  /** @param clients how many logical clients there are: no batch can hold more. */
  constructor(clients: number, onSettled: OnSettled) {
    this.#capacity = clients;
    this.#onSettled = onSettled;
  }

  /** Clients that wait now. */
  get outstanding(): number {
    return this.#outstanding;
  }

  add(client: number, promise: Promise<unknown>): void {
    this.#outstanding++;
    let batch = this.#newest;
    if (batch === undefined || batch.promise !== promise) {
      batch = this.#pool.pop() ?? new Batch(this.#capacity, this.#settle);
      batch.promise = promise;
      batch.count = 0;
      this.#newest = batch;
      promise.then(batch.onValue, batch.onError);
    }
    assert(batch.count < this.#capacity, "I1: a client waits twice");
    batch.clients[batch.count++] = client;
  }

  readonly #settle = (batch: Batch, value: unknown, failed: boolean): void => {
    if (this.#newest === batch) this.#newest = undefined;
    batch.promise = undefined;
    this.#outstanding -= batch.count;
    this.#onSettled(batch, value, failed);
    this.#pool.push(batch);
  };
}
