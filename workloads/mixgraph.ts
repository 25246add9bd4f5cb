// Mixgraph: gets, puts and short scans as Facebook's stores saw them. The model is that of Cao,
// Dong, Vemuri and Du, "Characterizing, Modeling, and Benchmarking RocksDB Key-Value Workloads at
// Facebook", FAST 2020, section 7, with the parameters of its Prefix_dist; the steps are those of
// db_bench's mixgraph.
//
// The laws:
//  1. Key ranges. The keys are cut into n equal ranges. The x-th hottest, x = 1 .. n, is asked for
//     in proportion to p(x) = a e^(bx) + c e^(dx). As in db_bench the shares are whole numbers:
//     floor(m p(x)), m = floor(1 / p(n)) + 1. Where in the store the ranges lie is
//     shuffled by a seed.
//  2. A key in its range. u is uniform over the multiples of 1/size in [0, 1), and
//     s = ceil((u / a')^(1 / b')), so that P(s <= x) = a' x^b': few s are hot. A hash of s says
//     which key of the range it is, so that hot keys lie scattered.
//  3. What is asked: get, put or scan, by their shares.
//  4. Sizes of values and lengths of scans: the generalized Pareto law with theta 0,
//     ceil(sigma (v^-k - 1) / k), v uniform in (0, 1]; sizes above their `max` are taken modulo
//     that, and lengths always are, and are of at least one record.
//
// db_bench draws all four from one random number; here each has a draw of its own, so that the size
// of a value says nothing of its key. The query rate's sine is left to an open loop.

import { hashNumber, moduloPair } from "./fnv.ts";
import type { Random } from "./random.ts";
import { OperationKind } from "./workload.ts";

/** p(x) = a e^(bx) + c e^(dx), over `ranges` ranges. */
export const MIXGRAPH_RANGE_LAW = {
  ranges: 30,
  a: 14.18,
  b: -2.917,
  c: 0.0164,
  d: -0.08082,
} as const;

/** P(s <= x) = a x^b. */
export const MIXGRAPH_KEY_LAW = { a: 0.002312, b: 0.3467 } as const;

/** Generalized Pareto, theta 0, and where it is cut. */
export const MIXGRAPH_VALUE_LAW = { k: 0.2615, sigma: 25.45, max: 1024 } as const;
export const MIXGRAPH_SCAN_LAW = { k: 2.517, sigma: 14.236, max: 10_000 } as const;

/** Of all operations; scans have the rest. */
export const MIXGRAPH_SHARES = { get: 0.83, put: 0.14, scan: 0.03 } as const;

interface ParetoLaw {
  readonly k: number;
  readonly sigma: number;
}

/** The value of the generalized Pareto law below which 1 - v lie, rounded up. 0 < v <= 1. */
function paretoAt(law: ParetoLaw, v: number): number {
  return Math.ceil((law.sigma * (v ** -law.k - 1)) / law.k);
}

/** The shares of the key ranges, hottest first, as whole numbers (law 1). */
function rangeShares(): number[] {
  const { ranges, a, b, c, d } = MIXGRAPH_RANGE_LAW;
  const chance = (x: number) => a * Math.exp(b * x) + c * Math.exp(d * x);
  const amplify = Math.floor(1 / chance(ranges)) + 1;
  return Array.from({ length: ranges }, (_, i) => Math.floor(amplify * chance(i + 1)));
}

/**
 * Which keys are hot: the same for all clients of a workload. Fewer than 30 records are one range.
 */
export class MixgraphKeys {
  /** Keys of one range; what is left over after the last is never asked for, as in db_bench. */
  readonly rangeSize: number;
  /** For each of the whole numbers that shares are made of, the range that it falls in. */
  private readonly rangeOf: Uint8Array;
  private readonly hash = new Int32Array(2);

  /** @param records 1 to 2^52. @param random Places the ranges; nothing else is drawn from it. */
  constructor(records: number, random: Random) {
    const shares = rangeShares();
    const ranges = records < shares.length ? 1 : shares.length;
    this.rangeSize = Math.floor(records / ranges);
    const places = Array.from({ length: ranges }, (_, i) => i);
    for (let i = ranges - 1; i > 0; i--) {
      const other = random.nextBelow(i + 1);
      const place = places[i]!;
      places[i] = places[other]!;
      places[other] = place;
    }
    this.rangeOf = Uint8Array.from(places.flatMap((place, i) => Array(shares[i]!).fill(place)));
  }

  /** The next key number: 0 <= it < records. */
  next(random: Random): number {
    const size = this.rangeSize;
    const range = this.rangeOf[random.nextBelow(this.rangeOf.length)]!;
    const { a, b } = MIXGRAPH_KEY_LAW;
    const u = random.nextBelow(size) / size;
    // At most 4e7, so the high half of what is hashed is 0.
    const scattered = Math.ceil((u / a) ** (1 / b));
    hashNumber(0, scattered, this.hash);
    return range * size + moduloPair(this.hash[0]!, this.hash[1]!, size);
  }
}

/** The kind of the next operation. */
export function mixgraphKind(random: Random): OperationKind {
  const draw = random.nextDouble();
  if (draw < MIXGRAPH_SHARES.get) return OperationKind.read;
  if (draw < MIXGRAPH_SHARES.get + MIXGRAPH_SHARES.put) return OperationKind.update;
  return OperationKind.scan;
}

/** Bytes of the next value: 0 to `MIXGRAPH_VALUE_LAW.max`, inclusive. */
export function mixgraphValueBytes(random: Random): number {
  const size = paretoAt(MIXGRAPH_VALUE_LAW, 1 - random.nextDouble());
  return size > MIXGRAPH_VALUE_LAW.max ? size % MIXGRAPH_VALUE_LAW.max : size;
}

/** Records of the next scan: 1 to `MIXGRAPH_SCAN_LAW.max` - 1. */
export function mixgraphScanLength(random: Random): number {
  return Math.max(1, paretoAt(MIXGRAPH_SCAN_LAW, 1 - random.nextDouble()) % MIXGRAPH_SCAN_LAW.max);
}
