// What the two threads of `sim` say to each other: one runs the simulation, the other listens to
// the user.

import type { Kept } from "../../cluster/simulation/shrink.ts";
import type { SimulationResult } from "../../cluster/simulation/simulate.ts";
import type { Failure } from "./failure.ts";

export interface SimTask {
  /** The name of one of the scenarios. */
  readonly scenario: string;
  readonly firstSeed: number;
  readonly seeds: number;
  readonly minutes: number;
  readonly planted: string | undefined;
  readonly kept: Kept | undefined;
  readonly shrinkAttemptsMax: number;
  /** The folder for what clients saw. */
  readonly histories: string | undefined;
}

/** What a run has to tell: the last one ends it. */
export type SimNote =
  | { readonly kind: "violated"; readonly seed: number; readonly checkers: readonly string[] }
  | { readonly kind: "attempt"; readonly line: string }
  | { readonly kind: "seed"; readonly done: number }
  | { readonly kind: "done"; readonly result: SimulationResult }
  | { readonly kind: "failed"; readonly failure: Failure };

/**
 * Memory that both threads see: whether the user wants an end, and how far the run is. Neither has
 * to wait for the other to read it.
 */
export class SimShared {
  readonly buffer: SharedArrayBuffer;
  readonly #isInterrupted: Int32Array;
  /** Seed and virtual milliseconds. */
  readonly #reached: Float64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(24)) {
    this.buffer = buffer;
    this.#reached = new Float64Array(buffer, 0, 2);
    this.#isInterrupted = new Int32Array(buffer, 16, 1);
  }

  interrupt(): void {
    Atomics.store(this.#isInterrupted, 0, 1);
  }

  get isInterrupted(): boolean {
    return Atomics.load(this.#isInterrupted, 0) === 1;
  }

  reach(seed: number, virtualMs: number): void {
    this.#reached[0] = seed;
    this.#reached[1] = virtualMs;
  }

  get reached(): { readonly seed: number; readonly virtualMs: number } {
    return { seed: this.#reached[0]!, virtualMs: this.#reached[1]! };
  }
}
