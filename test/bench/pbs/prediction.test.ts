// Predictions against the published figures: waits to 1 % (Yammer 2 %), chances to half a point,
// the time to 99.9 % against exact quantiles, and the paper's against what its procedure gives.

import { describe, expect, test } from "vitest";
import { PUBLISHED_MODELS } from "../../../bench/pbs/latency-model.ts";
import { defaultSamples, type PredictionRow, predict } from "../../../bench/pbs/prediction.ts";
import { WarsSamples } from "../../../bench/pbs/wars-samples.ts";
import { Random } from "../../../workloads/random.ts";
import { PUBLISHED_ROWS } from "./published.ts";

const SEEDS = [1, 2, 3, 17, 4711, 2 ** 40];
const DAILY_SAMPLES = 150_000;
/** The exact quantiles were simulated, too: by 4 million samples to about 1 %. */
const T_TOLERANCE = 0.02;

const model = (name: string) => PUBLISHED_MODELS.get(name)!;

function expectPublished(name: string, rows: readonly PredictionRow[], label: string): void {
  const tolerance = name === "ymmr" ? 0.02 : 0.01;
  const close = (given: number, known: number, text: string) =>
    expect(Math.abs(given / known - 1), `${text}: ${given}, known ${known}`).toBeLessThan(
      tolerance,
    );
  const known = PUBLISHED_ROWS.filter((row) => row.model === name);
  expect(known.length).toBe(6);
  for (const { r, w, readMs, writeMs, tMs } of known) {
    const text = `${name}, ${label}, R=${r} W=${w}`;
    const row = rows.find((each) => each.r === r && each.w === w)!;
    close(row.readP999Ms, readMs, `${text} read`);
    close(row.writeP999Ms, writeMs, `${text} write`);
    expect(row.t999Ms, text).toBeGreaterThanOrEqual(tMs[0] * (1 - T_TOLERANCE));
    expect(row.t999Ms, text).toBeLessThanOrEqual(tMs[1] * (1 + T_TOLERANCE));
    if (r + w > 3) expect(row.pConsistentAtZero, text).toBe(1);
  }
  const first = rows[0]!.pConsistentAtZero;
  const atZero = { "lnkd-ssd": 0.9735, "lnkd-disk": 0.4365, ymmr: 0.8927 }[name]!;
  expect(Math.abs(first - atZero), `${name}, ${label}, P(t=0) ${first}`).toBeLessThan(0.005);
}

describe.each(["lnkd-ssd", "lnkd-disk", "ymmr"])("%s", (name) => {
  test.each(SEEDS)("all rows are as published, seed %i", (seed) => {
    const rows = predict({ model: model(name), replicas: 3, samples: DAILY_SAMPLES, seed });
    expectPublished(name, rows, `seed ${seed}`);
  });

  test.skipIf(process.env.RINGBENCH_NIGHTLY !== "1").each(SEEDS)(
    "nightly: all rows are as published with the default samples, seed %i",
    (seed) => {
      const samples = defaultSamples(3);
      const rows = predict({ model: model(name), replicas: 3, samples, seed });
      expectPublished(name, rows, `seed ${seed}, ${samples} samples`);
    },
  );
});

test("lnkd-disk after 10 ms: 92.6 % see the write", () => {
  const wars = new WarsSamples({
    model: model("lnkd-disk"),
    replicas: 3,
    samples: DAILY_SAMPLES,
    random: new Random(1),
    onDrawn: () => {},
  });
  const consistent = 1 - wars.misses(1, 1).probability(10);
  expect(Math.abs(consistent - 0.9263)).toBeLessThan(0.005);
});

test("wan: seeds agree, and what is 75 ms away shows", () => {
  const rows = SEEDS.map((seed) =>
    predict({ model: model("wan"), replicas: 3, samples: DAILY_SAMPLES, seed }),
  );
  const [nearest, , , second] = rows[0]!;
  // The replica beside the reader answers first; the next is two legs of 75 ms away.
  expect(nearest!.readP999Ms).toBeLessThan(5);
  expect(second!.readP999Ms).toBeGreaterThan(150);
  expect(second!.readP999Ms).toBeLessThan(153);
  // Reader and writer are beside the same replica a third of the time; else the write is under way.
  expect(nearest!.pConsistentAtZero).toBeGreaterThan(1 / 3 - 0.005);
  expect(nearest!.pConsistentAtZero).toBeLessThan(1 / 3 + 0.005);
  expect(nearest!.t999Ms).toBeGreaterThan(75);
  for (const [i, others] of rows.entries()) {
    for (const [at, row] of others.entries()) {
      const label = `seed ${SEEDS[i]}, R=${row.r} W=${row.w}`;
      const against = rows[0]![at]!;
      expect(Math.abs(row.pConsistentAtZero - against.pConsistentAtZero), label).toBeLessThan(0.01);
      expect(Math.abs(row.t999Ms - against.t999Ms), label).toBeLessThanOrEqual(
        0.01 * against.t999Ms,
      );
    }
  }
});

