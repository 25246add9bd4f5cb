// Drives a cluster.
//
// A record is one value that holds all its fields, as in engine-target.ts. What a write has seen is
// part of it: with sibling policies (`dvv`, `vector-clock`) an update, a read-modify-write and a
// delete read first and write with the context of that read, whether or not they need the value;
// else every update would leave a sibling. With `lww` and `linearizable` a whole record is written
// blindly.
//
// Of several siblings the bytewise greatest counts as what was read, so that all readers of the
// same siblings see the same; they are counted, and a write with the context of the read ends them.

import type { ReadOptions, WriteOptions } from "../../cluster/client/options.ts";
import type { GetResult, WriteResult } from "../../cluster/client/results.ts";
import type { ClusterClient } from "../../cluster/client.ts";
import { ClusterError, type ClusterErrorCode } from "../../cluster/errors.ts";
import type { Keyspace } from "../../cluster/keyspace.ts";
import { type Operation, OperationKind } from "../../workloads/workload.ts";
import { type Answer, Outcome, PENDING } from "../outcome.ts";
import { Phase, StoreTarget, type TargetParts } from "../store-target.ts";
import type { ClusterShape } from "./shape.ts";

/** Errors after which no operation can succeed: the run ends. */
const FATAL_CODES: ReadonlySet<ClusterErrorCode> = new Set([
  "CLUSTER_SETTINGS",
  "CLUSTER_KEYSPACE",
  "CLUSTER_CONTEXT",
  "CLUSTER_MESSAGE",
  "CLUSTER_CLOSED",
]);

export interface ClusterTargetParts {
  readonly client: ClusterClient;
  readonly keyspace: Keyspace;
  readonly shape: ClusterShape;
  /** Errors that nodes had on their own account: with the first the run ends. */
  readonly failures: readonly unknown[];
  /** Counted up by all targets of the cluster. */
  readonly userBytes: UserBytes;
}

/** Bytes of keys and values, each once, however many replicas hold it. */
export interface UserBytes {
  /** Of writes that were asked for; of a delete the key. */
  written: number;
  /** Of records that were found. */
  read: number;
}

export class ClusterTarget extends StoreTarget {
  readonly #client: ClusterClient;
  readonly #keyspace: string;
  /** Writes must say what they have seen. */
  readonly #wantsContext: boolean;
  readonly #isLinearizable: boolean;
  readonly #reading: ReadOptions;
  readonly #blindly: WriteOptions;
  readonly #failures: readonly unknown[];
  readonly #userBytes: UserBytes;
  #readsOfSiblings = 0;
  #siblingsMax = 1;
  #retried = 0;

  constructor(parts: TargetParts, cluster: ClusterTargetParts) {
    super(parts, true);
    const { client, keyspace, shape, failures, userBytes } = cluster;
    const { conflicts, name } = keyspace;
    this.#client = client;
    this.#keyspace = name;
    this.#isLinearizable = conflicts === "linearizable";
    this.#wantsContext = conflicts === "dvv" || conflicts === "vector-clock";
    const { read, write, fanOut, repair } = shape;
    const mode = { fanOut, repair };
    this.#reading = this.#isLinearizable ? {} : { consistency: read, mode };
    this.#blindly = this.#isLinearizable ? {} : { consistency: write };
    this.#failures = failures;
    this.#userBytes = userBytes;
  }

