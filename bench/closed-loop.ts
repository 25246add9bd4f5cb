// Closed loop: each logical client sends its next operation when the last one was answered.
//
// Steps of a round, for the clients that are ready:
//  1. generate every operation;
//  2. send them one after the other, reading the clock once before the first and once after each:
//     nothing lies between two sends, so the end of one is the beginning of the next;
//  3. record what was answered at once, and make those clients ready again;
//  4. if somebody waits, let the microtasks run (a store that groups the writes of a turn does its
//     work there), and if somebody still waits, let the event loop run (turns.ts).
//
// Generating a key and recording a latency are thus never charged to the store. With one client
// there is nothing to share, and the clock is read twice an operation.
//
// I1. A client is ready, or waits for a promise, or sleeps before a retry, or has no operations
// left.

import assert from "node:assert/strict";
import type { Clock } from "../engines/io/clock.ts";
import type { Operation, WorkloadClient } from "../workloads/workload.ts";
import type { Loop, LoopOptions } from "./loop.ts";
import { isSeveralSteps, newOperation } from "./operation.ts";
import { type Outcome, PENDING } from "./outcome.ts";
import type { Recorder } from "./recorder.ts";
import { Sleepers } from "./sleepers.ts";
import type { Target } from "./target.ts";
import { Turns } from "./turns.ts";
import { type SettledBatch, Waiting } from "./waiting.ts";

