// When another replica is asked because one is late, and how often that may be: "hedged requests",
// J. Dean and L. A. Barroso, The Tail at Scale (CACM 2013); Cassandra's speculative retry.
//
//  1. Latencies of the last requests are counted in cells that are an eighth wide, so that the
//     quantile is a walk over a few cells, done again only after many new latencies.
//  2. A request that takes longer than the quantile may be hedged: a few in a hundred do.
//  3. When a store slows down as a whole, many do, and hedges would add to what slows it: each
//     request earns a share of a hedge, few can be saved up, and beyond a delay there are none.
//
//  I1. Hedges are never more than the share of the requests recorded.
//  I2. The cells count the latencies of the window, each once.

import assert from "node:assert";

/** A power of two, so that its end is a mask. */
const WINDOW = 1024;
const SAMPLES_MIN = 100;
/** The quantile is taken again after so many latencies. */
const REFRESH_SAMPLES = 32;
/** Hedges that can be saved up. */
const BURST = 10;

/** Cells have the first bits of a latency in units of a 64th of a ms: eight to a doubling. */
const UNITS_PER_MS = 64;
const CELL_BITS = 3;
const UNITS_MAX = 2 ** 31 - 1;
const CELLS = (31 - CELL_BITS + 1) << CELL_BITS;

export interface HedgeOptions {
  /** Hedges in a hundred requests, above 0 to 100; 5 unless told. */
  readonly sharePercentMax?: number;
  /** Later than this part of the requests is late: above 0, below 1; 0.99 unless told. */
  readonly quantile?: number;
  /** Nothing is late before that; 1 unless told. */
  readonly delayMinMs?: number;
  /** When late is later than that, it is not waited for. */
  readonly delayMaxMs: number;
}

export class HedgeBudget {
  readonly #sharePercent: number;
  readonly #quantile: number;
  readonly #delayMinMs: number;
  readonly #delayMaxMs: number;
  /** The cells of the last latencies, the oldest overwritten first. */
  readonly #window = new Uint8Array(WINDOW);
  readonly #counts = new Uint16Array(CELLS);
  #recorded = 0;
  /** How many had been recorded when the quantile was taken. */
  #takenAt = 0;
  #quantileMs = 0;
  /** In hundredths of a hedge, so that whole shares add up exactly. */
  #savedPercent = 0;

  constructor(options: HedgeOptions) {
    const { sharePercentMax = 5, quantile = 0.99, delayMinMs = 1, delayMaxMs } = options;
    assert(sharePercentMax > 0 && sharePercentMax <= 100, "a share is above 0, up to 100");
    assert(quantile > 0 && quantile < 1, "a quantile is above 0 and below 1");
    assert(delayMinMs >= 0 && delayMinMs <= delayMaxMs, "delays are 0 <= delayMinMs <= delayMaxMs");
    this.#sharePercent = sharePercentMax;
    this.#quantile = quantile;
    this.#delayMinMs = delayMinMs;
    this.#delayMaxMs = delayMaxMs;
  }

  /**
   * After how long another replica may be asked: the quantile, up to an eighth too long. Undefined
   * as long as too little is known, and when that would be later than `delayMaxMs`.
   */
  delayMs(): number | undefined {
    if (this.#recorded < SAMPLES_MIN) return undefined;
    if (this.#takenAt === 0 || this.#recorded - this.#takenAt >= REFRESH_SAMPLES) {
      this.#quantileMs = this.#takeQuantile();
      this.#takenAt = this.#recorded;
    }
    if (this.#quantileMs > this.#delayMaxMs) return undefined;
    return Math.max(this.#delayMinMs, this.#quantileMs);
  }

  /** How long a request took, hedged or not; each is recorded once. */
  record(latencyMs: number): void {
    assert(latencyMs >= 0, "a latency is no less than 0");
    const cell = cellOf(latencyMs);
    const place = this.#recorded & (WINDOW - 1);
    if (this.#recorded >= WINDOW) {
      const oldest = this.#window[place]!;
      assert(this.#counts[oldest]! > 0, "I2: the oldest latency was counted");
      this.#counts[oldest]!--;
    }
    this.#window[place] = cell;
    this.#counts[cell]!++;
    this.#recorded++;
    this.#savedPercent = Math.min(BURST * 100, this.#savedPercent + this.#sharePercent);
  }

  /** Whether one more hedge is within the budget; if so, it is spent. */
  tryHedge(): boolean {
    if (this.#savedPercent < 100) return false;
    this.#savedPercent -= 100;
    return true;
  }

  #takeQuantile(): number {
    let left = Math.ceil(this.#quantile * Math.min(this.#recorded, WINDOW));
    let cell = 0;
    while ((left -= this.#counts[cell]!) > 0) cell++;
    return endOf(cell) / UNITS_PER_MS;
  }
}

/** Latencies beyond the last cell are counted in it. */
function cellOf(latencyMs: number): number {
  const units = Math.min(UNITS_MAX, Math.floor(latencyMs * UNITS_PER_MS));
  const shift = Math.max(0, 31 - CELL_BITS - Math.clz32(units));
  return (shift << CELL_BITS) + (units >>> shift);
}

/** Where a cell ends, in units. */
function endOf(cell: number): number {
  const shift = Math.max(0, (cell >>> CELL_BITS) - 1);
  return (cell - (shift << CELL_BITS) + 1) * 2 ** shift;
}
