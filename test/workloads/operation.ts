import { type Operation, OperationKind, type WorkloadClient } from "../../workloads/workload.ts";

/** An operation for clients to fill in. */
export function operation(): Operation {
  return {
    kind: OperationKind.read,
    keyNumber: 0,
    key: new Uint8Array(0),
    value: new Uint8Array(0),
    field: -1,
    scanLength: 0,
  };
}

/** Copies of the next `count` operations of a client. */
export function take(client: WorkloadClient, count: number): Operation[] {
  const filled = operation();
  return Array.from({ length: count }, () => {
    client.next(filled);
    return { ...filled, key: Uint8Array.from(filled.key), value: Uint8Array.from(filled.value) };
  });
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
