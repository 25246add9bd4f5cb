// What a read is given, and who is told how it ends.

import type { ClusterError } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import type { ReadMode } from "../transport/message.ts";
import type { Contact, Need } from "./consistency.ts";
import type { ReadRequest } from "./read-request.ts";

export interface ReadListener {
  /** `set` is what the quorum holds together; undefined when nothing was ever written. */
  readDone(request: ReadRequest, set: Uint8Array | undefined): void;
  readFailed(request: ReadRequest, error: ClusterError): void;
}

export interface ReadParts {
  readonly key: Uint8Array;
  /** Whom it may ask, the first is asked for versions; not changed here. */
  readonly contacts: readonly Contact[];
  readonly need: Need;
  readonly mode: ReadMode;
  readonly deadlineMs: number;
  readonly listener: ReadListener;
  /** For the listener: who asked, and its name for this. */
  readonly from: NodeId;
  readonly attempt: number;
}
