// Virtual time for tests of the schedulers: a clock that moves only when it is read or when nothing
// else is left to do, and a timer that follows it. Deterministic: microtasks are the real ones.

import type { Timer } from "../../bench/timer.ts";
import type { Clock } from "../../engines/io/clock.ts";

/** What a turn of the event loop takes. */
const TURN_NS = 20_000;

interface Entry {
  readonly atNs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualTime implements Clock, Timer {
  /** What one reading of the clock takes, in nanoseconds. */
  readonly readingNs: number;
  #nowNs = 0;
  #order = 0;
  #entries: Entry[] = [];

  constructor(readingNs = 20) {
    this.readingNs = readingNs;
  }

  now(): number {
    this.#nowNs += this.readingNs;
    return this.#nowNs;
  }

  /** The time, without the cost of a reading. */
  get currentNs(): number {
    return this.#nowNs;
  }

  /** The thread is busy for so long. */
  spend(durationNs: number): void {
    this.#nowNs += durationNs;
  }

  microtask(callback: () => void): void {
    void Promise.resolve().then(callback);
  }

  nextTurn(callback: () => void): void {
    this.#add(this.#nowNs + TURN_NS, callback);
  }

  after(delayNs: number, callback: () => void): () => void {
    return this.at(this.#nowNs + delayNs, callback);
  }

  at(atNs: number, callback: () => void): () => void {
    const entry = this.#add(atNs, callback);
    return () => {
      this.#entries = this.#entries.filter((each) => each !== entry);
    };
  }

  /** A promise that is kept at a time. */
  promiseAt<T>(atNs: number, value: T): Promise<T> {
    return new Promise((resolve) => {
      this.at(atNs, () => resolve(value));
    });
  }

  /** Runs until the promise is settled. Throws when nothing is left to do before it is. */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    await drainMicrotasks();
    while (!settled) {
      let entry = this.#takeEarliest();
      if (entry === undefined) {
        // A long chain of microtasks may still run: a turn of the real event loop ends it.
        await new Promise((resolve) => setImmediate(resolve));
        entry = this.#takeEarliest();
      }
      if (settled) break;
      if (entry === undefined) throw new Error(`nothing left to do at ${this.#nowNs} ns`);
      this.#nowNs = Math.max(this.#nowNs, entry.atNs);
      entry.callback();
      await drainMicrotasks();
    }
    return promise;
  }

  #add(atNs: number, callback: () => void): Entry {
    const entry = { atNs, order: this.#order++, callback };
    this.#entries.push(entry);
    return entry;
  }

  #takeEarliest(): Entry | undefined {
    let earliest = 0;
    for (let i = 1; i < this.#entries.length; i++) {
      const entry = this.#entries[i]!;
      const best = this.#entries[earliest]!;
      const sooner =
        entry.atNs < best.atNs || (entry.atNs === best.atNs && entry.order < best.order);
      if (sooner) earliest = i;
    }
    return this.#entries.splice(earliest, 1)[0];
  }
}

/** Far more hops than any chain of promises in these tests has. */
async function drainMicrotasks(): Promise<void> {
  for (let i = 0; i < 12; i++) await undefined;
}
