// Virtual time: what is to happen, in order, on one thread.
//
// Steps of `run`:
//  1. The event with the least (time, tie, number) is taken out. The tie is drawn by seed, so that
//     events of the same instant come in an order of their own in each seed.
//  2. Its callback runs.
//  3. If it may have left promises, they settle: a turn of the real event loop ends only when the
//     queue of microtasks is empty. An event of the simulation itself leaves none, and does not
//     pay for it.
//
// Invariants:
//  I1. Time never runs backwards.
//  I2. An event runs once, or not at all when it was cancelled.

import assert from "node:assert";
import type { RandomStream } from "../runtime.ts";
import { realTurn } from "./guard.ts";

/** Bits of a handle that name the slot. */
const SLOT_BITS = 20;
const SLOTS = 2 ** SLOT_BITS;

export type EventKind = "promises" | "plain";

export class Scheduler {
  readonly #random: RandomStream;
  #times = new Float64Array(1024);
  #ties = new Int32Array(1024);
  #numbers = new Float64Array(1024);
  readonly #callbacks: ((() => void) | undefined)[] = [];
  readonly #mayLeavePromises: boolean[] = [];
  readonly #freeSlots: number[] = [];
  /** A binary heap of slots. */
  #heap = new Int32Array(1024);
  #size = 0;
  #lastNumber = 0;
  #nowUs = 0;
  /** Events that ran. */
  events = 0;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** Microseconds since the start. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Events that wait. */
  get pending(): number {
    return this.#size;
  }

  /**
   * Runs the callback after so many microseconds (at least 0, rounded to whole ones). `plain` is
   * for callbacks that leave no promise to settle. Returns a handle for `cancel`.
   */
  schedule(delayUs: number, callback: () => void, kind: EventKind = "promises"): number {
    assert(delayUs >= 0, "I1: nothing happens in the past");
    const slot = this.#freeSlots.pop() ?? this.#callbacks.length;
    assert(slot < SLOTS, `at most ${SLOTS} events wait at a time`);
    if (slot >= this.#times.length) this.#grow();
    this.#times[slot] = this.#nowUs + Math.round(delayUs);
    this.#ties[slot] = this.#random.nextInt32();
    this.#numbers[slot] = ++this.#lastNumber;
    this.#callbacks[slot] = callback;
    this.#mayLeavePromises[slot] = kind === "promises";
    this.#rise(this.#size++, slot);
    return this.#lastNumber * SLOTS + slot;
  }

  /** Nothing happens when the event ran already, or was cancelled before. */
  cancel(handle: number): void {
    const slot = handle % SLOTS;
    if (this.#numbers[slot] !== Math.floor(handle / SLOTS)) return;
    // The slot stays in the heap until its time comes.
    this.#callbacks[slot] = undefined;
  }

  /**
   * Runs events until none is left at or before `untilUs`, which becomes the time, or until
   * `isDone` says so after one.
   */
  async run(untilUs: number, isDone: () => boolean = () => false): Promise<void> {
    while (this.#size > 0 && this.#times[this.#heap[0]!]! <= untilUs) {
      const slot = this.#take();
      const callback = this.#callbacks[slot];
      this.#release(slot);
      if (callback === undefined) continue;
      assert(this.#times[slot]! >= this.#nowUs, "I1: time does not run backwards");
      this.#nowUs = this.#times[slot]!;
      this.events++;
      const settles = this.#mayLeavePromises[slot]!;
      callback();
      if (settles) await realTurn();
      if (isDone()) return;
    }
    this.#nowUs = Math.max(this.#nowUs, untilUs);
  }

  #release(slot: number): void {
    this.#callbacks[slot] = undefined;
    this.#numbers[slot] = 0;
    this.#freeSlots.push(slot);
  }

  #isBefore(a: number, b: number): boolean {
    const times = this.#times;
    if (times[a] !== times[b]) return times[a]! < times[b]!;
    if (this.#ties[a] !== this.#ties[b]) return this.#ties[a]! < this.#ties[b]!;
    return this.#numbers[a]! < this.#numbers[b]!;
  }

  #rise(from: number, slot: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = this.#heap[parent]!;
      if (!this.#isBefore(slot, above)) break;
      this.#heap[at] = above;
      at = parent;
    }
    this.#heap[at] = slot;
  }

  #take(): number {
    const heap = this.#heap;
    const first = heap[0]!;
    const moved = heap[--this.#size]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isBefore(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
    return first;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    const times = new Float64Array(capacity);
    times.set(this.#times);
    this.#times = times;
    const ties = new Int32Array(capacity);
    ties.set(this.#ties);
    this.#ties = ties;
    const numbers = new Float64Array(capacity);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const heap = new Int32Array(capacity);
    heap.set(this.#heap);
    this.#heap = heap;
  }
}
