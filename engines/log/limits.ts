// How long keys and values may be in the engines that write a log.

import { type Batch, KEY_BYTES_MAX } from "../engine.ts";
import { EngineError } from "../errors.ts";
import { recordBytes } from "./record.ts";

const EMPTY = new Uint8Array(0);

/** The longest value that these engines take, in bytes, inclusive. */
export const LOGGED_VALUE_BYTES_MAX = 64 * 1024 * 1024;

const BUFFER_BYTES_MAX = 1024 * 1024;
const BUFFER_BYTES_MIN = 64 * 1024;

/** Bytes of the log's buffer, a multiple of 4: a quarter of the cache, within bounds. */
export function logBufferBytes(cacheBytes: number): number {
  const quarter = Math.floor(cacheBytes / 4) & ~3;
  return Math.min(BUFFER_BYTES_MAX, Math.max(BUFFER_BYTES_MIN, quarter));
}

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

/** Bytes of the records of a batch. Throws ENGINE_LIMIT as `checkLimits` does. */
export function batchRecordBytes(batch: Batch): number {
  let length = 0;
  batch.forEach((key, value = EMPTY) => {
    checkLimits(key, value);
    length += recordBytes(key.length, value.length);
  });
  return length;
}