export class ClosedLoop implements Loop {
  readonly #clock: Clock;
  readonly #target: Target;
  readonly #recorder: Recorder;
  readonly #clients: readonly WorkloadClient[];
  readonly #operations: Operation[];
  readonly #quotas: Float64Array;
  readonly #sentNs: Float64Array;
  readonly #doneNs: Float64Array;
  readonly #answers: Int8Array;
  /** Clients that keep their operation: it is sent once more. */
  readonly #retrying: Uint8Array;
  /** Ready clients, the first `#readyCount` count; a round takes all and refills the other. */
  #ready: Int32Array;
  #spare: Int32Array;
  #readyCount = 0;
  readonly #waiting: Waiting;
  readonly #sleeping: Sleepers;
  readonly #turns: Turns;
  #stopping = false;
  #finished = 0;
  #resolve: (() => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(options: LoopOptions) {
    const count = options.clients.length;
    assert(count > 0 && options.quotas.length === count, "one quota a client");
    this.#clock = options.clock;
    this.#target = options.target;
    this.#recorder = options.recorder;
    this.#clients = options.clients;
    this.#operations = Array.from({ length: count }, newOperation);
    this.#quotas = Float64Array.from(options.quotas);
    this.#sentNs = new Float64Array(count);
    this.#doneNs = new Float64Array(count);
    this.#answers = new Int8Array(count);
    this.#retrying = new Uint8Array(count);
    this.#ready = new Int32Array(count);
    this.#spare = new Int32Array(count);
    this.#sleeping = new Sleepers(options.timer);
    this.#waiting = new Waiting(count, this.#settled);
    const { clock, timer, sliceNs } = options;
    const waiting = this.#waiting;
    this.#turns = new Turns({ clock, timer, waiting, sliceNs, run: this.#runRounds });
    for (let client = 0; client < count; client++) this.#makeReady(client);
  }

  get finished(): number {
    return this.#finished;
  }

  stop(): void {
    this.#stopping = true;
    if (this.#sleeping.size === 0) return;
    this.#sleeping.cancelAll();
    this.#turns.wake();
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#turns.begin();
    });
  }

  readonly #runRounds = (): void => {
    try {
      this.#rounds();
    } catch (error) {
      this.#reject?.(error);
    }
  };

  /** Rounds until somebody waits, the slice ends, or nobody is ready. */
  #rounds(): void {
    const single = this.#clients.length === 1;
    // Looked at before a send too: what settled since the last round may have been fatal, and a
    // client that always waits would else be sent on for ever.
    while (this.#readyCount > 0 && !this.#stopping && this.#target.fatal === undefined) {
      const nowNs = single ? this.#sendAlone() : this.#round();
      if (this.#target.fatal !== undefined) break;
      if (nowNs >= this.#turns.sliceEndNs) {
        this.#turns.yieldToEventLoop();
        return;
      }
      if (this.#waiting.outstanding > 0) break;
    }
    const fatal = this.#target.fatal !== undefined;
    const idle = this.#waiting.outstanding + this.#sleeping.size === 0;
    if (fatal || idle) this.#end();
    else if (this.#readyCount > 0 && !this.#stopping) this.#turns.letMicrotasksRun();
  }

  #end(): void {
    if (this.#waiting.outstanding > 0) return;
    if (this.#target.fatal !== undefined) this.#reject?.(this.#target.fatal);
    else this.#resolve?.();
  }

  /** One client: the tight loop. Returns the last reading of the clock. */
  #sendAlone(): number {
    const clock = this.#clock;
    const target = this.#target;
    const recorder = this.#recorder;
    const client = this.#clients[0]!;
    const operation = this.#operations[0]!;
    const finishFromKind = target.finishFromKind;
    const sliceEndNs = this.#turns.sliceEndNs;
    let left = this.#quotas[0]!;
    let doneNs = 0;
    this.#readyCount = 0;
    while (left > 0) {
      if (this.#retrying[0] === 0) client.next(operation);
      else this.#retrying[0] = 0;
      const sentNs = clock.now();
      const answer = target.start(0, operation);
      doneNs = clock.now();
      if (answer === PENDING) {
        this.#quotas[0] = left;
        this.#sentNs[0] = sentNs;
        this.#waiting.add(0, target.pending);
        return doneNs;
      }
      recorder.record(operation.kind, answer, sentNs, sentNs, doneNs);
      if (answer > 1 || operation.kind >= finishFromKind) {
        this.#quotas[0] = left;
        this.#sentNs[0] = sentNs;
        if (!this.#conclude(0, answer, doneNs)) return doneNs;
        left = this.#quotas[0]!;
        if (target.fatal !== undefined) break;
      } else {
        left--;
        this.#finished++;
      }
      if (doneNs >= sliceEndNs) break;
    }
    this.#quotas[0] = left;
    if (left > 0) this.#makeReady(0);
    return doneNs;
  }

  /** Several clients, one operation each. Returns the last reading of the clock. */
  #round(): number {
    const count = this.#readyCount;
    const ready = this.#ready;
    this.#ready = this.#spare;
    this.#spare = ready;
    this.#readyCount = 0;
    this.#generate(ready, count);
    const lastNs = this.#send(ready, count);
    for (let i = 0; i < count; i++) {
      const client = ready[i]!;
      const answer = this.#answers[client]!;
      if (answer !== PENDING) this.#record(client, answer as Outcome, this.#doneNs[client]!);
    }
    return lastNs;
  }

  #generate(ready: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const client = ready[i]!;
      if (this.#retrying[client] === 0) this.#clients[client]!.next(this.#operations[client]!);
      else this.#retrying[client] = 0;
    }
  }

  #send(ready: Int32Array, count: number): number {
    const clock = this.#clock;
    const target = this.#target;
    let nowNs = clock.now();
    for (let i = 0; i < count; i++) {
      const client = ready[i]!;
      this.#sentNs[client] = nowNs;
      const answer = target.start(client, this.#operations[client]!);
      this.#answers[client] = answer;
      if (answer === PENDING) this.#waiting.add(client, target.pending);
      nowNs = clock.now();
      this.#doneNs[client] = nowNs;
    }
    return nowNs;
  }

  #record(client: number, outcome: Outcome, doneNs: number): void {
    const operation = this.#operations[client]!;
    const sentNs = this.#sentNs[client]!;
    this.#recorder.record(operation.kind, outcome, sentNs, sentNs, doneNs);
    if (this.#conclude(client, outcome, doneNs)) this.#makeReady(client);
  }

  /** What follows the record. Returns false when the client is not to send now. */
  #conclude(client: number, outcome: Outcome, doneNs: number): boolean {
    const operation = this.#operations[client]!;
    const sentNs = this.#sentNs[client]!;
    const target = this.#target;
    if (outcome > 1 || operation.kind >= target.finishFromKind) {
      const delayNs = outcome > 1 ? target.retryDelayNs(client, operation, outcome) : -1;
      if (delayNs >= 0) {
        this.#retryLater(client, delayNs);
        return false;
      }
      target.finish(client, operation, outcome, sentNs, sentNs, doneNs);
    }
    this.#quotas[client] = this.#quotas[client]! - 1;
    this.#finished++;
    return this.#quotas[client]! > 0;
  }

  #retryLater(client: number, delayNs: number): void {
    this.#retrying[client] = 1;
    this.#sleeping.add(client, delayNs, () => {
      this.#makeReady(client);
      this.#turns.wake();
    });
  }

  #makeReady(client: number): void {
    if (this.#quotas[client]! > 0) this.#ready[this.#readyCount++] = client;
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
        else this.#record(client, answer, isSeveralSteps(operation) ? this.#clock.now() : nowNs);
      }
    } catch (error) {
      this.#reject?.(error);
    }
    this.#turns.wake();
  };
}
