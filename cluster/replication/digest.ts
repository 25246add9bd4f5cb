// A short stand-in for a set of versions: two replicas that hold the same have the same digest.
//
// Of the bytes of the set, and so of clocks, values and siblings alike. It does not matter in which
// order versions came, or by which way: sets that are equal are encoded to the same bytes, since
// their entries stand in the order of actors (versioning/codec.ts).
//
// XXH64 (Y. Collet), of which a number has room for 53 bits. It is no proof against one who looks
// for two sets with one digest.

import createXxhash from "xxhash-wasm";

const xxhash = await createXxhash();
const SEED = 0n;
const DIGEST_BITS = 53;

/** 0 when nothing is stored; otherwise 1 to 2^53 - 1. */
export function digestOf(set: Uint8Array | undefined): number {
  if (set === undefined) return 0;
  return Number(BigInt.asUintN(DIGEST_BITS, xxhash.h64Raw(set, SEED))) || 1;
}