test("the same seed gives the same rows, another seed others", () => {
  const run = (seed: number) =>
    predict({ model: model("lnkd-disk"), replicas: 3, samples: 2000, seed });
  expect(run(9)).toEqual(run(9));
  expect(run(9)).not.toEqual(run(10));
});

test("every R and W of N = 15, and of N = 1", () => {
  const rows = predict({ model: model("lnkd-disk"), replicas: 15, samples: 2000, seed: 1 });
  expect(rows.map(({ r, w }) => `${r} ${w}`)).toEqual(
    Array.from({ length: 225 }, (_, i) => `${Math.floor(i / 15) + 1} ${(i % 15) + 1}`),
  );
  for (const row of rows) {
    const text = JSON.stringify(row);
    expect(row.pConsistentAtZero, text).toBeLessThanOrEqual(1);
    expect(row.t999Ms > 0, text).toBe(row.pConsistentAtZero < 0.999);
  }
  const single = predict({ model: model("ymmr"), replicas: 1, samples: 1000, seed: 1 });
  expect(single).toMatchObject([{ n: 1, r: 1, w: 1, pConsistentAtZero: 1, t999Ms: 0 }]);
});

/** Model, R, W, the step of the sweep, where 95 of 100 sweeps end, and the paper's figure. */
const SWEEPS = [
  ["lnkd-ssd", 1, 1, 0.01, [1.81, 1.99], 1.85],
  ["lnkd-ssd", 1, 2, 0.01, [1.68, 1.86], 1.79],
  ["lnkd-disk", 1, 1, 0.1, [43.3, 48.5], 45.5],
  ["lnkd-disk", 1, 2, 0.1, [39.4, 44.8], 43.3],
  ["lnkd-disk", 2, 1, 0.1, [13.5, 14.3], 13.6],
  ["ymmr", 1, 1, 1, [1329, 1413], 1364],
  ["ymmr", 2, 1, 1, [159, 201], 202],
] as const;

describe("the paper's t comes of its sweep: the first of many noisy points over 99.9 %", () => {
  const DRAWS = 50_000;
  const SWEPT = 600;

  test.each(SWEEPS)("%s R=%i W=%i", (name, r, w, stepMs, [fromMs, toMs], paperMs) => {
    const wars = new WarsSamples({
      model: model(name),
      replicas: 3,
      samples: 60_000,
      random: new Random(1),
      onDrawn: () => {},
    });
    const misses = wars.misses(r, w);
    // Far enough below the band that no sweep ends before it.
    const firstStep = Math.floor((fromMs * 0.8) / stepMs);
    const chances: number[] = [];
    const random = new Random(7);
    const ends = Float64Array.from({ length: SWEPT }, () => {
      for (let step = 0; ; step++) {
        const tMs = (firstStep + step) * stepMs;
        const chance = (chances[step] ??= misses.probability(tMs));
        if (drawCount(DRAWS * chance, random) <= DRAWS / 1000) return tMs;
      }
    }).sort();
    const low = ends[Math.floor(SWEPT * 0.025)]!;
    const high = ends[Math.floor(SWEPT * 0.975)]!;
    const label = `sweeps end from ${low} to ${high}`;
    // Both bands are simulated, in steps: their ends are known to a share of their width.
    const slackMs = 0.25 * (toMs - fromMs) + stepMs;
    expect(Math.abs(low - fromMs), label).toBeLessThan(slackMs);
    expect(Math.abs(high - toMs), label).toBeLessThan(slackMs);
    expect(paperMs, label).toBeGreaterThan(low);
    // Yammer's 2, 1 is just outside, by the other simulation too.
    expect(paperMs, label).toBeLessThan(high * 1.015);
  });

  /** How many of many rare events happen, with this mean: Poisson, by the gaps between them. */
  function drawCount(mean: number, random: Random): number {
    let count = 0;
    for (let at = -Math.log(1 - random.nextDouble()); at < mean; count++) {
      at -= Math.log(1 - random.nextDouble());
    }
    return count;
  }
});
