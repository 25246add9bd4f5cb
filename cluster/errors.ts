// Errors of requests that a user can meet. Dispatch on `code`, never on the message.

/**
 * - `CLUSTER_SETTINGS`: a keyspace or a request asks for what cannot be: W over N, a level that the
 *   topology cannot give, an unknown data centre.
 * - `CLUSTER_KEYSPACE`: there is no keyspace of that name, or it does not have that operation.
 * - `CLUSTER_LIMIT`: a key or value is longer than the keyspace takes.
 * - `CLUSTER_UNAVAILABLE`: too few replicas are up. Nothing was sent.
 * - `CLUSTER_QUORUM`: replicas were asked, and so many failed that the rest cannot suffice.
 * - `CLUSTER_TIMEOUT`: the deadline passed before enough had answered; or a retry came so late that
 *   nobody knows whether the first try was done.
 * - `CLUSTER_OVERLOADED`: the node has too much to do and refused before it did anything.
 * - `CLUSTER_SIBLINGS`: a write without a context, of a key that has too many siblings.
 * - `CLUSTER_EPOCH`: the node has another ring than the one who asked.
 * - `CLUSTER_CLOCK`: a timestamp is further ahead of a replica's clock than is allowed.
 * - `CLUSTER_CONTEXT`: the context is none that a read of this store gave out.
 * - `CLUSTER_MESSAGE`: bytes from another node or a client that are no message. Has `position`.
 * - `CLUSTER_CLOSED`: the node or client is closed or not yet open.
 * - `CLUSTER_CHANGE`: the ring cannot be changed so, or not now.
 */
export const CLUSTER_ERROR_CODES = [
  "CLUSTER_SETTINGS",
  "CLUSTER_KEYSPACE",
  "CLUSTER_LIMIT",
  "CLUSTER_UNAVAILABLE",
  "CLUSTER_QUORUM",
  "CLUSTER_TIMEOUT",
  "CLUSTER_OVERLOADED",
  "CLUSTER_SIBLINGS",
  "CLUSTER_EPOCH",
  "CLUSTER_CLOCK",
  "CLUSTER_CONTEXT",
  "CLUSTER_MESSAGE",
  "CLUSTER_CLOSED",
  "CLUSTER_CHANGE",
] as const;
export type ClusterErrorCode = (typeof CLUSTER_ERROR_CODES)[number];

/**
 * What is known of a write that ended in an error: it never happened and never will, or it may have
 * happened, or may happen later. A read that ends in an error was not done.
 */
export type WriteFate = "not-done" | "unknown";

export interface ClusterErrorDetails {
  readonly fate?: WriteFate;
  /** Offset in the message, in bytes. */
  readonly position?: number;
}

export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  readonly fate: WriteFate;
  readonly position: number | undefined;

  constructor(code: ClusterErrorCode, message: string, details: ClusterErrorDetails = {}) {
    super(message);
    this.name = "ClusterError";
    this.code = code;
    this.fate = details.fate ?? "not-done";
    this.position = details.position;
  }
}

/** The error for bytes that are no message. */
export function messageError(position: number, what: string): ClusterError {
  const message =
    `not a message at byte ${position}: ${what}; ` +
    "see that all nodes and clients run the same version";
  return new ClusterError("CLUSTER_MESSAGE", message, { position });
}
