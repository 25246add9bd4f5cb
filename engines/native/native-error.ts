// What native stores throw, in the words of the contract.

import { EngineError, type EngineErrorCode, ioError } from "../errors.ts";

const SQLITE_CODES: Readonly<Record<number, EngineErrorCode>> = {
  5: "ENGINE_LOCKED",
  6: "ENGINE_LOCKED",
  8: "ENGINE_READ_ONLY",
  10: "ENGINE_IO",
  11: "ENGINE_CORRUPTION",
  13: "ENGINE_NO_SPACE",
  14: "ENGINE_IO",
  26: "ENGINE_CORRUPTION",
};

const LEVEL_CODES: Readonly<Record<string, EngineErrorCode>> = {
  LEVEL_LOCKED: "ENGINE_LOCKED",
  LEVEL_CORRUPTION: "ENGINE_CORRUPTION",
  LEVEL_IO_ERROR: "ENGINE_IO",
  LEVEL_DATABASE_NOT_OPEN: "ENGINE_CLOSED",
};

const NO_SPACE = /No space left|Disk quota exceeded|File too large|MDB_MAP_FULL|ENOSPC/i;
const CORRUPTION = /corrupt|checksum mismatch|MDB_INVALID|MDB_PAGE_NOTFOUND|malformed/i;

/**
 * The EngineError for what a native store threw, the cause kept. `file` is the data folder or
 * file; when the message names a file or an offset of its own, those are given instead.
 */
export function nativeError(cause: unknown, what: string, file: string): EngineError {
  if (cause instanceof EngineError) return cause;
  const { code, errcode } = (cause ?? {}) as { code?: unknown; errcode?: unknown };
  // abstract-level wraps the store's own error when opening failed.
  const inner = (cause as { cause?: unknown } | undefined)?.cause;
  if (code === "LEVEL_DATABASE_NOT_OPEN" && inner instanceof Error) {
    return nativeError(inner, what, file);
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  let mapped: EngineErrorCode | undefined;
  if (NO_SPACE.test(message)) mapped = "ENGINE_NO_SPACE";
  else if (typeof code === "string" && LEVEL_CODES[code] !== undefined) mapped = LEVEL_CODES[code];
  else if (typeof errcode === "number") mapped = SQLITE_CODES[errcode & 0xff];
  if (mapped === undefined && CORRUPTION.test(message)) mapped = "ENGINE_CORRUPTION";
  if (mapped === undefined) return ioError(cause, what, file);
  const named = /(\/\S+\.(?:sst|ldb|log|mdb|sqlite))/.exec(message)?.[1];
  const offset = /offset (\d+)/.exec(message)?.[1];
  return new EngineError(mapped, `${what}: ${message}`, {
    cause,
    file: named ?? file,
    ...(offset === undefined ? {} : { offset: Number(offset) }),
    ...(offset === undefined && mapped === "ENGINE_CORRUPTION" ? { offset: 0 } : {}),
  });
}
