// What killed-writer.ts writes, by the number of the write.

import { bytes } from "../support/stores.ts";

const KEYS = 700;

export function writtenKey(i: number): Uint8Array {
  return bytes(`key${String((i * 37) % KEYS).padStart(4, "0")}`);
}

/** Undefined: a delete. */
export function writtenValue(i: number): Uint8Array | undefined {
  return i % 6 === 5 ? undefined : bytes(`${i}:${"v".repeat(900)}`);
}

/** The state after the first `count` writes: of each key the last value, as text. */
export function stateAfter(count: number): Map<string, string> {
  const state = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const key = new TextDecoder().decode(writtenKey(i));
    const value = writtenValue(i);
    if (value === undefined) state.delete(key);
    else state.set(key, new TextDecoder().decode(value));
  }
  return state;
}
