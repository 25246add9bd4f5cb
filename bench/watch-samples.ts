// What an engine says of itself while a row runs: a few numbers, about once a second.
//
// A sample is taken between two operations, from the beat that the run has anyway, and its cost is
// added up and stated in the row. The numbers are since the engine was opened, as it gives them.
//
// I1. There are at most SAMPLES_MAX samples: beyond that every second one goes, and from then on
//     they are taken half as often. The first and the last always stay.
// I2. Samples cost at most about one part in COST_PARTS of the time between them, unless that would
//     make them older than WAIT_NS_MAX. One that was slow for once postpones none: of the last two
//     the cheaper counts.

import type { EngineStats } from "../engines/engine.ts";
import type { Clock } from "../engines/io/clock.ts";
import type { RowSample } from "../reports/result.ts";

const SAMPLES_MAX = 240;
const EVERY_NS = 1e9;
/** A beat that is early by so little still takes a sample. */
const SLACK_NS = 1e7;
/** In open loop the cost is a delay: it must stay beyond the 99.9th percentile. */
const COST_PARTS = 1000;
const WAIT_NS_MAX = 10e9;

/** What is kept of the figures that are numbers. */
const NUMBERS = [
  ...["keys", "userBytesWritten", "userBytesRead", "cacheHits", "cacheMisses", "filterChecks"],
  ...["filterFalsePositives", "stalls", "stallNs", "compactionDebtBytes", "liveBytes"],
  ...["deadBytes", "files", "diskBytes", "syncs", "writes"],
] as (keyof EngineStats)[];

/** Figures by part, of which the sum is kept. */
const PARTS = ["memoryBytes", "bytesWritten", "bytesRead"] as const;

export class SampleSeries {
  readonly #clock: Clock;
  #rowStartNs = 0;
  #samples: RowSample[] = [];
  #everyNs = EVERY_NS;
  #nextNs = 0;
  #costNs = 0;
  #lastCostNs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The moment after the first sample. */
  get rowStartNs(): number {
    return this.#rowStartNs;
  }

  /** Takes the first sample, after which the row starts. Returns as `take` does. */
  begin(read: () => EngineStats): EngineStats | undefined {
    this.#samples = [];
    this.#everyNs = EVERY_NS;
    this.#costNs = 0;
    this.#lastCostNs = Number.POSITIVE_INFINITY;
    this.#rowStartNs = this.#clock.now();
    const stats = this.take(this.#rowStartNs, read);
    this.#rowStartNs = this.#clock.now();
    return stats;
  }

  isDue(nowNs: number): boolean {
    return nowNs >= this.#nextNs - SLACK_NS;
  }

  /**
   * Reads the figures and keeps some of them. Returns all; undefined when the engine failed, which
   * is then not asked again in this row. A row must not end because nobody could look on.
   */
  take(nowNs: number, read: () => EngineStats): EngineStats | undefined {
    const beganNs = this.#clock.now();
    let stats: EngineStats;
    try {
      stats = read();
    } catch {
      this.#nextNs = Number.POSITIVE_INFINITY;
      return undefined;
    }
    const atMs = Math.max(0, Math.round((nowNs - this.#rowStartNs) / 1e3) / 1e3);
    this.#samples.push({ atMs, stats: numbersOf(stats) });
    if (this.#samples.length > SAMPLES_MAX) {
      this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
      this.#everyNs *= 2;
    }
    const costNs = this.#clock.now() - beganNs;
    this.#costNs += costNs;
    const cheaperNs = Math.min(costNs, this.#lastCostNs);
    this.#lastCostNs = costNs;
    const waitNs = Math.min(WAIT_NS_MAX, COST_PARTS * cheaperNs);
    this.#nextNs = nowNs + Math.max(this.#everyNs, waitNs);
    return stats;
  }

  end(): { readonly samples: RowSample[]; readonly costMs: number } {
    return { samples: this.#samples, costMs: Math.round(this.#costNs / 1e3) / 1e3 };
  }
}

function numbersOf(stats: EngineStats): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const name of NUMBERS) {
    const value = stats[name];
    if (typeof value === "number" && Number.isFinite(value)) numbers[name] = value;
  }
  for (const name of PARTS) {
    const parts = stats[name];
    if (parts !== undefined) numbers[name] = sumOfParts(parts);
  }
  return numbers;
}

/** All of what a figure has by part. */
export function sumOfParts(parts: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const part of Object.values(parts)) sum += part;
  return sum;
}
