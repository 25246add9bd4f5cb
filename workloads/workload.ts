// What is asked of a store: the shapes that the load generator and the workloads share.
//
// Everything here is pure and seeded: the same workload, seed and client index give the same
// operations, whatever the store answers. Nothing is allocated per operation.

/** Kinds of operation, as small integers so that they index typed arrays. */
export const OperationKind = {
  read: 0,
  update: 1,
  insert: 2,
  scan: 3,
  readModifyWrite: 4,
  delete: 5,
} as const;
export type OperationKind = (typeof OperationKind)[keyof typeof OperationKind];

/** YCSB's names of the kinds, indexed by kind. */
export const OPERATION_NAMES = [
  "READ",
  "UPDATE",
  "INSERT",
  "SCAN",
  "READ-MODIFY-WRITE",
  "DELETE",
] as const;

/**
 * One operation, filled in by `WorkloadClient.next` and reused. `key` and `value` are views of
 * buffers that the client owns: valid until its next call of `next`.
 */
export interface Operation {
  kind: OperationKind;
  /** The number behind the key; `Workload.acknowledge` takes it back for an insert. */
  keyNumber: number;
  key: Uint8Array;
  /**
   * What to write, for update, insert and readModifyWrite; empty for the others. With `field` -1 it
   * is a whole record, else the bytes of that field: the store reads, merges and writes.
   */
  value: Uint8Array;
  /** The field that a read wants or an update writes, 0-based; -1 for all of them. */
  field: number;
  /** Records that a scan wants; 0 for the other kinds. */
  scanLength: number;
}

/** The operations of one logical client. */
export interface WorkloadClient {
  /** Fills in the next operation. */
  next(operation: Operation): void;
}

/** Tells whether a value that was read is the one that was written under this key. */
export type ValueCheck = (keyNumber: number, key: Uint8Array, value: Uint8Array) => boolean;

export interface Workload {
  readonly name: string;
  /** Records that the load phase inserts. */
  readonly recordCount: number;
  /** Operations of the run phase; 0 means until a time limit. */
  readonly operationCount: number;
  /** Every property with the value in force, defaults included, for the report. */
  readonly properties: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Fields of a record, and the layout by which `mergeField` finds one. */
  readonly fieldCount: number;
  /** Inserts of the load phase for client `index` of `count`: next() exactly as often as told. */
  loadClient(index: number, count: number): WorkloadClient;
  /** Inserts that `loadClient(index, count)` has. */
  loadCount(index: number, count: number): number;
  /** Operations of the run phase for client `index` of `count`. */
  runClient(index: number, count: number): WorkloadClient;
  /** The insert of this key was acknowledged: readers of `latest` and `zipfian` may choose it. */
  acknowledge(keyNumber: number): void;
  /** Replaces one field of a record; returns a new record, or a view valid until the next call. */
  mergeField(record: Uint8Array, field: number, value: Uint8Array): Uint8Array;
  /** Set when the workload can check what a read returns (YCSB's dataintegrity). */
  readonly check: ValueCheck | undefined;
}
