// Errors of an engine in the words of Level: a stable code of the form `LEVEL_...`, and the
// EngineError, which names file and offset, as `cause`.

import { EngineError, type EngineErrorCode } from "../errors.ts";

/** Codes of abstract-level where it has one of the meaning; the others are this adapter's own. */
const CODES: Readonly<Record<EngineErrorCode, string>> = {
  ENGINE_CORRUPTION: "LEVEL_CORRUPTION",
  ENGINE_LOCKED: "LEVEL_LOCKED",
  ENGINE_WRONG_FOLDER: "LEVEL_WRONG_FOLDER",
  ENGINE_NOT_FOUND: "LEVEL_DATABASE_NOT_FOUND",
  ENGINE_NO_SPACE: "LEVEL_IO_ERROR",
  ENGINE_READ_ONLY: "LEVEL_READONLY",
  ENGINE_IO: "LEVEL_IO_ERROR",
  ENGINE_LIMIT: "LEVEL_INVALID_KEY",
  ENGINE_OPTION: "LEVEL_INVALID_OPTION",
  ENGINE_UNSUPPORTED: "LEVEL_NOT_SUPPORTED",
  ENGINE_UNAVAILABLE: "LEVEL_NOT_SUPPORTED",
  ENGINE_UNKNOWN: "LEVEL_NOT_SUPPORTED",
  ENGINE_CLOSED: "LEVEL_DATABASE_NOT_OPEN",
};

/** What a database of `ringbench/level` throws; dispatch on `code`. */
export class LevelError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "LevelError";
    this.code = code;
  }
}

/**
 * The error to throw for what an engine threw: a LevelError with the EngineError as its cause.
 * What is no EngineError, a failed assertion for example, stays what it is.
 */
export function levelError(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new LevelError(CODES[error.code], error.message, error);
}

/** The same for a write: a limit may be that of the key or that of the value. */
export function writeError(error: unknown, keyIsTooLong: boolean): unknown {
  if (error instanceof EngineError && error.code === "ENGINE_LIMIT" && !keyIsTooLong) {
    return new LevelError("LEVEL_INVALID_VALUE", error.message, error);
  }
  return levelError(error);
}

/** The answer to a read whose signal was aborted while it was under way. */
export function abortError(): LevelError {
  const error = new LevelError("LEVEL_ABORTED", "the operation was aborted");
  error.name = "AbortError";
  return error;
}
