// Errors of versions that a user can meet. Dispatch on `code`, never on the message.

/**
 * - `VERSION_STATE`: stored or received bytes are not a set of versions. Has `position`.
 * - `VERSION_CONTEXT`: bytes or text that are not a context. Has `position`.
 * - `VERSION_CLOCK_DRIFT`: a timestamp is further ahead of this node's clock than allowed.
 */
export type VersioningErrorCode = "VERSION_STATE" | "VERSION_CONTEXT" | "VERSION_CLOCK_DRIFT";

export class VersioningError extends Error {
  readonly code: VersioningErrorCode;
  /** Offset of what is wrong: in bytes, or in characters of a text; absent for a drift. */
  readonly position: number | undefined;

  constructor(code: VersioningErrorCode, message: string, position?: number) {
    super(message);
    this.name = "VersioningError";
    this.code = code;
    this.position = position;
  }
}

/** The error for bytes that are no set of versions of this policy. */
export function stateError(position: number, what: string): VersioningError {
  const message =
    `not a set of versions at byte ${position}: ${what}; ` +
    "read the key from another replica, and check which conflict policy the keyspace has";
  return new VersioningError("VERSION_STATE", message, position);
}

/** The error for a context that this store did not give out. */
export function contextError(position: number, what: string): VersioningError {
  const message =
    `not a context at position ${position}: ${what}; ` +
    "read the key again, and pass the context of that answer on as it is";
  return new VersioningError("VERSION_CONTEXT", message, position);
}
