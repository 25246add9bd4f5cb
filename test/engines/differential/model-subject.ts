// The plain model that all engines are held against.

import { Model, type ModelRecord } from "../../../engines/conformance/model.ts";
import type { Answer } from "./answer.ts";
import type { Operation, Range, Write } from "./operation.ts";

interface ModelCursor {
  readonly records: readonly ModelRecord[];
  readonly keysOnly: boolean;
  /** The slot that it reads from. */
  readonly snapshot: number | undefined;
  at: number;
}

const EMPTY = new Uint8Array(0);

export class ModelSubject {
  readonly #state = new Model();
  readonly #snapshots = new Map<number, Model>();
  readonly #cursors = new Map<number, ModelCursor>();

  apply(operation: Operation): Answer {
    switch (operation.kind) {
      case "write":
        return this.#write(operation.writes);
      case "get": {
        const state = this.#asOf(operation.snapshot);
        return operation.keys.map((key) => state.get(key));
      }
      case "scan":
        return flat(this.#records(operation.range, operation.snapshot), operation.range.keysOnly);
      case "openCursor":
        return this.#openCursor(operation.slot, operation.range, operation.snapshot);
      case "take": {
        const cursor = this.#cursors.get(operation.slot);
        if (cursor === undefined) return [];
        const taken = cursor.records.slice(cursor.at, cursor.at + operation.records);
        cursor.at += taken.length;
        return flat(taken, cursor.keysOnly);
      }
      case "closeCursor":
        this.#cursors.delete(operation.slot);
        return [];
      case "openSnapshot":
        this.#closeSnapshot(operation.slot);
        this.#snapshots.set(operation.slot, this.#state.copy());
        return [];
      case "closeSnapshot":
        this.#closeSnapshot(operation.slot);
        return [];
      case "compact":
        return this.#write(operation.during);
      case "checkpoint": {
        const asOfCall = flat(this.#state.records, false);
        this.#write(operation.during);
        return asOfCall;
      }
      case "reopen":
        this.#cursors.clear();
        this.#snapshots.clear();
        return flat(this.#state.records, false);
      default:
        return [];
    }
  }

  #write(writes: readonly Write[]): Answer {
    for (const { key, value } of writes) {
      if (value === undefined) this.#state.delete(key);
      else this.#state.put(key, value);
    }
    return [];
  }

  #asOf(slot: number | undefined): Model {
    return (slot === undefined ? undefined : this.#snapshots.get(slot)) ?? this.#state;
  }

  #records(range: Range, snapshot: number | undefined): ModelRecord[] {
    return this.#asOf(snapshot).scan(range);
  }

  #openCursor(slot: number, range: Range, snapshot: number | undefined): Answer {
    const records = this.#records(range, snapshot);
    this.#cursors.set(slot, { records, keysOnly: range.keysOnly, snapshot, at: 0 });
    return [];
  }

  /** Cursors that read from it go first: what they would do without it is not agreed on. */
  #closeSnapshot(slot: number): void {
    for (const [at, { snapshot }] of this.#cursors) {
      if (snapshot === slot) this.#cursors.delete(at);
    }
    this.#snapshots.delete(slot);
  }
}

function flat(records: readonly ModelRecord[], keysOnly: boolean): Uint8Array[] {
  return records.flatMap(({ key, value }) => [key, keysOnly ? EMPTY : value]);
}
