// Drives a storage engine.
//
// A record is one value that holds all its fields. An update of one field therefore reads, merges
// and writes a whole record; a read of one field reads it all. Results carry a note that says so.
//
// Steps of a read-modify-write, as in YCSB: read; write; both are recorded as READ and UPDATE, and
// the whole as READ-MODIFY-WRITE.

import type { Engine, MaybePromise } from "../engines/engine.ts";
import { EngineError } from "../engines/errors.ts";
import { type Operation, OperationKind } from "../workloads/workload.ts";
import { readChunk, scanOn } from "./chunks.ts";
import { type Answer, Outcome, PENDING } from "./outcome.ts";
import { Phase, StoreTarget, type TargetParts } from "./store-target.ts";

/** Errors after which no operation can succeed: the run ends. */
const FATAL_CODES: ReadonlySet<string> = new Set([
  "ENGINE_CLOSED",
  "ENGINE_LOCKED",
  "ENGINE_OPTION",
  "ENGINE_UNAVAILABLE",
  "ENGINE_UNSUPPORTED",
]);

export class EngineTarget extends StoreTarget {
  readonly #engine: Engine;
  /** The engine keeps nothing (`null`): what it answers is no record, and is not looked into. */
  readonly #blind: boolean;

  constructor(engine: Engine, parts: TargetParts) {
    super(parts, engine.supports.persistent);
    this.#engine = engine;
    this.#blind = !engine.supports.persistent;
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
    const phase = this.phases[client]!;
    this.phases[client] = Phase.single;
    try {
      if (phase === Phase.readToMerge) {
        return this.#mergeAndWrite(client, operation, value as Uint8Array | undefined);
      }
    } catch (error) {
      return this.fail(client, operation, error);
    }
    if (phase === Phase.writeMerged) this.recordStep(client, operation, OperationKind.update);
    if (operation.kind === OperationKind.scan) this.rows[client] = value as number;
    if (operation.kind !== OperationKind.read) return Outcome.ok;
    if (this.checks) this.values[client] = value as Uint8Array | undefined;
    return value === undefined ? Outcome.notFound : Outcome.ok;
  }

  protected isFatal(error: unknown): boolean {
    return !(error instanceof EngineError) || FATAL_CODES.has(error.code);
  }

  #read(client: number, operation: Operation): Answer {
    const value = this.#engine.get(operation.key);
    if (value instanceof Promise) {
      this.pending = value;
      return PENDING;
    }
    if (this.checks) this.values[client] = value;
    return value === undefined ? Outcome.notFound : Outcome.ok;
  }

  #write(acknowledged: MaybePromise<void>): Answer {
    if (acknowledged === undefined) return Outcome.ok;
    this.pending = acknowledged;
    return PENDING;
  }

  #readToMerge(client: number, operation: Operation): Answer {
    this.stepNs[client] = this.clock.now();
    const record = this.#engine.get(operation.key);
    if (record instanceof Promise) {
      this.phases[client] = Phase.readToMerge;
      this.pending = record;
      return PENDING;
    }
    return this.#mergeAndWrite(client, operation, record);
  }

  #mergeAndWrite(client: number, operation: Operation, record: Uint8Array | undefined): Answer {
    if (operation.kind === OperationKind.readModifyWrite) {
      const outcome = record === undefined ? Outcome.notFound : Outcome.ok;
      this.recordStep(client, operation, OperationKind.read, outcome);
      if (this.checks) this.values[client] = record;
    }
    const field = operation.field;
    if (field >= 0 && record === undefined) return Outcome.notFound;
    const whole = field < 0 || this.#blind;
    const value = whole
      ? operation.value
      : this.workload.mergeField(record!, field, operation.value);
    const acknowledged = this.#engine.put(operation.key, value);
    if (acknowledged !== undefined) {
      this.phases[client] = Phase.writeMerged;
      this.pending = acknowledged;
      return PENDING;
    }
    this.recordStep(client, operation, OperationKind.update);
    return Outcome.ok;
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
    this.rows[client] = rows;
    const closed = cursor.close();
    if (closed === undefined) return Outcome.ok;
    this.pending = closed.then(() => rows);
    return PENDING;
  }
}
