// Drives a storage engine.
//
// A record is one value that holds all its fields. An update of one field therefore reads, merges
// and writes a whole record; a read of one field reads it all. Results carry a note that says so.
//
// Steps of a read-modify-write, as in YCSB: read; write; both are recorded as READ and UPDATE, and
// the whole as READ-MODIFY-WRITE.
//
// I1. Between a PENDING and the matching `resume` or `fail`, `#phases[client]` says what is
// awaited.

import type { Engine, MaybePromise } from "../engines/engine.ts";
import { EngineError } from "../engines/errors.ts";
import type { Clock } from "../engines/io/clock.ts";
import { type Operation, OperationKind, type Workload } from "../workloads/workload.ts";
import { readChunk, scanOn } from "./chunks.ts";
import { type Answer, Outcome, PENDING } from "./outcome.ts";
import { Extra, type Recorder } from "./recorder.ts";
import type { Target } from "./target.ts";

const Phase = { single: 0, readToMerge: 1, writeMerged: 2 } as const;

/** Errors after which no operation can succeed: the run ends. */
const FATAL_CODES: ReadonlySet<string> = new Set([
  "ENGINE_CLOSED",
  "ENGINE_LOCKED",
  "ENGINE_OPTION",
  "ENGINE_UNAVAILABLE",
  "ENGINE_UNSUPPORTED",
]);

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

export interface EngineTargetOptions {
  readonly engine: Engine;
  readonly workload: Workload;
  readonly clients: number;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Present in a load phase. */
  readonly insertRetry?: InsertRetry;
}

export class EngineTarget implements Target {
  pending: Promise<unknown> = NEVER;
  readonly finishFromKind: number;
  fatal: unknown;
  readonly #engine: Engine;
  readonly #workload: Workload;
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #checks: boolean;
  /** The engine keeps nothing (`null`): what it answers is no record, and is not looked into. */
  readonly #blind: boolean;
  readonly #insertRetry: InsertRetry | undefined;
  readonly #phases: Uint8Array;
  readonly #tries: Uint32Array;
  /** When the read or write within a read-modify-write was sent. */
  readonly #stepNs: Float64Array;
  readonly #rows: Uint32Array;
  readonly #values: (Uint8Array | undefined)[];

  constructor(options: EngineTargetOptions) {
    this.#engine = options.engine;
    this.#workload = options.workload;
    this.#clock = options.clock;
    this.#recorder = options.recorder;
    this.#blind = !options.engine.supports.persistent;
    this.#checks = options.workload.check !== undefined && !this.#blind;
    this.#insertRetry = options.insertRetry;
    this.#phases = new Uint8Array(options.clients);
    this.#tries = new Uint32Array(options.clients);
    this.#stepNs = new Float64Array(options.clients);
    this.#rows = new Uint32Array(options.clients);
    this.#values = new Array<Uint8Array | undefined>(options.clients).fill(undefined);
    this.finishFromKind = this.#checks ? OperationKind.read : OperationKind.insert;
  }

  start(client: number, operation: Operation): Answer {
    try {
      switch (operation.kind) {
        case OperationKind.read:
          return this.#read(client, operation);
        case OperationKind.update:
          return operation.field < 0
            ? this.#write(this.#engine.put(operation.key, operation.value))
            : this.#readToMerge(client, operation);
        case OperationKind.insert:
          return this.#write(this.#engine.put(operation.key, operation.value));
        case OperationKind.scan:
          return this.#scan(client, operation);
        case OperationKind.readModifyWrite:
          return this.#readToMerge(client, operation);
        case OperationKind.delete:
          return this.#write(this.#engine.delete(operation.key));
      }
    } catch (error) {
      return this.fail(client, operation, error);
    }
  }

