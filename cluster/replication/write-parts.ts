// What a write is given, and who is told how it ends.

import type { ClusterError } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import type { Context } from "../versioning/context.ts";
import type { RequestId } from "../versioning/version.ts";
import type { Contact, Need } from "./consistency.ts";
import type { WriteRequest } from "./write-request.ts";

export interface WriteListener {
  /** `set` is what the replica that made the event held then. */
  writeDone(request: WriteRequest, set: Uint8Array): void;
  writeFailed(request: WriteRequest, error: ClusterError): void;
}

export interface WriteParts {
  readonly key: Uint8Array;
  /** Undefined: a delete. */
  readonly value: Uint8Array | undefined;
  /** As it came, and what it says. */
  readonly contextBytes: Uint8Array | undefined;
  readonly context: Context | undefined;
  readonly id: RequestId;
  /** Primaries and stand-ins in order of preference, then pending nodes; not changed here. */
  readonly contacts: readonly Contact[];
  /** Primaries that are not among them. */
  readonly down: readonly NodeId[];
  readonly need: Need;
  readonly deadlineMs: number;
  readonly listener: WriteListener;
  readonly from: NodeId;
  readonly attempt: number;
  readonly wantsValues: boolean;
}