  start(client: number, operation: Operation): Answer {
    if (this.#failures.length > 0) return this.fail(client, operation, this.#failures[0]);
    switch (operation.kind) {
      case OperationKind.read:
        this.pending = this.#client.get(this.#keyspace, operation.key, this.#reading);
        return PENDING;
      case OperationKind.insert:
        return this.#write(operation, operation.value, this.#blindly);
      case OperationKind.update:
        if (operation.field >= 0) return this.#readFirst(client, operation, Phase.readToMerge);
        if (this.#wantsContext) return this.#readFirst(client, operation, Phase.readToWrite);
        return this.#write(operation, operation.value, this.#blindly);
      case OperationKind.readModifyWrite:
        return this.#readFirst(client, operation, Phase.readToMerge);
      case OperationKind.delete:
        if (this.#wantsContext) return this.#readFirst(client, operation, Phase.readToWrite);
        return this.#write(operation, undefined, this.#blindly);
      case OperationKind.scan:
        this.pending = this.#scan(operation);
        return PENDING;
    }
  }

  resume(client: number, operation: Operation, value: unknown): Answer {
    const phase = this.phases[client]!;
    this.phases[client] = Phase.single;
    if (operation.kind === OperationKind.scan) {
      this.rows[client] = value as number;
      return Outcome.ok;
    }
    const result = value as GetResult | WriteResult;
    if (result.attempts > 1) this.#retried++;
    if (phase === Phase.readToMerge || phase === Phase.readToWrite) {
      try {
        return this.#writeOn(client, operation, phase, result);
      } catch (error) {
        return this.fail(client, operation, error);
      }
    }
    if (phase === Phase.writeMerged) this.recordStep(client, operation, OperationKind.update);
    if (operation.kind !== OperationKind.read) return Outcome.ok;
    const record = this.#recordRead(operation, result);
    if (this.checks) this.values[client] = record;
    return record === undefined ? Outcome.notFound : Outcome.ok;
  }

  notes(): readonly string[] {
    const notes: string[] = [];
    if (this.#readsOfSiblings > 0) {
      const most = `at most ${this.#siblingsMax} of a key`;
      notes.push(`${this.#readsOfSiblings} reads found several siblings, ${most}`);
    }
    if (this.#retried > 0) notes.push(`${this.#retried} requests took more than one attempt`);
    return notes;
  }

  protected isFatal(error: unknown): boolean {
    return !(error instanceof ClusterError) || FATAL_CODES.has(error.code);
  }

  #write({ key }: Operation, value: Uint8Array | undefined, options: WriteOptions): Answer {
    this.#userBytes.written += key.length + (value === undefined ? 0 : value.length);
    this.pending =
      value === undefined
        ? this.#client.delete(this.#keyspace, key, options)
        : this.#client.put(this.#keyspace, key, value, options);
    return PENDING;
  }

  #readFirst(client: number, operation: Operation, phase: number): Answer {
    this.stepNs[client] = this.clock.now();
    this.phases[client] = phase;
    this.pending = this.#client.get(this.#keyspace, operation.key, this.#reading);
    return PENDING;
  }

  /** What follows the read of an operation that reads and writes. */
  #writeOn(client: number, operation: Operation, phase: number, read: GetResult): Answer {
    const { kind, field } = operation;
    const record = this.#recordRead(operation, read);
    if (kind === OperationKind.readModifyWrite) {
      const outcome = record === undefined ? Outcome.notFound : Outcome.ok;
      this.recordStep(client, operation, OperationKind.read, outcome);
      if (this.checks) this.values[client] = record;
    }
    if (field >= 0 && record === undefined && phase === Phase.readToMerge) return Outcome.notFound;
    const value = this.#valueOf(operation, phase, record);
    this.phases[client] = Phase.writeMerged;
    const { context } = read;
    const isSeen = this.#wantsContext && context !== undefined;
    return this.#write(operation, value, isSeen ? { ...this.#blindly, context } : this.#blindly);
  }

  #valueOf(
    { kind, field, value }: Operation,
    phase: number,
    record: Uint8Array | undefined,
  ): Uint8Array | undefined {
    if (kind === OperationKind.delete) return undefined;
    if (phase === Phase.readToWrite || field < 0) return value;
    // A view that the next merge overwrites: a retry must still find it.
    return this.workload.mergeField(record!, field, value).slice();
  }

  #recordRead({ key }: Operation, result: GetResult | WriteResult): Uint8Array | undefined {
    this.#countRead(key, result.values);
    return this.#recordOf(result);
  }

  #countRead(key: Uint8Array, values: readonly Uint8Array[]): void {
    if (values.length === 0) return;
    this.#userBytes.read += key.length;
    for (const value of values) this.#userBytes.read += value.length;
  }

  #recordOf({ values }: GetResult | WriteResult): Uint8Array | undefined {
    let record = values[0];
    if (values.length < 2) return record;
    this.#readsOfSiblings++;
    if (values.length > this.#siblingsMax) this.#siblingsMax = values.length;
    for (const sibling of values) if (Buffer.compare(sibling, record!) > 0) record = sibling;
    return record;
  }

  async #scan({ key, scanLength }: Operation): Promise<number> {
    let rows = 0;
    let from = key;
    while (rows < scanLength) {
      const range = { from, pageKeys: scanLength - rows };
      const page = await this.#client.scanPage(this.#keyspace, range, this.#reading);
      rows += page.entries.length;
      for (const entry of page.entries) this.#countRead(entry.key, entry.values);
      if (page.next === undefined) break;
      from = page.next;
    }
    return rows;
  }
}
