// Hashes of 48 bits and their sums: integers that a double holds exactly, with a bit to spare for
// an addition. Six bytes on disk and between nodes, the highest first.

/** Hashes and sums are below this. */
const HASH_BOUND = 2 ** 48;
export const HASH_BYTES = 6;
/** In the place of the hash of a key that is not there; no key has it. */
export const NO_HASH = 0;

const LOW = 2 ** 32;

/** The sum modulo 2^48. */
export function plus(sum: number, hash: number): number {
  const total = sum + hash;
  return total < HASH_BOUND ? total : total - HASH_BOUND;
}

/** The difference modulo 2^48. */
export function minus(sum: number, hash: number): number {
  const rest = sum - hash;
  return rest < 0 ? rest + HASH_BOUND : rest;
}

/** Writes six bytes. */
export function putHash(bytes: Uint8Array, at: number, hash: number): void {
  const low = hash >>> 0;
  const high = (hash - low) / LOW;
  bytes[at] = high >>> 8;
  bytes[at + 1] = high & 255;
  putPosition(bytes, at + 2, low);
}

/** Reads six bytes, which must be there. */
export function getHash(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 8) | bytes[at + 1]!) * LOW + getPosition(bytes, at + 2);
}

/** Writes four bytes. */
export function putPosition(bytes: Uint8Array, at: number, position: number): void {
  bytes[at] = position >>> 24;
  bytes[at + 1] = (position >>> 16) & 255;
  bytes[at + 2] = (position >>> 8) & 255;
  bytes[at + 3] = position & 255;
}

/** Reads four bytes, which must be there. */
export function getPosition(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! << 24) | (bytes[at + 1]! << 16);
  return (high | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
