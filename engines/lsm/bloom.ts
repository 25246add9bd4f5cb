// A Bloom filter in lines of 64 bytes: all bits of a key are in one line, so that a check costs one
// cache miss (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, WEA 2007,
// section 3). A line has more or fewer keys by chance, which costs a little accuracy:
//
//   rate = sum over i of Poisson(i; 512 / bitsPerKey) * (1 - (1 - 1/512)^(k i))^k
//
// Steps of a check: the high part of hash * lines names the line; k numbers of 9 bits, made from
// the hash by repeated multiplication, name the bits.

const LINE_BYTES = 64;
const LINE_BITS = LINE_BYTES * 8;
const PROBES_MAX = 16;
const GOLDEN = 0x9e3779b1 | 0;

/** By bits a key: every table asks, and the sums take longer than the filter of a small one. */
const bestProbes = new Map<number, number>();

/** The number of probes with the lowest expected rate, 1 to 16; 0 for no filter. */
export function probesFor(bitsPerKey: number): number {
  if (bitsPerKey === 0) return 0;
  let best = bestProbes.get(bitsPerKey);
  if (best === undefined) {
    best = findBestProbes(bitsPerKey);
    bestProbes.set(bitsPerKey, best);
  }
  return best;
}

function findBestProbes(bitsPerKey: number): number {
  let best = 1;
  let lowestRate = expectedFalsePositives(bitsPerKey, best);
  for (let probes = 2; probes <= PROBES_MAX; probes++) {
    const rate = expectedFalsePositives(bitsPerKey, probes);
    if (rate >= lowestRate) continue;
    best = probes;
    lowestRate = rate;
  }
  return best;
}

/** The rate of the formula above, 0 to 1. */
function expectedFalsePositives(bitsPerKey: number, probes: number): number {
  const mean = LINE_BITS / bitsPerKey;
  let rate = 0;
  let poisson = Math.exp(-mean);
  for (let keys = 0; keys < mean * 4 + 64; keys++) {
    const isSet = 1 - (1 - 1 / LINE_BITS) ** (probes * keys);
    rate += poisson * isSet ** probes;
    poisson *= mean / (keys + 1);
  }
  return rate;
}

/** The filter of these hashes (index/hash.ts); empty when there are none, or no bits. */
export function buildFilter(hashes: Uint32Array, bitsPerKey: number): Uint8Array {
  if (hashes.length === 0 || bitsPerKey === 0) return new Uint8Array(0);
  const lines = Math.max(1, Math.ceil((hashes.length * bitsPerKey) / LINE_BITS));
  const filter = new Uint8Array(lines * LINE_BYTES);
  const probes = probesFor(bitsPerKey);
  for (let i = 0; i < hashes.length; i++) {
    const hash = hashes[i]!;
    const line = Math.floor((hash * lines) / 0x1_0000_0000) * LINE_BYTES;
    let bits = spread(hash);
    for (let probe = 0; probe < probes; probe++) {
      const bit = bits >>> 23;
      filter[line + (bit >>> 3)] = filter[line + (bit >>> 3)]! | (1 << (bit & 7));
      bits = Math.imul(bits, GOLDEN);
    }
  }
  return filter;
}

/** False: no key with this hash was put in. */
export function mayContain(filter: Uint8Array, probes: number, hash: number): boolean {
  const lines = filter.length / LINE_BYTES;
  const line = Math.floor((hash * lines) / 0x1_0000_0000) * LINE_BYTES;
  let bits = spread(hash);
  for (let probe = 0; probe < probes; probe++) {
    const bit = bits >>> 23;
    if ((filter[line + (bit >>> 3)]! & (1 << (bit & 7))) === 0) return false;
    bits = Math.imul(bits, GOLDEN);
  }
  return true;
}

/** The line comes from the high bits of the hash; these must not be the same again. */
function spread(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
