// Errors of histories that a user can meet. Dispatch on `code`, never on the message.

/**
 * - `HISTORY_SYNTAX`: text that the format does not have, or that ends too early.
 * - `HISTORY_EMPTY`: there is no event at all.
 * - `HISTORY_OPERATION`: an operation, or a type of event, that no model knows.
 * - `HISTORY_COMPLETION`: a completion of nothing, a second one, or one of another operation.
 * - `HISTORY_BUSY`: a process asks again although its last operation has not ended.
 * - `HISTORY_VALUE`: a value is missing, of the wrong kind, or written twice where it may not be.
 * - `HISTORY_ORDER`: an event is older than the one before it.
 * - `HISTORY_MODEL`: the history has operations that the model does not have.
 */
export type HistoryErrorCode =
  | "HISTORY_SYNTAX"
  | "HISTORY_EMPTY"
  | "HISTORY_OPERATION"
  | "HISTORY_COMPLETION"
  | "HISTORY_BUSY"
  | "HISTORY_VALUE"
  | "HISTORY_ORDER"
  | "HISTORY_MODEL";

export class HistoryError extends Error {
  readonly code: HistoryErrorCode;
  /** 1-based; of a history that is no text, the number of the event. */
  readonly line: number;

  /** @param what What is wrong, then what to do about it. */
  constructor(code: HistoryErrorCode, line: number, what: string) {
    super(`line ${line}: ${what}`);
    this.name = "HistoryError";
    this.code = code;
    this.line = line;
  }
}
