// One phase of a workload on one store: load or run, closed or open loop, from the first operation
// to the figures.
//
// Steps:
//  1. Make the logical clients and share the operations out among them, as YCSB does.
//  2. Warm up: in closed loop with operations of their own before the measured ones, in open loop
//     with the first part of the schedule, whose backlog goes on into the measured part.
//  3. Measure until every operation was answered, the time is up, or somebody interrupts.
//  4. Add up.

import assert from "node:assert/strict";
import type { Engine } from "../engines/engine.ts";
import type { Clock } from "../engines/io/clock.ts";
import type { Loop as LoopResult } from "../reports/result.ts";
import type { Workload, WorkloadClient } from "../workloads/workload.ts";
import { SparseClock } from "./clock.ts";
import { ClosedLoop } from "./closed-loop.ts";
import type { Dispatch } from "./dispatch.ts";
import { judgeLateness } from "./lateness.ts";
import type { Loop } from "./loop.ts";
import { dispatchOf, type Offer } from "./offer.ts";
import { OpenLoop } from "./open-loop.ts";
import { Recorder, type Recording } from "./recorder.ts";
import type { OperationStatus } from "./series.ts";
import { quotasOf, shareOut } from "./share-out.ts";
import { type MeasuredStore, targetOf } from "./store.ts";
import type { InsertRetry } from "./store-target.ts";
import type { Target } from "./target.ts";
import type { Timer } from "./timer.ts";
import type { Watch, Watched } from "./watch.ts";

const HEARTBEAT_NS = 1e8;

/** How far a phase is. */
export interface Progress {
  readonly finished: number;
  /** Operations in all; 0 when only time ends the phase. */
  readonly total: number;
  readonly elapsedNs: number;
  /** Since the last report. */
  readonly opsPerSec: number;
}

export interface RunOptions<S extends MeasuredStore = Engine> {
  readonly engine: S;
  readonly workload: Workload;
  readonly phase: "load" | "run";
  readonly offer: Offer;
  /** Logical clients; no more than there are operations are used. */
  readonly clients: number;
  /** Measured operations of the run phase; 0: until `maxSeconds`. A load has what it has. */
  readonly operations: number;
  /** Operations before the measured ones; only in the run phase. */
  readonly warmupOperations: number;
  readonly maxSeconds?: number;
  readonly latency: boolean;
  /** A read that finds nothing is a failed operation (YCSB), or a fact like another (db_bench). */
  readonly notFoundFails: boolean;
  readonly insertRetry?: InsertRetry;
  /** In closed loop: how long operations are sent before others get their turn, in nanoseconds. */
  readonly sliceNs?: number;
  /** In open loop: wait by spinning, never by a timer. */
  readonly spin?: boolean;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Aborted: what is under way is finished, and the result is partial. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly watch?: Watch;
  /** The error after which no operation could succeed ends the phase with what there is. */
  readonly keepsFailed?: boolean;
  /** Status lines of YCSB: every so often, with what happened since the last one. */
  readonly status?: {
    readonly intervalNs: number;
    readonly print: (progress: Progress, operations: readonly OperationStatus[]) => void;
  };
}

export interface RunOutcome extends Recording {
  readonly loop: LoopResult;
  /** Interrupted, or failed, before the end. */
  readonly partial: boolean;
  /** With `keepsFailed`: the error after which no operation could succeed. */
  readonly failure?: unknown;
  /** Operations asked for, when the time was up before. */
  readonly cutShortOf?: number;
  readonly notes: string[];
  /** What was seen of the engine meanwhile, when it was watched. */
  readonly watched?: Watched | undefined;
}

/** Runs a phase. Rejects with the error after which no operation could succeed, unless kept. */
export function runPhase(options: RunOptions<MeasuredStore>): Promise<RunOutcome> {
  options.watch?.begin(options.engine);
  return new Phase(options).run();
}