  resume(client: number, operation: Operation, value: unknown): Answer {
    const phase = this.#phases[client]!;
    this.#phases[client] = Phase.single;
    try {
      if (phase === Phase.readToMerge) {
        return this.#mergeAndWrite(client, operation, value as Uint8Array | undefined);
      }
    } catch (error) {
      return this.fail(client, operation, error);
    }
    if (phase === Phase.writeMerged) this.#recordStep(client, operation, OperationKind.update);
    if (operation.kind === OperationKind.scan) this.#rows[client] = value as number;
    if (operation.kind !== OperationKind.read) return Outcome.ok;
    if (this.#checks) this.#values[client] = value as Uint8Array | undefined;
    return value === undefined ? Outcome.notFound : Outcome.ok;
  }

  fail(client: number, _operation: Operation, error: unknown): Answer {
    this.#phases[client] = Phase.single;
    if (!(error instanceof EngineError) || FATAL_CODES.has(error.code)) this.fatal = error;
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
      this.#workload.acknowledge(operation.keyNumber);
    } else if (kind === OperationKind.scan) {
      const rows = this.#rows[client]!;
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
    } else if (this.#checks && outcome <= Outcome.notFound) {
      const reads = kind === OperationKind.read || kind === OperationKind.readModifyWrite;
      if (reads) this.#verify(client, operation);
    }
    this.#values[client] = undefined;
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

  #read(client: number, operation: Operation): Answer {
    const value = this.#engine.get(operation.key);
    if (value instanceof Promise) {
      this.pending = value;
      return PENDING;
    }
    if (this.#checks) this.#values[client] = value;
    return value === undefined ? Outcome.notFound : Outcome.ok;
  }

  #write(acknowledged: MaybePromise<void>): Answer {
    if (acknowledged === undefined) return Outcome.ok;
    this.pending = acknowledged;
    return PENDING;
  }

  #readToMerge(client: number, operation: Operation): Answer {
    this.#stepNs[client] = this.#clock.now();
    const record = this.#engine.get(operation.key);
    if (record instanceof Promise) {
      this.#phases[client] = Phase.readToMerge;
      this.pending = record;
      return PENDING;
    }
    return this.#mergeAndWrite(client, operation, record);
  }

  #mergeAndWrite(client: number, operation: Operation, record: Uint8Array | undefined): Answer {
    if (operation.kind === OperationKind.readModifyWrite) {
      const outcome = record === undefined ? Outcome.notFound : Outcome.ok;
      this.#recordStep(client, operation, OperationKind.read, outcome);
      if (this.#checks) this.#values[client] = record;
    }
    const field = operation.field;
    if (field >= 0 && record === undefined) return Outcome.notFound;
    const whole = field < 0 || this.#blind;
    const value = whole
      ? operation.value
      : this.#workload.mergeField(record!, field, operation.value);
    const acknowledged = this.#engine.put(operation.key, value);
    if (acknowledged !== undefined) {
      this.#phases[client] = Phase.writeMerged;
      this.pending = acknowledged;
      return PENDING;
    }
    this.#recordStep(client, operation, OperationKind.update);
    return Outcome.ok;
  }

  /** Half of a read-modify-write as an operation of its own; the next half begins now. */
  #recordStep(
    client: number,
    operation: Operation,
    kind: OperationKind,
    outcome: Outcome = Outcome.ok,
  ): void {
    if (operation.kind !== OperationKind.readModifyWrite) return;
    const sentNs = this.#stepNs[client]!;
    const doneNs = this.#clock.now();
    this.#recorder.recordStep(kind, outcome, sentNs, doneNs);
    this.#stepNs[client] = doneNs;
  }

  #verify(client: number, operation: Operation): void {
    const check = this.#workload.check!;
    const value = this.#values[client];
    const sentNs = this.#clock.now();
    let outcome: Outcome = Outcome.error;
    if (value !== undefined && value.length > 0) {
      const same = check(operation.keyNumber, operation.key, value);
      outcome = same ? Outcome.ok : Outcome.unexpectedState;
    }
    this.#recorder.recordExtra(Extra.verify, outcome, sentNs, sentNs, this.#clock.now());
  }

  #scan(client: number, operation: Operation): Answer {
    const cursor = this.#engine.scan({ gte: operation.key, limit: operation.scanLength });
    let rows = 0;
    try {
      for (;;) {
        const chunk = cursor.next();
        if (chunk instanceof Promise) {
          this.pending = scanOn(cursor, chunk, rows);
          return PENDING;
        }
        if (chunk === undefined) break;
        rows += readChunk(chunk);
      }
    } catch (error) {
      void cursor.close();
      throw error;
    }
    this.#rows[client] = rows;
    const closed = cursor.close();
    if (closed === undefined) return Outcome.ok;
    this.pending = closed.then(() => rows);
    return PENDING;
  }
}
