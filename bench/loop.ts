// What a scheduler of operations takes, and what it is to who starts it.

import type { Clock } from "../engines/io/clock.ts";
import type { WorkloadClient } from "../workloads/workload.ts";
import type { Recorder } from "./recorder.ts";
import type { Target } from "./target.ts";
import type { Timer } from "./timer.ts";

export interface LoopOptions {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly target: Target;
  readonly recorder: Recorder;
  readonly clients: readonly WorkloadClient[];
  /** Operations that each client sends; Infinity for as long as the loop is not stopped. */
  readonly quotas: readonly number[];
  /** How long a closed loop sends before the event loop gets its turn; 4 ms when undefined. */
  readonly sliceNs?: number | undefined;
}

/** What drives clients, for whoever starts and stops it. */
export interface Loop {
  /** Resolves when every operation was answered; rejects with `target.fatal`. */
  run(): Promise<void>;
  /** No new operation is sent; `run` resolves when those under way were answered. */
  stop(): void;
  /** Operations that were answered so far, retries not counted. */
  readonly finished: number;
}
