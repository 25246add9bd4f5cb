// Where a key stands on the ring.

import assert from "node:assert";
import { hashKey } from "../../engines/index/hash.ts";

/** Positions run from 0 to this minus 1, and then around. */
export const RING_POSITIONS = 2 ** 32;

/**
 * The position of a key, 0 to 2^32 - 1: its hash in the engines, mixed once more. Without that, all
 * keys of a partition would have the first bits of the engines' hash in common, and with them the
 * lines of a filter and the cells of an index that they use. The mix is lowbias32 (C. Wellons), and
 * it can be undone: two keys have one position only when they have one hash.
 */
export function positionOf(key: Uint8Array): number {
  assert(key instanceof Uint8Array, "a key is bytes: encode a text first (new TextEncoder())");
  let bits = hashKey(key);
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
