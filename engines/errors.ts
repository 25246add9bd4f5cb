// Errors of engines that a user can meet. Dispatch on `code`, never on the message.

import { AssertionError } from "node:assert";

/**
 * - `ENGINE_CORRUPTION`: a checksum, a length or a name is not what it must be. Has `file` and
 *   `offset`.
 * - `ENGINE_LOCKED`: another process, or another open engine in this one, holds the folder.
 * - `ENGINE_WRONG_FOLDER`: the folder holds another engine's data, another version's, or none of
 *   ours.
 * - `ENGINE_NOT_FOUND`: nothing to open, and the caller asked not to create it.
 * - `ENGINE_NO_SPACE`: the disk is full; nothing was changed, and writes resume once there is room.
 * - `ENGINE_READ_ONLY`: a failed sync or a failed clean-up after a failed write; reopen to write
 *   again.
 * - `ENGINE_IO`: any other failure of the file system, the cause kept.
 * - `ENGINE_LIMIT`: a key or value that is too long; nothing was changed.
 * - `ENGINE_OPTION`: a setting that this engine does not have, or a value out of range.
 * - `ENGINE_UNSUPPORTED`: the engine's manifest says that it cannot.
 * - `ENGINE_UNAVAILABLE`: the optional package behind the engine is not installed or does not load.
 * - `ENGINE_UNKNOWN`: no engine of this name.
 * - `ENGINE_CLOSED`: a call after `close`.
 */
export type EngineErrorCode =
  | "ENGINE_CORRUPTION"
  | "ENGINE_LOCKED"
  | "ENGINE_WRONG_FOLDER"
  | "ENGINE_NOT_FOUND"
  | "ENGINE_NO_SPACE"
  | "ENGINE_READ_ONLY"
  | "ENGINE_IO"
  | "ENGINE_LIMIT"
  | "ENGINE_OPTION"
  | "ENGINE_UNSUPPORTED"
  | "ENGINE_UNAVAILABLE"
  | "ENGINE_UNKNOWN"
  | "ENGINE_CLOSED";

export interface EngineErrorDetails {
  /** Path of the file that is damaged or could not be used. */
  readonly file?: string;
  /** Offset in that file, in bytes. */
  readonly offset?: number;
  readonly cause?: unknown;
}

/** What to do, for messages that do not say it themselves: behind a "; " stands a cure. */
const CURES: Readonly<Record<EngineErrorCode, string>> = {
  ENGINE_CORRUPTION: "keep the folder for a look; restore a checkpoint, or load the data again",
  ENGINE_LOCKED: "close the other, or use another folder",
  ENGINE_WRONG_FOLDER: "name another folder, or the right engine",
  ENGINE_NOT_FOUND: "check the path, or load first",
  ENGINE_NO_SPACE: "free some space, and go on or start again: what was acknowledged is there",
  ENGINE_READ_ONLY: "look after the disk; close the engine and open it again",
  ENGINE_IO: "see to rights, mounts and the disk",
  ENGINE_LIMIT: "stay within the limits of the manifest, or use another engine",
  ENGINE_OPTION: "leave the setting out for its default",
  ENGINE_UNSUPPORTED: "ask for what the manifest claims, or use another engine",
  ENGINE_UNAVAILABLE: "install what the message names, or mend the module",
  ENGINE_UNKNOWN: "check the name, or export an EngineModule as `engine`",
  ENGINE_CLOSED: "close last, or open it again",
};

/** What says itself what to do: by our punctuation, or by the command. */
const HAS_CURE = /; |: npm install /;

function withCure(code: EngineErrorCode, message: string): string {
  return HAS_CURE.test(message) ? message : `${message}; ${CURES[code]}`;
}

export class EngineError extends Error {
  readonly code: EngineErrorCode;
  readonly file: string | undefined;
  readonly offset: number | undefined;

  /** A message without a cure, which stands behind a "; ", gets that of the code. */
  constructor(code: EngineErrorCode, message: string, details: EngineErrorDetails = {}) {
    super(
      withCure(code, message),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = "EngineError";
    this.code = code;
    this.file = details.file;
    this.offset = details.offset;
  }
}

/** The error for damage: it always names the file and the offset. */
export function corruption(file: string, offset: number, what: string): EngineError {
  const message =
    `${file} is damaged at offset ${offset}: ${what}; ` +
    "nothing was changed: restore the folder from a checkpoint or a copy";
  return new EngineError("ENGINE_CORRUPTION", message, { file, offset });
}

/** The error for a sound file in a format that this version does not know. */
export function unknownFormat(file: string, offset: number, format: number): EngineError {
  const message =
    `${file} is in format ${format}, which this version does not know; ` +
    "open it with the version of ringbench that wrote it";
  return new EngineError("ENGINE_WRONG_FOLDER", message, { file, offset });
}

/** The error of every write after one whose outcome nobody knows. */
export function readOnlyError(cause: EngineError): EngineError {
  return new EngineError(
    "ENGINE_READ_ONLY",
    `no more writes after "${cause.message}"; close the engine and open it again`,
    { cause, ...(cause.file === undefined ? {} : { file: cause.file }) },
  );
}

/**
 * A failure of the file system as an EngineError: ENGINE_NO_SPACE for a full disk or quota. An
 * EngineError stays what it is; a failed assertion is no such failure and is thrown on.
 */
export function ioError(cause: unknown, what: string, file?: string): EngineError {
  if (cause instanceof EngineError) return cause;
  if (cause instanceof AssertionError) throw cause;
  const systemCode = (cause as { code?: unknown } | undefined)?.code;
  const full = systemCode === "ENOSPC" || systemCode === "EDQUOT" || systemCode === "EFBIG";
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = full ? "ENGINE_NO_SPACE" : "ENGINE_IO";
  return new EngineError(code, `${what}: ${reason}`, {
    cause,
    ...(file === undefined ? {} : { file }),
  });
}

/**
 * Runs what only saves time later, such as a hint at a close: a full or failing disk is no reason
 * to fail for it. Damage that it meets is thrown all the same.
 */
export function ignoreIoErrors(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof EngineError && error.code === "ENGINE_CORRUPTION") throw error;
  }
}
