// What every target does, whatever it drives: the steps of a read-modify-write as operations of
// their own, the check of values that were read, retries of inserts, acknowledgements.
//
// I1. Between a PENDING and the matching `resume` or `fail`, `phases[client]` says what is awaited.

import type { Clock } from "../engines/io/clock.ts";
import { type Operation, OperationKind, type Workload } from "../workloads/workload.ts";
import { type Answer, Outcome } from "./outcome.ts";
import { Extra, type Recorder } from "./recorder.ts";
import type { Target } from "./target.ts";

/** What is awaited; a read for the context alone is one of clusters. */
export const Phase = { single: 0, readToMerge: 1, writeMerged: 2, readToWrite: 3 } as const;

const NEVER: Promise<unknown> = new Promise(() => {});

/** What happens when an insert of the load phase fails (YCSB's three properties). */
export interface InsertRetry {
  /** How often it is tried again; 0: never. */
  readonly limit: number;
  /** The pause before the next try, drawn anew each time, in nanoseconds. */
  delayNs(): number;
  /** The client goes on with the next record when the tries are used up; else the run ends. */
  readonly keepGoing: boolean;
}

export interface TargetParts {
  readonly workload: Workload;
  readonly clients: number;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Present in a load phase. */
  readonly insertRetry?: InsertRetry;
}

export abstract class StoreTarget implements Target {
  pending: Promise<unknown> = NEVER;
  readonly finishFromKind: number;
  fatal: unknown;
  protected readonly workload: Workload;
  protected readonly clock: Clock;
  /** Values that are read are checked. */
  protected readonly checks: boolean;
  protected readonly phases: Uint8Array;
  /** Of the last scan. */
  protected readonly rows: Uint32Array;
  /** What was read, for the check. */
  protected readonly values: (Uint8Array | undefined)[];
  /** When the read or write within a read-modify-write was sent. */
  protected readonly stepNs: Float64Array;
  readonly #recorder: Recorder;
  readonly #insertRetry: InsertRetry | undefined;
  readonly #tries: Uint32Array;

  /** @param checks false for a store that keeps nothing. */
  constructor(parts: TargetParts, checks: boolean) {
    this.workload = parts.workload;
    this.clock = parts.clock;
    this.checks = checks && parts.workload.check !== undefined;
    this.phases = new Uint8Array(parts.clients);
    this.rows = new Uint32Array(parts.clients);
    this.values = new Array<Uint8Array | undefined>(parts.clients).fill(undefined);
    this.stepNs = new Float64Array(parts.clients);
    this.#recorder = parts.recorder;
    this.#insertRetry = parts.insertRetry;
    this.#tries = new Uint32Array(parts.clients);
    this.finishFromKind = this.checks ? OperationKind.read : OperationKind.insert;
  }

  abstract start(client: number, operation: Operation): Answer;
  abstract resume(client: number, operation: Operation, value: unknown): Answer;
  /** Whether no operation can succeed after this error. */
  protected abstract isFatal(error: unknown): boolean;

  fail(client: number, _operation: Operation, error: unknown): Answer {
    this.phases[client] = Phase.single;
    if (this.isFatal(error)) this.fatal = error;
    this.#recorder.recordError(error);
    return Outcome.error;
  }

  finish(
    client: number,
    operation: Operation,
    outcome: Outcome,
    intendedNs: number,
    sentNs: number,
    doneNs: number,
  ): void {
    const kind = operation.kind;
    if (kind === OperationKind.insert) {
      // As in YCSB a failed insert is acknowledged too: else the keys behind it would never be
      // read.
      this.workload.acknowledge(operation.keyNumber);
    } else if (kind === OperationKind.scan) {
      const rows = this.rows[client]!;
      if (outcome === Outcome.ok && rows > 0) {
        const perRow = (doneNs - sentNs) / rows;
        this.#recorder.recordExtra(
          Extra.scanPerRecord,
          outcome,
          intendedNs,
          sentNs,
          sentNs + perRow,
        );
      }
    } else if (this.checks && outcome <= Outcome.notFound) {
      const reads = kind === OperationKind.read || kind === OperationKind.readModifyWrite;
      if (reads) this.#verify(client, operation);
    }
    this.values[client] = undefined;
  }

  retryDelayNs(client: number, operation: Operation, outcome: Outcome): number {
    const retry = this.#insertRetry;
    if (retry === undefined || outcome !== Outcome.error) return -1;
    if (operation.kind !== OperationKind.insert || this.fatal !== undefined) return -1;
    if (this.#tries[client]! < retry.limit) {
      this.#tries[client] = this.#tries[client]! + 1;
      return retry.delayNs();
    }
    this.#tries[client] = 0;
    if (!retry.keepGoing) this.fatal = this.#recorder.lastError;
    return -1;
  }

  /** Half of a read-modify-write as an operation of its own; the next half begins now. */
  protected recordStep(
    client: number,
    operation: Operation,
    kind: OperationKind,
    outcome: Outcome = Outcome.ok,
  ): void {
    if (operation.kind !== OperationKind.readModifyWrite) return;
    const sentNs = this.stepNs[client]!;
    const doneNs = this.clock.now();
    this.#recorder.recordStep(kind, outcome, sentNs, doneNs);
    this.stepNs[client] = doneNs;
  }

  #verify(client: number, operation: Operation): void {
    const check = this.workload.check!;
    const value = this.values[client];
    const sentNs = this.clock.now();
    let outcome: Outcome = Outcome.error;
    if (value !== undefined && value.length > 0) {
      const same = check(operation.keyNumber, operation.key, value);
      outcome = same ? Outcome.ok : Outcome.unexpectedState;
    }
    this.#recorder.recordExtra(Extra.verify, outcome, sentNs, sentNs, this.clock.now());
  }
}
