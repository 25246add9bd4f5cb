// What is measured outside the schedulers, by a loop of its own: a pass over a store, batches. The
// recorder, the progress and the limit of time that such a loop needs.
//
// I1. `beat` is called after every step, and lets the event loop run at least every REPORT_NS.

import { Recorder } from "./recorder.ts";
import type { RunOptions, RunOutcome } from "./run.ts";
import type { Timer } from "./timer.ts";

/** How often progress is reported, and how long the event loop may wait, in nanoseconds. */
const REPORT_NS = 1e8;

export interface PassOptions
  extends Pick<
    RunOptions,
    "engine" | "clock" | "timer" | "signal" | "latency" | "maxSeconds" | "onProgress" | "watch"
  > {
  /** Operations that it is expected to have: for progress, and to tell whether it was ended. */
  readonly expected: number;
}

export class Pass {
  readonly recorder: Recorder;
  readonly #options: PassOptions;
  readonly #startNs: number;
  #reportNs: number;
  #timeIsUp = false;

  /** The row begins now. */
  constructor(options: PassOptions) {
    this.#options = options;
    options.watch?.begin(options.engine);
    this.#startNs = options.clock.now();
    this.#reportNs = this.#startNs + REPORT_NS;
    const { latency } = options;
    const startNs = this.#startNs;
    this.recorder = new Recorder({ latency, openLoop: false, startNs, notFoundFails: false });
  }

  /** Somebody interrupts, or the time is up: no further step is to be begun. */
  get over(): boolean {
    return this.#timeIsUp || this.#options.signal.aborted;
  }

  /** A step has ended. A promise: to be awaited, for the event loop's turn. */
  beat(nowNs: number): Promise<void> | undefined {
    if (nowNs < this.#reportNs) return undefined;
    const { expected, maxSeconds, onProgress, watch, timer } = this.#options;
    this.#reportNs = nowNs + REPORT_NS;
    this.recorder.beat(nowNs);
    const elapsedNs = nowNs - this.#startNs;
    const finished = this.recorder.operations;
    const opsPerSec = (finished * 1e9) / elapsedNs;
    const progress = { finished, total: expected, elapsedNs, opsPerSec };
    onProgress?.(progress);
    watch?.beat(nowNs, progress, () => this.recorder.recentP99Ns());
    if (maxSeconds !== undefined && elapsedNs >= maxSeconds * 1e9) this.#timeIsUp = true;
    return nextTurn(timer);
  }

  /** The row ends now. */
  outcome(clients: number, notes: readonly string[]): RunOutcome {
    const { expected, signal, clock, watch } = this.#options;
    const endNs = clock.now();
    const watched = watch?.end();
    const recording = this.recorder.finish(endNs);
    const short = recording.operations < expected;
    const cut = this.#timeIsUp && !signal.aborted && short;
    const ended = `the time limit ended it after ${recording.operations} of ${expected}`;
    return {
      ...recording,
      loop: { kind: "closed", clients },
      partial: signal.aborted && short,
      ...(cut ? { cutShortOf: expected } : {}),
      notes: [...notes, ...(cut ? [ended] : [])],
      ...(watched === undefined ? {} : { watched }),
    };
  }
}

function nextTurn(timer: Timer): Promise<void> {
  return new Promise((resolve) => timer.nextTurn(resolve));
}
