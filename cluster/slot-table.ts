// Things that are open for a while, by a number that is never used again.
//
// A Map would do, but for what it leaves behind: when entries come and go it moves to a new table
// again and again, and each old table keeps what was in it last, and the table after it. Once one
// of them is old, all of that stays until the whole heap is collected, and every short-lived object
// that was ever open is copied twice by the collector. Here a place is used again at once.
//
//   number := turn * SLOTS + slot      turn counts the uses of the table: each number has its own
//
// Invariants:
//  I1. No number is given out twice, but after TURNS_MAX others: at 100,000 a second, 15 days.
//  I2. A number that is closed finds nothing, whoever has its slot now.

import assert from "node:assert";

/** As many as can be open at a time. */
export const SLOTS = 2 ** 16;
/** So that a number is a safe integer. After the last turn comes the first. */
const TURNS_MAX = 2 ** 37;

/** Grows from each number that a table gives out to the next, but from the last turn to 1. */
export function turnOf(number: number): number {
  return Math.floor(number / SLOTS);
}

export class SlotTable<T> {
  /** By slot: the number that has it, 0 for none, and what it stands for. */
  readonly #numbers: number[] = [];
  readonly #values: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #turn: number;
  #size = 0;

  /**
   * @param turn Where to begin: from 1 to 2^37 - 1, drawn at random where an earlier table had
   * numbers.
   */
  constructor(turn: number) {
    this.#turn = turn;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === SLOTS;
  }

  /** Gives out a number, at least SLOTS, whose value is still to be set. Not when it is full. */
  reserve(): number {
    assert(!this.isFull, "I1: there is a number left");
    const slot = this.#free.pop() ?? this.#numbers.push(0) - 1;
    const number = this.#turn * SLOTS + slot;
    this.#turn = this.#turn + 1 < TURNS_MAX ? this.#turn + 1 : 1;
    this.#numbers[slot] = number;
    this.#size++;
    return number;
  }

  /** Of a number that is reserved. */
  set(number: number, value: T): void {
    const slot = number % SLOTS;
    assert(this.#numbers[slot] === number, "I2: the number is open");
    this.#values[slot] = value;
  }

  get(number: number): T | undefined {
    const slot = number % SLOTS;
    return this.#numbers[slot] === number ? this.#values[slot] : undefined;
  }

  /** Says whether it was open. */
  delete(number: number): boolean {
    const slot = number % SLOTS;
    if (this.#numbers[slot] !== number) return false;
    this.#numbers[slot] = 0;
    this.#values[slot] = undefined;
    this.#free.push(slot);
    this.#size--;
    return true;
  }

  /** Closes all that is open. */
  clear(): void {
    for (let slot = 0; slot < this.#numbers.length; slot++) {
      if (this.#numbers[slot] !== 0) this.delete(this.#numbers[slot]!);
    }
  }

  /** What is open now, by slot. */
  values(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }
}
