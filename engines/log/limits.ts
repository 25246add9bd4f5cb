// How long keys and values may be in the engines that write a log.

import { KEY_BYTES_MAX } from "../engine.ts";
import { EngineError } from "../errors.ts";

/** The longest value that these engines take, in bytes, inclusive. */
export const LOGGED_VALUE_BYTES_MAX = 64 * 1024 * 1024;

/** Throws ENGINE_LIMIT for a key or a value that is too long. */
export function checkLimits(key: Uint8Array, value: Uint8Array): void {
  if (key.length > KEY_BYTES_MAX) {
    throw new EngineError(
      "ENGINE_LIMIT",
      `a key of ${key.length} bytes is longer than ${KEY_BYTES_MAX}`,
    );
  }
  if (value.length > LOGGED_VALUE_BYTES_MAX) {
    throw new EngineError(
      "ENGINE_LIMIT",
      `a value of ${value.length} bytes is longer than ${LOGGED_VALUE_BYTES_MAX}`,
    );
  }
}
