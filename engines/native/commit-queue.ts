// Writes to a store whose commits run on another thread: one at a time, in the order of the
// calls, so that what a crash leaves is a prefix (R6).
//
// Invariants:
//  I1. At most one commit is under way.
//  I2. Writes reach the store in the order in which they were asked for.

import type { Batch } from "../engine.ts";
import type { LevelChainedBatch, LevelStore } from "./level.ts";

export interface CommitQueue {
  put(key: Uint8Array, value: Uint8Array): Promise<void>;
  delete(key: Uint8Array): Promise<void>;
  batch(batch: Batch): Promise<void>;
  /** Resolves once everything asked for so far has been committed, or has failed. */
  settled(): Promise<void>;
}

type Fail = (error: unknown) => Error;

function appendAll(target: LevelChainedBatch, batch: Batch): void {
  batch.forEach((key, value) => {
    if (value === undefined) target.del(key);
    else target.put(key, value);
  });
}

/** Each write is a commit of its own. */
export class SingleCommits implements CommitQueue {
  readonly #store: LevelStore;
  readonly #options: { readonly sync: boolean };
  readonly #fail: Fail;
  #last: Promise<void> | undefined;

  constructor(store: LevelStore, sync: boolean, fail: Fail) {
    this.#store = store;
    this.#options = { sync };
    this.#fail = fail;
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    if (this.#last === undefined) return this.#track(this.#store.put(key, value, this.#options));
    return this.#enqueue(this.#store.batch().put(key, value));
  }

  delete(key: Uint8Array): Promise<void> {
    if (this.#last === undefined) return this.#track(this.#store.del(key, this.#options));
    return this.#enqueue(this.#store.batch().del(key));
  }

  batch(batch: Batch): Promise<void> {
    const copy = this.#store.batch();
    appendAll(copy, batch);
    return this.#enqueue(copy);
  }

  async settled(): Promise<void> {
    while (this.#last !== undefined) await this.#last.catch(ignore);
  }

  /** The batch holds copies already; it is written when its turn comes. */
  #enqueue(batch: LevelChainedBatch): Promise<void> {
    const { sync } = this.#options;
    const write = (): Promise<void> => batch.write({ sync });
    return this.#track(this.#last === undefined ? write() : this.#last.then(write, write));
  }

  #track(commit: Promise<void>): Promise<void> {
    const done = commit.then(
      () => {
        if (this.#last === done) this.#last = undefined;
      },
      (error) => {
        if (this.#last === done) this.#last = undefined;
        throw this.#fail(error);
      },
    );
    this.#last = done;
    return done;
  }
}

interface Group {
  readonly batch: LevelChainedBatch;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** All writes of a turn, and all that come while a commit is under way, share the next one. */
export class GroupedCommits implements CommitQueue {
  readonly #store: LevelStore;
  readonly #options: { readonly sync: boolean };
  readonly #fail: Fail;
  #gathering: Group | undefined;
  #committing: Promise<void> | undefined;

  constructor(store: LevelStore, sync: boolean, fail: Fail) {
    this.#store = store;
    this.#options = { sync };
    this.#fail = fail;
  }

  put(key: Uint8Array, value: Uint8Array): Promise<void> {
    const group = this.#gather();
    group.batch.put(key, value);
    return group.promise;
  }

  delete(key: Uint8Array): Promise<void> {
    const group = this.#gather();
    group.batch.del(key);
    return group.promise;
  }

  batch(batch: Batch): Promise<void> {
    const group = this.#gather();
    appendAll(group.batch, batch);
    return group.promise;
  }

  async settled(): Promise<void> {
    for (;;) {
      const waiting = this.#gathering?.promise ?? this.#committing;
      if (waiting === undefined) return;
      await waiting.catch(ignore);
    }
  }

  #gather(): Group {
    if (this.#gathering === undefined) {
      let resolve: () => void = ignore;
      let reject: (error: unknown) => void = ignore;
      const promise = new Promise<void>((onDone, onFailed) => {
        resolve = onDone;
        reject = onFailed;
      });
      this.#gathering = { batch: this.#store.batch(), promise, resolve, reject };
      if (this.#committing === undefined) queueMicrotask(this.#start);
    }
    return this.#gathering;
  }

  readonly #start = (): void => {
    const group = this.#gathering;
    if (group === undefined || this.#committing !== undefined) return;
    this.#gathering = undefined;
    this.#committing = group.batch.write(this.#options).then(
      () => {
        this.#committing = undefined;
        group.resolve();
        // The writers that this wakes are queued before the next commit, and join it.
        queueMicrotask(this.#start);
      },
      (error) => {
        this.#committing = undefined;
        group.reject(this.#fail(error));
        queueMicrotask(this.#start);
      },
    );
  };
}

function ignore(): void {}
