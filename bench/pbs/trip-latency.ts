// How long a coordinator waits for the k-th of N answers, without chance.
//
//  1. A round trip takes longer than x when the way out takes longer than x less the way back. The
//     way back is cut into pieces, finer towards its tail, and each piece counts as its middle.
//  2. Answers are independent: a recurrence over the replicas gives the law of how many came by x.
//  3. The quantile is the x at which fewer than k came with the wanted probability.

import { fallsTo } from "./falling-root.ts";
import type { LatencyModel, Trip } from "./latency-model.ts";
import type { Leg } from "./leg.ts";

/** Pieces of each part: so many for each power of ten of its tail, down to 10^-9. */
const PIECES_PER_DECADE = 256;
const DECADES = 9;
/** A quantile is known to this share of itself. */
const TOLERANCE = 1e-7;

/** The waits for the first, the second, ... the last answer that a share `tail` exceeds, in ms. */
export function waitQuantilesMs(
  trip: Trip,
  model: LatencyModel,
  replicas: number,
  tail: number,
): Float64Array {
  const latency = new TripLatency(trip);
  const waits = new Float64Array(replicas);
  const counts = new Float64Array(replicas + 1);
  const farMs = 2 * model.remoteMs;
  for (let k = 1; k <= replicas; k++) {
    const tailAt = (ms: number): number => {
      const near = latency.survival(ms);
      const far = farMs === 0 ? near : latency.survival(ms - farMs);
      return fewerThan(k, near, far, counts);
    };
    waits[k - 1] = fallsTo(tailAt, tail, TOLERANCE);
  }
  return waits;
}

/** The law of one round trip; step 1. */
class TripLatency {
  readonly #out: Leg;
  readonly #halved: boolean;
  readonly #backMs: Float64Array;
  readonly #weights: Float64Array;

  constructor({ out, back }: Trip) {
    const pieces = PIECES_PER_DECADE * DECADES + 1;
    const parts = back?.parts ?? [];
    this.#out = out;
    this.#halved = back === undefined;
    this.#backMs = new Float64Array(pieces * parts.length);
    this.#weights = new Float64Array(pieces * parts.length);
    let at = 0;
    for (const part of parts) {
      let above = 1;
      for (let piece = 1; piece <= pieces; piece++) {
        const below = piece === pieces ? 0 : 10 ** (-piece / PIECES_PER_DECADE);
        this.#backMs[at] = part.quantileMs((above + below) / 2);
        this.#weights[at++] = part.share * (above - below);
        above = below;
      }
    }
  }

  /** P(round trip > ms). */
  survival(ms: number): number {
    if (this.#halved) return this.#out.survival(ms / 2);
    let sum = 0;
    for (let i = 0; i < this.#backMs.length; i++) {
      sum += this.#weights[i]! * this.#out.survival(ms - this.#backMs[i]!);
    }
    return sum;
  }
}

/**
 * P(fewer than k answers came), for one replica that is still out with probability `near` and all
 * others with `far`; step 2. `counts` has a cell for each number of answers, and is overwritten.
 */
function fewerThan(k: number, near: number, far: number, counts: Float64Array): number {
  const replicas = counts.length - 1;
  counts.fill(0);
  counts[0] = 1;
  for (let replica = 0; replica < replicas; replica++) {
    const out = replica === 0 ? near : far;
    for (let came = replica + 1; came > 0; came--) {
      counts[came] = counts[came]! * out + counts[came - 1]! * (1 - out);
    }
    counts[0]! *= out;
  }
  let sum = 0;
  for (let came = 0; came < k; came++) sum += counts[came]!;
  return sum;
}
