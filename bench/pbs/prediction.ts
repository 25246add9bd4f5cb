// Probabilistically Bounded Staleness for every R and W: what a read waits, what a write waits, and
// how likely the one sees the other. Latencies are integrated, staleness is sampled by seed.

import { Random } from "../../workloads/random.ts";
import { fallsTo } from "./falling-root.ts";
import type { LatencyModel } from "./latency-model.ts";
import { waitQuantilesMs } from "./trip-latency.ts";
import { WarsSamples } from "./wars-samples.ts";

/** N at most: all R and W of it are tried. */
export const REPLICAS_MAX = 25;
/** Samples times replicas at most: 25 bytes each. */
export const DRAWS_MAX = 4e7;

const TAIL = 0.001;
/** Well below what the samples leave open. */
const TOLERANCE = 1e-5;

export interface PredictionOptions {
  readonly model: LatencyModel;
  /** N, 1 to REPLICAS_MAX. */
  readonly replicas: number;
  /** At least 1; times the replicas at most DRAWS_MAX. */
  readonly samples: number;
  /** An integer, 0 to 2^53 - 1. */
  readonly seed: number;
  readonly onProgress?: (progress: PredictionProgress) => void;
}

export interface PredictionProgress {
  readonly samplesDrawn: number;
  readonly rowsDone: number;
}

export interface PredictionRow {
  readonly n: number;
  readonly r: number;
  readonly w: number;
  /** What one read in a thousand waits longer than, in milliseconds. */
  readonly readP999Ms: number;
  readonly writeP999Ms: number;
  /** P(a read sees a write that was acknowledged as the read began). */
  readonly pConsistentAtZero: number;
  /** The least time since the acknowledgement with which 99.9 % of reads see the write. */
  readonly t999Ms: number;
}

/** So many that t999Ms of the published models is known to half a percent, in 75 MB. */
export function defaultSamples(replicas: number): number {
  return Math.min(1_000_000, Math.floor(3_000_000 / replicas));
}

/** A row for each 1 <= R, W <= N, in the order of R and then of W. */
export function predict(options: PredictionOptions): PredictionRow[] {
  const { model, replicas, samples, seed, onProgress } = options;
  const readsMs = waitQuantilesMs(model.read, model, replicas, TAIL);
  const writesMs = waitQuantilesMs(model.write, model, replicas, TAIL);
  const rows: PredictionRow[] = [];
  const wars = new WarsSamples({
    model,
    replicas,
    samples,
    random: new Random(seed),
    onDrawn: (samplesDrawn) => onProgress?.({ samplesDrawn, rowsDone: 0 }),
  });
  for (let r = 1; r <= replicas; r++) {
    for (let w = 1; w <= replicas; w++) {
      const misses = wars.misses(r, w);
      const missAt = (tMs: number) => misses.probability(tMs);
      rows.push({
        n: replicas,
        r,
        w,
        readP999Ms: readsMs[r - 1]!,
        writeP999Ms: writesMs[w - 1]!,
        pConsistentAtZero: 1 - missAt(0),
        t999Ms: fallsTo(missAt, TAIL, TOLERANCE),
      });
      onProgress?.({ samplesDrawn: samples, rowsDone: rows.length });
    }
  }
  return rows;
}
