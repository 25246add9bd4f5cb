// What a logical client drives. A scheduler knows nothing of engines: it starts an operation, and
// if that is still pending it waits for the promise and resumes.
//
// The way of one operation:
//
//   answer = target.start(client, operation)
//   while answer is PENDING: wait for target.pending, then answer = target.resume(client, ...,
//                            value) (or target.fail(client, ..., error) when the promise was
//   rejected) read the clock, record
//   target.finish(client, ...): what must not count as latency: checks of values, acknowledgements
//
// Nothing is allocated by an operation whose store answers at once.

import type { Operation } from "../workloads/workload.ts";
import type { Answer, Outcome } from "./outcome.ts";

/** The three clocks of an operation, in nanoseconds. In closed loop `intendedNs` is `sentNs`. */
export interface Target {
  /**
   * What the last call that answered PENDING waits for. Several clients may wait for one promise.
   */
  readonly pending: Promise<unknown>;
  /** Kinds of operation below this one need no call of `finish`. */
  readonly finishFromKind: number;
  start(client: number, operation: Operation): Answer;
  resume(client: number, operation: Operation, value: unknown): Answer;
  /** The promise was rejected, or `start` threw inside: counts the error, and keeps a sample. */
  fail(client: number, operation: Operation, error: unknown): Answer;
  finish(
    client: number,
    operation: Operation,
    outcome: Outcome,
    intendedNs: number,
    sentNs: number,
    doneNs: number,
  ): void;
  /** Nanoseconds until the same operation is to be tried again; -1: it is not. */
  retryDelayNs(client: number, operation: Operation, outcome: Outcome): number;
  /** What was seen beside outcomes, for the row; asked for at the end. */
  notes?(): readonly string[];
  /** Set when the run cannot go on; the schedulers stop when they see it. */
  readonly fatal: unknown;
}
