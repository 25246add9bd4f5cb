// Errors of rings that a user can meet. Dispatch on `code`, never on the message.

/**
 * - `RING_NODES`: a description of a node that is wrong, or two with one id.
 * - `RING_RULES`: a replication rule that is no count of replicas by data centre.
 * - `RING_OPTIONS`: a number of partitions or tokens out of range, or a change of what is fixed
 *   for the life of a ring.
 * - `RING_TEXT`: a text that is not a ring.
 */
export type RingErrorCode = "RING_NODES" | "RING_RULES" | "RING_OPTIONS" | "RING_TEXT";

export class RingError extends Error {
  readonly code: RingErrorCode;

  constructor(code: RingErrorCode, message: string) {
    super(message);
    this.name = "RingError";
    this.code = code;
  }
}
