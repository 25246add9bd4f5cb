// Open loop: operations are due when the schedule says, whatever the store does. None is skipped;
// the response time counts from when it was due, so a stall costs every operation that fell due in
// it.
//
// Steps of a turn:
//  1. while an operation is due and its client is free: generate it, send it;
//  2. if somebody waits, let the microtasks run;
//  3. sleep until the next one is due: a timer while it is far, turns of the event loop when it is
//     near, and a spin on the clock at the end when nobody waits.
//
// The generator's own lateness is what an operation would have been late by, had the store taken no
// time at all. It follows the recursion of a queue whose only server is the generator:
//
//   work(i)     = sent(i) - max(due(i), client free, thread given back by the store)
//   ideal(i)    = max(due(i), ideal(i - 1)) + work(i)
//   lateness(i) = ideal(i) - due(i)
//
// so a generator that cannot keep the rate is found out even when its clients are always busy, and
// a store that holds the thread, or every client, is not blamed on the generator. What a store does
// on this thread outside the calls to it and their microtasks does count as lateness.
//
// I1. A client is free (in the dispatch), or waits for a promise, or sleeps before a retry.
// I2. At most one call of `#turn` is queued: `#queued` says which kind.

import assert from "node:assert/strict";
import type { Clock } from "../engines/io/clock.ts";
import { Histogram } from "../reports/hdr/histogram.ts";
import type { Operation, WorkloadClient } from "../workloads/workload.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Loop, LoopOptions } from "./loop.ts";
import { isSeveralSteps, newOperation } from "./operation.ts";
import { type Outcome, PENDING } from "./outcome.ts";
import type { Recorder } from "./recorder.ts";
import { Sleepers } from "./sleepers.ts";
import type { Target } from "./target.ts";
import type { Timer } from "./timer.ts";
import { type SettledBatch, Waiting } from "./waiting.ts";

/** How long operations are sent before the event loop gets its turn, in nanoseconds. */
const SLICE_NS = 4e6;
/** A timer may be late by so much: it is set to go off earlier. */
const TIMER_SLACK_NS = 1.2e6;
/**
 * When the next operation is due sooner than this, the clock is read until it is; first the event
 * loop gets a turn, unless it is due sooner than SPIN_AT_ONCE_NS.
 */
const SPIN_NS = 2e5;
const SPIN_AT_ONCE_NS = 5e3;
const HOPS = 4;

type Queued = "nothing" | "microtask" | "nextTurn" | "timer";

export interface OpenLoopOptions extends Omit<LoopOptions, "quotas"> {
  readonly dispatch: Dispatch;
  /** Wait for the next operation by spinning, however far it is: no timer, and a busy core. */
  readonly spin?: boolean;
  /** `ended` is called once, when so many operations were answered; those are left out. */
  readonly warmup?: { readonly operations: number; readonly ended: (nowNs: number) => void };
}