/** How far a phase was at a time. */
interface Mark {
  readonly ns: number;
  readonly finished: number;
}

class Phase {
  readonly #options: RunOptions<MeasuredStore>;
  readonly #clock: Clock;
  readonly #startNs: number;
  readonly #total: number;
  readonly #clients: WorkloadClient[];
  readonly #quotas: number[];
  readonly #recorder: Recorder;
  readonly #target: Target;
  readonly #notes: string[] = [];
  #loop: Loop | undefined;
  #open: OpenLoop | undefined;
  /** Operations of the warm-up that had a loop of its own. */
  #warmedUp = 0;
  #timeIsUp = false;
  #cancelHeartbeat: (() => void) | undefined;
  #reported: Mark = { ns: 0, finished: 0 };
  #statusMark: Mark = { ns: 0, finished: 0 };

  constructor(options: RunOptions<MeasuredStore>) {
    this.#options = options;
    const { workload, phase } = options;
    this.#clock = options.latency ? options.clock : new SparseClock(options.clock);
    this.#startNs = options.clock.now();
    const { total, quotas } = quotasOf(options);
    const count = quotas.length;
    this.#total = total;
    this.#quotas = quotas;
    this.#clients = Array.from({ length: count }, (_, client) =>
      phase === "load" ? workload.loadClient(client, count) : workload.runClient(client, count),
    );
    this.#recorder = new Recorder({
      latency: options.latency,
      openLoop: options.offer.kind === "open",
      startNs: this.#startNs,
      notFoundFails: options.notFoundFails,
      warmup: options.warmupOperations > 0,
      status: options.status !== undefined,
    });
    const parts = { workload, clients: count, clock: this.#clock, recorder: this.#recorder };
    const { engine, insertRetry } = options;
    this.#target = targetOf(engine, insertRetry === undefined ? parts : { ...parts, insertRetry });
  }

  async run(): Promise<RunOutcome> {
    const onAbort = () => this.#loop?.stop();
    this.#options.signal.addEventListener("abort", onAbort);
    this.#reported = { ns: this.#startNs, finished: 0 };
    this.#statusMark = this.#reported;
    this.#beat();
    try {
      if (this.#options.offer.kind === "closed") await this.#runClosed();
      else await this.#runOpen();
    } catch (error) {
      if (this.#options.keepsFailed !== true || error !== this.#target.fatal) throw error;
    } finally {
      this.#cancelHeartbeat?.();
      this.#options.signal.removeEventListener("abort", onAbort);
    }
    return this.#outcome();
  }

  async #runClosed(): Promise<void> {
    const warmup = this.#options.warmupOperations;
    if (warmup > 0 && !this.#over()) {
      await this.#drive(new ClosedLoop(this.#loopOptions(shareOut(warmup, this.#clients.length))));
      this.#warmedUp = this.#loop!.finished;
      this.#loop = undefined;
      this.#recorder.beginMeasurement(this.#options.clock.now());
    }
    if (!this.#over()) await this.#drive(new ClosedLoop(this.#loopOptions(this.#quotas)));
  }

  async #runOpen(): Promise<void> {
    if (this.#over()) return;
    const loop = new OpenLoop({
      ...this.#loopOptions(this.#quotas),
      dispatch: this.#dispatch(),
      spin: this.#options.spin === true,
      warmup: {
        operations: this.#options.warmupOperations,
        ended: (nowNs) => this.#recorder.beginMeasurement(nowNs),
      },
    });
    this.#open = loop;
    await this.#drive(loop);
  }

  #drive(loop: Loop): Promise<void> {
    this.#loop = loop;
    return loop.run();
  }

  #loopOptions(quotas: readonly number[]) {
    return {
      clock: this.#clock,
      timer: this.#options.timer,
      target: this.#target,
      recorder: this.#recorder,
      clients: this.#clients,
      quotas,
      sliceNs: this.#options.sliceNs,
    };
  }

  #dispatch(): Dispatch {
    const { offer, workload, warmupOperations, clock } = this.#options;
    assert(offer.kind === "open", "only an open loop has a schedule");
    const warmups = shareOut(warmupOperations, this.#clients.length);
    const quotas = this.#quotas.map((quota, client) => quota + warmups[client]!);
    return dispatchOf(offer, { startNs: clock.now(), quotas, seed: workload.seed });
  }

  #over(): boolean {
    return this.#timeIsUp || this.#options.signal.aborted;
  }

  /** Ten times a second, as far as the loop lets the event loop run. */
  readonly #beat = (): void => {
    const nowNs = this.#options.clock.now();
    const { maxSeconds, status } = this.#options;
    this.#recorder.beat(nowNs);
    if (maxSeconds !== undefined && nowNs - this.#startNs >= maxSeconds * 1e9) {
      this.#timeIsUp = true;
      this.#loop?.stop();
    }
    const mark = { ns: nowNs, finished: this.#finished() };
    const statusAgeNs = nowNs + HEARTBEAT_NS / 10 - this.#statusMark.ns;
    if (status !== undefined && statusAgeNs >= status.intervalNs) {
      this.#recorder.rotate(nowNs);
      status.print(this.#progress(mark, this.#statusMark), this.#recorder.takeStatus());
      this.#statusMark = mark;
    }
    const progress = this.#progress(mark, this.#reported);
    this.#options.onProgress?.(progress);
    this.#options.watch?.beat(nowNs, progress, () => this.#recorder.recentP99Ns());
    this.#reported = mark;
    this.#cancelHeartbeat = this.#options.timer.after(HEARTBEAT_NS, this.#beat);
  };

  #finished(): number {
    return this.#warmedUp + (this.#loop?.finished ?? 0);
  }

  #progress(now: Mark, since: Mark): Progress {
    const seconds = (now.ns - since.ns) / 1e9;
    return {
      finished: now.finished,
      total: this.#total === 0 ? 0 : this.#total + this.#options.warmupOperations,
      elapsedNs: now.ns - this.#startNs,
      opsPerSec: seconds > 0 ? (now.finished - since.finished) / seconds : 0,
    };
  }

  #outcome(): RunOutcome {
    const nowNs = this.#options.clock.now();
    const interrupted = this.#options.signal.aborted;
    const watched = this.#options.watch?.end();
    const recording = this.#recorder.finish(nowNs);
    if (recording.operations === 0 && this.#timeIsUp) {
      this.#notes.push("the time was up before the warm-up had ended: nothing was measured");
    }
    const cut = this.#timeIsUp && !interrupted && recording.operations < this.#total;
    if (cut && recording.operations > 0) {
      this.#notes.push(`the time limit ended it after ${recording.operations} of ${this.#total}`);
    }
    const backlog = this.#open?.backlog ?? 0;
    if (backlog > 0) {
      this.#notes.push(`${backlog} operations were due and not sent when the time was up`);
    }
    const loop = this.#loopResult(recording);
    const failure = this.#target.fatal;
    const unfinished = this.#total === 0 || recording.operations < this.#total;
    return {
      ...recording,
      loop,
      partial: failure !== undefined || (interrupted && unfinished),
      ...(failure === undefined ? {} : { failure }),
      ...(cut ? { cutShortOf: this.#total } : {}),
      notes: [...this.#notes, ...(this.#target.notes?.() ?? [])],
      watched,
    };
  }

  #loopResult(recording: Recording): LoopResult {
    const { offer } = this.#options;
    const clients = this.#clients.length;
    if (offer.kind === "closed") return { kind: "closed", clients };
    const { arrivals, ratePerSec } = offer;
    const { note, ...verdict } = judgeLateness(this.#open?.lateness, recording.latencyNs);
    if (note !== undefined) this.#notes.push(note);
    return { kind: "open", arrivals, ratePerSec, clients, ...verdict };
  }
}
