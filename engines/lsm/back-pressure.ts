// Holds writers back when background work does not keep up.
//
//   room     the memtable is full, and the one before is not flushed yet: writes wait for the flush
//   stop     level 0 has STOP_TABLES tables: writes wait for a compaction
//   pacing   level 0 has SLOW_TABLES tables, or the debt is above DEBT_BYTES: each step of the
//            compaction that is running lets a share of its bytes of writes through
//
// Pacing needs no clock and no guess of a rate: writers get on as the compaction does, in small
// steps, so that many wait a little rather than few for long.
//
// Invariants:
//  I1. Writes that wait are let through in the order of their calls, before any later one.
//  I2. Nobody waits when nothing is running that could end the wait: the write fails, or goes on.

import assert from "node:assert";
import { WriteBatch } from "../batch.ts";
import type { EngineOptions, MaybePromise } from "../engine.ts";
import type { EngineError } from "../errors.ts";

export interface PressureGauges {
  readonly level0Tables: number;
  readonly debtBytes: number;
  readonly isCompacting: boolean;
}

const SLOW_TABLES = 12;
const STOP_TABLES = 24;
const DEBT_BYTES = 2 * 1024 * 1024 * 1024;
/** Bytes that a compaction works through for each byte of writes that it lets through. */
const PACE = 4;

interface WaitingWrite {
  readonly batch: WriteBatch;
  readonly resolve: (done: MaybePromise<void>) => void;
  readonly reject: (error: unknown) => void;
}

export class BackPressure {
  readonly #options: EngineOptions;
  readonly #nextEvent: () => number;
  readonly #waiting: WaitingWrite[] = [];
  #mode: "free" | "paced" | "stopped" = "free";
  #creditBytes = 0;
  #waitingSince = 0;
  /** Number of the event that the wait is; 0: nobody waits. */
  #event = 0;
  stalls = 0;
  stallNs = 0;

  constructor(options: EngineOptions, nextEvent: () => number) {
    this.#options = options;
    this.#nextEvent = nextEvent;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Looks again how much there is to do. */
  measure({ level0Tables, debtBytes, isCompacting }: PressureGauges): void {
    const slow = level0Tables >= SLOW_TABLES || debtBytes > DEBT_BYTES;
    if (level0Tables >= STOP_TABLES) this.#mode = "stopped";
    else this.#mode = slow && isCompacting ? "paced" : "free";
  }

  /** The compaction got on by so many bytes. */
  credit(bytes: number): void {
    if (this.#mode === "paced")
      this.#creditBytes = Math.min(bytes, this.#creditBytes + bytes / PACE);
  }

  /** Whether `length` bytes may be written now. */
  admits(length: number): boolean {
    if (this.#mode === "free") return true;
    if (this.#mode === "stopped" || this.#creditBytes <= 0) return false;
    this.#creditBytes -= length;
    return true;
  }

  /** The write waits; what it needs of its arguments is copied. */
  wait(fill: (batch: WriteBatch) => void): Promise<void> {
    const batch = new WriteBatch();
    fill(batch);
    if (this.#waiting.length === 0) {
      const { clock, onEvent } = this.#options;
      this.#waitingSince = clock.now();
      this.stalls++;
      this.#event = this.#nextEvent();
      onEvent({ kind: "stall", phase: "begin", id: this.#event });
    }
    return new Promise((resolve, reject) => this.#waiting.push({ batch, resolve, reject }));
  }

  /** I1: tries the writes that wait, until `write` says that one must go on waiting. */
  resume(write: (batch: WriteBatch) => MaybePromise<void> | "wait"): void {
    if (this.#waiting.length === 0) return;
    while (this.#waiting.length > 0) {
      const { batch, resolve, reject } = this.#waiting[0]!;
      try {
        const done = write(batch);
        if (done === "wait") return;
        resolve(done);
      } catch (error) {
        reject(error);
      }
      this.#waiting.shift();
    }
    this.#endWait();
  }

  /** I2: what they wait for failed. */
  refuse(error: EngineError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#endWait();
    assert(this.#waiting.length === 0, "I2: all were told");
  }

  #endWait(): void {
    if (this.#event === 0) return;
    const { clock, onEvent } = this.#options;
    this.stallNs += clock.now() - this.#waitingSince;
    onEvent({ kind: "stall", phase: "end", id: this.#event });
    this.#event = 0;
  }
}
