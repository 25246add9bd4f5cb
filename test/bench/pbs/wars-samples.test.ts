// Staleness and waits as they are predicted, beside a plain simulation that only counts.

import { describe, expect, test } from "vitest";
import { readLatencies } from "../../../bench/pbs/latency-file.ts";
import { type LatencyModel, PUBLISHED_MODELS } from "../../../bench/pbs/latency-model.ts";
import { waitQuantilesMs } from "../../../bench/pbs/trip-latency.ts";
import { WarsSamples } from "../../../bench/pbs/wars-samples.ts";
import { Random } from "../../../workloads/random.ts";
import { type PlainSample, plainSample } from "./plain-wars.ts";

const published = (name: string) => PUBLISHED_MODELS.get(name)!;
const fromFile = (rows: string) => readLatencies(`leg,quantile,latencyMs\n${rows}`);

const ONE_WAY = fromFile(`W,0,0.3\nW,0.6,2\nW,0.95,9\nW,1,60\nA,0,0.1\nA,0.9,1\nA,1,12
R,0,0.1\nR,0.8,0.9\nR,1,7\nS,0,0.2\nS,0.5,0.4\nS,1,3`);
const HALVED = fromFile("WA,0,1\nWA,0.5,4\nWA,0.9,30\nWA,1,90\nRS,0,0.5\nRS,0.9,2\nRS,1,20");
/** Most replicas tie. */
const TIES = fromFile("W,0,1\nW,0.7,1\nW,1,6\nA,0,2\nA,1,2\nR,0,0\nR,1,0\nS,0,1\nS,0.5,1\nS,1,2");
/** Far replicas, and round trips alone: no model has both, so far. */
const FAR: LatencyModel = { ...HALVED, remoteMs: 20 };

const CASES: readonly (readonly [string, LatencyModel, number, readonly number[]])[] = [
  ["lnkd-disk", published("lnkd-disk"), 3, [0, 2, 8]],
  ["lnkd-disk", published("lnkd-disk"), 5, [0, 5]],
  ["ymmr", published("ymmr"), 4, [0, 100]],
  ["wan", published("wan"), 3, [0, 30, 76]],
  ["wan", published("wan"), 5, [0, 80]],
  ["a file, one way", ONE_WAY, 3, [0, 4, 30]],
  ["a file of round trips", HALVED, 3, [0, 5]],
  ["a file of equal latencies", TIES, 4, [0, 1, 3]],
  ["far replicas, round trips", FAR, 4, [0, 10]],
];
const SEED = 5;
const PLAIN = 30_000;
const SAMPLES = 60_000;

function missed(samples: readonly PlainSample[], r: number, w: number, tMs: number): number {
  let count = 0;
  for (const sample of samples) if (!sample.sees(r, w, tMs)) count++;
  return count;
}

describe.each(CASES)("%s", (_name, model, n, timesMs) => {
  const random = new Random(SEED).split("plain");
  const plain = Array.from({ length: PLAIN }, () => plainSample(model, n, random));
  const wars = new WarsSamples({
    model,
    replicas: n,
    samples: SAMPLES,
    random: new Random(SEED),
    onDrawn: () => {},
  });

  test(`N=${n}: as many reads miss as in a plain simulation, every R and W`, () => {
    for (let r = 1; r <= n; r++) {
      for (let w = 1; w <= n; w++) {
        const misses = wars.misses(r, w);
        for (const tMs of timesMs) {
          const predicted = misses.probability(tMs);
          const counted = missed(plain, r, w, tMs) / PLAIN;
          const label = `seed ${SEED}, R=${r} W=${w} t=${tMs}: ${predicted}, plain ${counted}`;
          if (r + w > n) {
            expect(predicted, label).toBe(0);
            continue;
          }
          const p = Math.max(predicted, counted);
          const error = Math.sqrt(p / PLAIN + p / SAMPLES);
          expect(Math.abs(predicted - counted), label).toBeLessThan(4.5 * error + 5 / PLAIN);
        }
      }
    }
  });

  test(`N=${n}: one wait in a thousand, or in fifty, is longer than predicted`, () => {
    for (const tail of [0.001, 0.02]) {
      const writes = waitQuantilesMs(model.write, model, n, tail);
      const reads = waitQuantilesMs(model.read, model, n, tail);
      for (let k = 0; k < n; k++) {
        const label = `seed ${SEED}, tail ${tail}, wait for ${k + 1}`;
        // Where many are equal, none need be longer: then so many are not shorter by a microsecond.
        const over = (of: (sample: PlainSample) => number, ms: number) => [
          plain.filter((sample) => of(sample) > ms + 1e-3).length,
          plain.filter((sample) => of(sample) > ms - 1e-3).length,
        ];
        const expected = tail * PLAIN;
        const slack = 4.5 * Math.sqrt(expected) + 1;
        for (const [above, notBelow] of [
          over(({ ackedMs }) => ackedMs[k]!, writes[k]!),
          over(({ answeredMs }) => answeredMs[k]!, reads[k]!),
        ]) {
          expect(above, label).toBeLessThan(expected + slack);
          expect(notBelow, label).toBeGreaterThan(expected - slack);
        }
      }
    }
  });
});

test("a miss never becomes likelier with time", () => {
  const wars = new WarsSamples({
    model: ONE_WAY,
    replicas: 5,
    samples: 2000,
    random: new Random(SEED),
    onDrawn: () => {},
  });
  const misses = wars.misses(2, 1);
  let before = 1;
  for (let tMs = 0; tMs < 70; tMs += 0.5) {
    const miss = misses.probability(tMs);
    expect(miss).toBeLessThanOrEqual(before);
    before = miss;
  }
  expect(before).toBe(0);
});
