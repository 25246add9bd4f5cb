// An empty operation, to be filled in by a workload's client and reused.

import { type Operation, OperationKind } from "../workloads/workload.ts";

const NO_BYTES = new Uint8Array(0);

export function newOperation(): Operation {
  return {
    kind: OperationKind.read,
    keyNumber: 0,
    key: NO_BYTES,
    value: NO_BYTES,
    field: -1,
    scanLength: 0,
  };
}

/** Whether the store may be asked more than once: to read, and then to write what was merged. */
export function isSeveralSteps(operation: Operation): boolean {
  return operation.kind === OperationKind.readModifyWrite || operation.field >= 0;
}
