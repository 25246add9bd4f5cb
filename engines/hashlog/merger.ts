// Merges by itself, as writers go on: every write pays for some of it, in steps of under a
// millisecond, so that dead space stays within its bound (merge-policy.ts) and nobody waits long.
//
// A merge that fails is given up and leaves everything as it was; the next is tried when more was
// written. It never makes a write fail.

import type { EngineEvent } from "../engine.ts";
import { type EngineError, ioError } from "../errors.ts";
import type { MergeHost } from "./merge-host.ts";
import { MergeJob } from "./merge-job.ts";
import {
  allowedDeadBytes,
  chooseVictims,
  isMergeDue,
  mergeRate,
  segmentLimitBytes,
} from "./merge-policy.ts";

/** Written bytes between two payments. */
export const PAYMENT_BYTES = 16 * 1024;
/** The longest step: about half a millisecond of copying. */
const STEP_BYTES_MAX = 256 * 1024;
/** Of the allowance so much is kept back, and a quarter of a segment, for what is not foreseen. */
const RESERVE_BYTES = 2 * PAYMENT_BYTES;
/** A merge that gave back less than this share of what it read was not worth it. */
const GAIN_SHARE_MIN = 1 / 10;

export interface HashLogSettings {
  /** A segment is left for a new one before it grows beyond this. */
  readonly segmentSizeBytes: number;
  /** Merges go on by themselves; else only in `compact`. */
  readonly autoMerge: boolean;
  /** As in 150 for a space amplification of 1.5. */
  readonly spacePercentMax: number;
}

export class Merger {
  readonly #host: MergeHost;
  readonly #settings: HashLogSettings;
  /** Bytes on disk of all that is part of the store, as of now. */
  readonly #storeBytes: () => number;
  #job: MergeJob | undefined;
  #jobEvent = 0;
  #stallEvent = 0;
  #lastEvent = 0;
  /** No merge begins before so many more bytes were written. */
  #restBytes = 0;
  /** The last failure, for `stats`. */
  failure: EngineError | undefined;
  merges = 0;
  stalls = 0;
  stallNs = 0;

  constructor(host: MergeHost, settings: HashLogSettings, storeBytes: () => number) {
    this.#host = host;
    this.#settings = settings;
    this.#storeBytes = storeBytes;
  }

  /** A number for the next event. */
  nextEvent(): number {
    return ++this.#lastEvent;
  }

  /** Bytes on disk that merges hold beside the store. */
  get extraBytes(): number {
    return (this.#job?.unlistedBytes ?? 0) + (this.#job?.unlistedVictimBytes ?? 0);
  }

  get workBytes(): number {
    return this.#job?.workBytes ?? 0;
  }

  get isBusy(): boolean {
    return this.#job !== undefined;
  }

  /** What runs off this thread; settles without an error. */
  get running(): Promise<void> | undefined {
    return this.#job?.running;
  }

  /** Called for every PAYMENT_BYTES written. */
  pay(): void {
    const { table, writer, options } = this.#host;
    if (writer.failure !== undefined || !this.#settings.autoMerge) return;
    const liveBytes = table.liveBytes;
    const { segmentSizeBytes, spacePercentMax } = this.#settings;
    const limitBytes = segmentLimitBytes(liveBytes, segmentSizeBytes);
    const allowedBytes = allowedDeadBytes(liveBytes, limitBytes, spacePercentMax);
    const deadBytes = this.#storeBytes() + this.extraBytes - liveBytes;
    this.#restBytes = Math.max(0, this.#restBytes - PAYMENT_BYTES);
    if (this.#job === undefined) {
      if (this.#restBytes > 0 || !isMergeDue(deadBytes, allowedBytes)) return;
      this.#begin(limitBytes, allowedBytes);
      if (this.#job === undefined) return;
    }
    const { growthBytes, workBytes } = this.#job;
    const slackBytes = allowedBytes - deadBytes - growthBytes - limitBytes / 4 - RESERVE_BYTES;
    const isStalled = slackBytes <= 0;
    const startNs = isStalled ? options.clock.now() : 0;
    this.#noteStall(isStalled);
    const budgetBytes = mergeRate(workBytes, slackBytes) * PAYMENT_BYTES;
    this.#step(Math.min(STEP_BYTES_MAX, budgetBytes), !isStalled);
    if (isStalled) this.stallNs += options.clock.now() - startNs;
  }

  /** Brings a merge that is under way to its end, on this thread. */
  finish(): void {
    while (this.#job !== undefined) {
      // It waits for the log to let go of files: the caller awaits `running` and comes again.
      if (this.#job.isListed && this.#job.running !== undefined && !this.#job.isDone) return;
      this.#step(STEP_BYTES_MAX, false);
    }
  }

  /** Before a close: a merge that is not in the manifest is given up, any other ended. */
  stop(): void {
    if (this.#job !== undefined && !this.#job.isListed) {
      this.#job.abandon(undefined);
      this.#end();
    }
    this.finish();
  }

  #begin(limitBytes: number, allowedBytes: number): void {
    const { table, active } = this.#host;
    const sealed = table.listed.filter((segment) => segment !== active());
    const victims = chooseVictims(sealed, active(), limitBytes, allowedBytes / 2);
    if (victims.length === 0) {
      this.#restBytes = limitBytes / 4;
      return;
    }
    this.#job = new MergeJob(this.#host, victims, limitBytes);
    this.#jobEvent = this.nextEvent();
    const bytes = victims.reduce((sum, victim) => sum + victim.sizeBytes, 0);
    const detail = `${victims.length} of ${table.listed.length} segments, ${bytes} bytes`;
    this.#tell({ kind: "merge", phase: "begin", id: this.#jobEvent, detail });
  }

  #step(budgetBytes: number, mayWait: boolean): void {
    const job = this.#job!;
    try {
      job.step(budgetBytes, mayWait && this.#host.options.background === "worker");
    } catch (error) {
      this.failure = ioError(error, "cannot merge segments");
      this.#restBytes = this.#settings.segmentSizeBytes;
      // Words that wait to be moved still lead to whole files: the next step goes on.
      if (job.isListed) return;
      job.abandon(this.failure);
      this.#end();
      return;
    }
    if (job.isDone) {
      this.merges++;
      const gainBytes = job.bytesRead - job.bytesWritten;
      if (gainBytes < job.bytesRead * GAIN_SHARE_MIN) this.#restBytes = job.bytesRead / 2;
      this.#end();
    }
  }

  #end(): void {
    const bytes = this.#job!.bytesRead + this.#job!.bytesWritten;
    this.#job = undefined;
    this.#noteStall(false);
    this.#tell({ kind: "merge", phase: "end", id: this.#jobEvent, bytes });
  }

  #noteStall(isStalled: boolean): void {
    if (isStalled === this.#stallEvent > 0) return;
    if (isStalled) {
      this.stalls++;
      this.#stallEvent = this.nextEvent();
      this.#tell({ kind: "stall", phase: "begin", id: this.#stallEvent });
    } else {
      this.#tell({ kind: "stall", phase: "end", id: this.#stallEvent });
      this.#stallEvent = 0;
    }
  }

  #tell(event: EngineEvent): void {
    this.#host.options.onEvent(event);
  }
}
