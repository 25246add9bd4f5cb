// FNV-1a-64 as its definition reads, in BigInt, to judge the fast one.

const MASK = (1n << 64n) - 1n;

/** |FNV-1a-64| of the eight octets, least significant first; -2^63 stays as it is. */
export function hashBigInt(number: bigint): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0n; i < 8n; i++) {
    hash ^= (number >> (8n * i)) & 0xffn;
    hash = (hash * 0x100000001b3n) & MASK;
  }
  const signed = BigInt.asIntN(64, hash);
  return signed < 0n && signed !== -(1n << 63n) ? -signed : signed;
}
