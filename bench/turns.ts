// When a closed loop goes on sending: after microtasks, or in a fresh turn of the event loop.
//
// I1. `#scheduled` is true exactly while a call of `#turn` is queued or a chain of `#hop` runs.
// I2. The event loop is let run at least once a slice, plus one round, while operations are sent.

import assert from "node:assert/strict";
import type { Clock } from "../engines/io/clock.ts";
import type { Timer } from "./timer.ts";
import type { Waiting } from "./waiting.ts";

/** How long operations are sent before the event loop gets its turn, unless told otherwise. */
const SLICE_NS = 4e6;

/**
 * Microtasks that a store may need to answer within one turn of the event loop: a few for its own
 * chain of promises. Whoever waits longer waits for the disk or the network.
 */
const HOPS = 4;

export interface TurnsOptions {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly waiting: Waiting;
  /** How long operations are sent before the event loop gets its turn; 4 ms when absent. */
  readonly sliceNs?: number | undefined;
  /** Sends rounds of operations, and schedules the turn after it where there is to be one. */
  readonly run: () => void;
}

export class Turns {
  /** Whoever sends after this time lets the event loop run. */
  sliceEndNs = 0;
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #waiting: Waiting;
  readonly #run: () => void;
  readonly #sliceNs: number;
  #scheduled = false;
  #hopsLeft = 0;

  constructor(options: TurnsOptions) {
    this.#clock = options.clock;
    this.#timer = options.timer;
    this.#waiting = options.waiting;
    this.#run = options.run;
    this.#sliceNs = options.sliceNs ?? SLICE_NS;
  }

  /** Begins a slice and a turn, now. */
  readonly begin = (): void => {
    this.sliceEndNs = this.#clock.now() + this.#sliceNs;
    this.#turn();
  };

  /** A turn soon: after the other batches that settle in this turn of the microtasks. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#clock.now() >= this.sliceEndNs) this.#timer.nextTurn(this.begin);
    else this.#timer.microtask(this.#turn);
  }

  /** A turn after the event loop has run. */
  yieldToEventLoop(): void {
    assert(!this.#scheduled, "I1: two turns are queued");
    this.#scheduled = true;
    this.#timer.nextTurn(this.begin);
  }

  /** A turn as soon as nobody waits, or after the event loop has run. */
  letMicrotasksRun(): void {
    assert(!this.#scheduled, "I1: two turns are queued");
    this.#scheduled = true;
    this.#hopsLeft = HOPS;
    this.#timer.microtask(this.#hop);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    this.#run();
  };

  readonly #hop = (): void => {
    if (this.#waiting.outstanding === 0) this.#turn();
    else if (--this.#hopsLeft > 0) this.#timer.microtask(this.#hop);
    else this.#timer.nextTurn(this.begin);
  };
}
