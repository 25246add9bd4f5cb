// The hash of a key in the index: MurmurHash3's 32-bit mix (A. Appleby), in plain JavaScript, since
// for keys of tens of bytes the call into WebAssembly costs more than the hash itself.

const C1 = 0xcc9e2d51 | 0;
const C2 = 0x1b873593 | 0;

/** A 32-bit hash, 0 to 2^32 - 1, of the key `bytes[start..start + length)`; by default of all. */
export function hashKey(bytes: Uint8Array, start = 0, length = bytes.length): number {
  const end = start + length;
  const blocksEnd = start + (length & ~3);
  let hash = 0x9747b28c | 0;
  for (let i = start; i < blocksEnd; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash = mix(hash, word);
  }
  let tail = 0;
  for (let i = end - 1; i >= blocksEnd; i--) tail = (tail << 8) | bytes[i]!;
  if (blocksEnd < end) hash = mix(hash, tail);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  word = Math.imul(word, C1);
  word = Math.imul((word << 15) | (word >>> 17), C2);
  hash ^= word;
  hash = (hash << 13) | (hash >>> 19);
  return (Math.imul(hash, 5) + 0xe6546b64) | 0;
}