export class OpenLoop implements Loop {
  /** Lateness of the generator, in nanoseconds, of every operation after the warm-up. */
  readonly lateness = new Histogram();
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #target: Target;
  readonly #recorder: Recorder;
  readonly #clients: readonly WorkloadClient[];
  readonly #dispatch: Dispatch;
  readonly #spin: boolean;
  readonly #warmup: OpenLoopOptions["warmup"];
  readonly #operations: Operation[];
  readonly #dueNs: Float64Array;
  readonly #sentNs: Float64Array;
  readonly #freeNs: Float64Array;
  readonly #waiting: Waiting;
  readonly #sleeping: Sleepers;
  #idealNs = 0;
  /** When the store last gave the thread back. */
  #heldUntilNs = 0;
  #hopsLeft = 0;
  #queued: Queued = "nothing";
  #cancelTimer: (() => void) | undefined;
  #stopping = false;
  #finished = 0;
  #backlog = 0;
  #resolve: (() => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(options: OpenLoopOptions) {
    const count = options.clients.length;
    this.#clock = options.clock;
    this.#timer = options.timer;
    this.#target = options.target;
    this.#recorder = options.recorder;
    this.#clients = options.clients;
    this.#dispatch = options.dispatch;
    this.#spin = options.spin === true;
    this.#warmup = options.warmup;
    this.#operations = Array.from({ length: count }, newOperation);
    this.#dueNs = new Float64Array(count);
    this.#sentNs = new Float64Array(count);
    this.#freeNs = new Float64Array(count);
    this.#sleeping = new Sleepers(options.timer);
    this.#waiting = new Waiting(count, this.#settled);
  }

  get finished(): number {
    return this.#finished;
  }

  /** Operations that were due when the loop was stopped, and were never sent. */
  get backlog(): number {
    return this.#backlog;
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#backlog = this.#dispatch.backlog(this.#clock.now());
    this.#sleeping.cancelAll();
    this.#wake();
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#turn();
    });
  }

  readonly #turn = (): void => {
    this.#queued = "nothing";
    try {
      this.#sendDue();
    } catch (error) {
      this.#reject?.(error);
    }
  };

  #sendDue(): void {
    let nowNs = this.#clock.now();
    const sliceEndNs = nowNs + SLICE_NS;
    const alreadyWaiting = this.#waiting.outstanding;
    let spinNs = this.#spin ? SLICE_NS : SPIN_NS;
    while (!this.#stopping && this.#target.fatal === undefined) {
      const dueNs = this.#dispatch.dueNs();
      if (dueNs > nowNs) {
        const maySpin = this.#waiting.outstanding === 0 && dueNs - nowNs < spinNs;
        if (!maySpin) break;
        nowNs = this.#clock.now();
        continue;
      }
      nowNs = this.#send(dueNs, this.#dispatch.take());
      spinNs = SPIN_AT_ONCE_NS;
      if (nowNs >= sliceEndNs) break;
    }
    if (this.#waiting.outstanding > alreadyWaiting) this.#letMicrotasksRun();
    else this.#rest(nowNs);
  }

  /** Sends one operation that is due. Returns the last reading of the clock. */
  #send(dueNs: number, client: number): number {
    const operation = this.#operations[client]!;
    this.#clients[client]!.next(operation);
    const sentNs = this.#clock.now();
    const couldNs = Math.max(dueNs, this.#freeNs[client]!, this.#heldUntilNs);
    this.#idealNs = Math.max(dueNs, this.#idealNs) + Math.max(0, sentNs - couldNs);
    this.lateness.record(this.#idealNs - dueNs);
    this.#dueNs[client] = dueNs;
    return this.#start(client, sentNs);
  }

  #start(client: number, sentNs: number): number {
    this.#sentNs[client] = sentNs;
    const answer = this.#target.start(client, this.#operations[client]!);
    const doneNs = this.#clock.now();
    this.#heldUntilNs = doneNs;
    if (answer === PENDING) this.#waiting.add(client, this.#target.pending);
    else this.#conclude(client, answer, doneNs);
    return doneNs;
  }

  #conclude(client: number, outcome: Outcome, doneNs: number): void {
    const operation = this.#operations[client]!;
    const target = this.#target;
    const dueNs = this.#dueNs[client]!;
    const sentNs = this.#sentNs[client]!;
    this.#recorder.record(operation.kind, outcome, dueNs, sentNs, doneNs);
    if (outcome > 1 || operation.kind >= target.finishFromKind) {
      const delayNs = outcome > 1 ? target.retryDelayNs(client, operation, outcome) : -1;
      if (delayNs >= 0) {
        this.#retryLater(client, delayNs);
        return;
      }
      target.finish(client, operation, outcome, dueNs, sentNs, doneNs);
    }
    this.#finished++;
    this.#freeNs[client] = doneNs;
    this.#dispatch.release(client);
    if (this.#finished === this.#warmup?.operations) {
      this.lateness.reset();
      this.#warmup.ended(doneNs);
    }
  }

  #retryLater(client: number, delayNs: number): void {
    this.#sleeping.add(client, delayNs, () => {
      this.#start(client, this.#clock.now());
      this.#wake();
    });
  }

  readonly #settled = (batch: SettledBatch, value: unknown, failed: boolean): void => {
    const nowNs = this.#clock.now();
    try {
      for (let i = 0; i < batch.count; i++) {
        const client = batch.clients[i]!;
        const operation = this.#operations[client]!;
        const answer = failed
          ? this.#target.fail(client, operation, value)
          : this.#target.resume(client, operation, value);
        if (answer === PENDING) this.#waiting.add(client, this.#target.pending);
        else this.#conclude(client, answer, isSeveralSteps(operation) ? this.#clock.now() : nowNs);
      }
    } catch (error) {
      this.#reject?.(error);
    }
    this.#wake();
  };

  /** A turn soon: after the other batches that settle in this turn of the microtasks. */
  #wake(): void {
    if (this.#queued === "microtask" || this.#queued === "nextTurn") return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#queued = "microtask";
    this.#timer.microtask(this.#turn);
  }

  #letMicrotasksRun(): void {
    assert(this.#queued === "nothing", "I2: two turns are queued");
    this.#queued = "microtask";
    this.#hopsLeft = HOPS;
    this.#timer.microtask(this.#hop);
  }

  readonly #hop = (): void => {
    if (this.#waiting.outstanding > 0 && --this.#hopsLeft > 0) {
      this.#timer.microtask(this.#hop);
      return;
    }
    // The microtasks in between were the store's: a grouped write, for instance.
    this.#heldUntilNs = this.#clock.now();
    this.#queued = "nothing";
    this.#rest(this.#heldUntilNs);
  };

  /** Until the next operation is due, or somebody who waits is answered. */
  #rest(nowNs: number): void {
    assert(this.#queued === "nothing", "I2: two turns are queued");
    const dueNs = this.#stopping ? Number.POSITIVE_INFINITY : this.#dispatch.dueNs();
    const fatal = this.#target.fatal;
    if (dueNs === Number.POSITIVE_INFINITY || fatal !== undefined) {
      if (this.#waiting.outstanding > 0) return;
      if (fatal !== undefined) this.#reject?.(fatal);
      else if (this.#sleeping.size === 0) this.#resolve?.();
      return;
    }
    const waitNs = dueNs - nowNs;
    if (this.#spin || waitNs <= 2 * TIMER_SLACK_NS) {
      this.#queued = "nextTurn";
      this.#timer.nextTurn(this.#turn);
      return;
    }
    this.#queued = "timer";
    this.#cancelTimer = this.#timer.after(waitNs - TIMER_SLACK_NS, this.#turn);
  }
}
