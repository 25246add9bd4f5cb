// What an engine answers to one operation: byte strings in a row. Records of a scan are key and
// value in turn; a value that is absent is undefined; a write has nothing to say.

import { show } from "../../../engines/conformance/expect.ts";

export type Answer = readonly (Uint8Array | undefined)[];

/** What differs first, in words; undefined when the answers are the same. */
export function difference(expected: Answer, actual: Answer): string | undefined {
  const common = Math.min(expected.length, actual.length);
  for (let i = 0; i < common; i++) {
    if (!same(expected[i], actual[i])) {
      return `item ${i}: the model has ${show(expected[i])}, the engine ${show(actual[i])}`;
    }
  }
  if (expected.length === actual.length) return undefined;
  const next = expected.length > common ? expected[common] : actual[common];
  return (
    `the model has ${expected.length} items, the engine ${actual.length}; ` +
    `the first in excess is ${show(next)}`
  );
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
