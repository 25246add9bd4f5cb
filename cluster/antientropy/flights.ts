// Writes that the data engine has shown but not yet made safe: when their commit fails they are
// undone, and what the index has of their keys is no longer true.
//
// Invariants:
//  I1. Of every write whose promise rejects the key is told, once.
//  I2. `mayHave` is true for the position of every write that is still in flight, and for few more.
//
// Hot: writers that wait for one commit share a promise (engines/engine.ts, R4), so that a handler
// is made for a commit and not for a write.

/** A power of two. */
const CELLS = 4096;

/** The writes of one promise. */
interface Flight {
  readonly positions: number[];
  readonly keys: Uint8Array[];
}

export class Flights {
  readonly #onFailed: (key: Uint8Array) => void;
  /** By the low bits of a position, how many writes are in flight. */
  readonly #cells = new Uint32Array(CELLS);
  #last: Flight | undefined;
  #lastPromise: Promise<void> | undefined;
  #count = 0;

  constructor(onFailed: (key: Uint8Array) => void) {
    this.#onFailed = onFailed;
  }

  get count(): number {
    return this.#count;
  }

  mayHave(position: number): boolean {
    return this.#count > 0 && this.#cells[position & (CELLS - 1)]! > 0;
  }

  add(position: number, key: Uint8Array, written: Promise<void>): void {
    if (this.#lastPromise !== written || this.#last === undefined) this.#begin(written);
    const flight = this.#last!;
    flight.positions.push(position);
    flight.keys.push(key);
    const cell = position & (CELLS - 1);
    this.#cells[cell] = this.#cells[cell]! + 1;
    this.#count++;
  }

  #begin(written: Promise<void>): void {
    const flight: Flight = { positions: [], keys: [] };
    this.#last = flight;
    this.#lastPromise = written;
    written.then(
      () => this.#land(flight),
      () => {
        this.#land(flight);
        for (const key of flight.keys) this.#onFailed(key);
      },
    );
  }

  #land(flight: Flight): void {
    if (this.#last === flight) {
      this.#last = undefined;
      this.#lastPromise = undefined;
    }
    for (const position of flight.positions) {
      const cell = position & (CELLS - 1);
      this.#cells[cell] = this.#cells[cell]! - 1;
    }
    this.#count -= flight.keys.length;
  }
}
