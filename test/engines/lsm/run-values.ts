// What the random runs write, and how what they read is compared: values that tell which step wrote
// them, and the records that a scan of a state has to give.

import { expect } from "vitest";
import type { Cursor, ScanOptions } from "../../../engines/engine.ts";
import { bytes, text } from "../support/stores.ts";

/** By key, what the value is: the step that wrote it, and its length. */
export type State = ReadonlyMap<string, string>;

export function encoded(value: string): Uint8Array {
  const length = Number(value.split("+")[1]);
  return bytes(`${value}:${"v".repeat(length)}`);
}

export function decoded(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const written = text(value)!;
  const name = written.slice(0, written.indexOf(":"));
  const isWhole = written === text(encoded(name));
  return isWhole ? name : `damaged ${written.slice(0, 60)}`;
}

/** Fails with the first difference: the whole would be pages. */
export function expectSame(seen: readonly string[], wanted: readonly string[], what: string): void {
  for (let i = 0; i < Math.max(seen.length, wanted.length); i++) {
    if (seen[i] !== wanted[i]) {
      expect.fail(`${what}: record ${i} is ${seen[i]}, not ${wanted[i]} (of ${wanted.length})`);
    }
  }
}

/** `key=value` of each record of the scan, in its order. */
export function expected(state: State, options: ScanOptions): string[] {
  const { gt, gte, lt, lte, reverse, limit = -1 } = options;
  const keys = [...state.keys()].filter((key) => {
    const at = Buffer.from(key);
    if (gt !== undefined ? Buffer.compare(at, gt) <= 0 : gte && Buffer.compare(at, gte) < 0)
      return false;
    return !(lt !== undefined ? Buffer.compare(at, lt) >= 0 : lte && Buffer.compare(at, lte) > 0);
  });
  // Plain ASCII: strings sort as their bytes do.
  keys.sort();
  if (reverse) keys.reverse();
  return (limit < 0 ? keys : keys.slice(0, limit)).map((key) => `${key}=${state.get(key)}`);
}

/** Adds what the cursor gives to `seen`, up to so many chunks. */
export async function drain(cursor: Cursor, seen: string[], chunks = Number.POSITIVE_INFINITY) {
  for (let i = 0; i < chunks; i++) {
    const chunk = await cursor.next();
    if (chunk === undefined) return;
    for (let at = 0; at < chunk.count; at++) {
      seen.push(`${text(chunk.key(at))}=${decoded(chunk.value(at))}`);
    }
  }
}
