// Histograms by the name of their operation, those of equal names added up.

import { Histogram } from "../reports/hdr/histogram.ts";

export class HistogramMap {
  readonly #byName = new Map<string, Histogram>();

  get size(): number {
    return this.#byName.size;
  }

  /** Adds to what the name has; the histogram itself is not kept. */
  add(name: string, histogram: Histogram): void {
    const present = this.#byName.get(name);
    if (present === undefined) this.#byName.set(name, histogram.copy());
    else present.add(histogram);
  }

  /** The histogram of a name; undefined when nothing was added under it. */
  get(name: string): Histogram | undefined {
    return this.#byName.get(name);
  }

  /** Names with their histograms, in the order in which they were first added. */
  entries(): IterableIterator<[string, Histogram]> {
    return this.#byName.entries();
  }
}

/** A histogram of all values of the others; the only one itself, where there is but one. */
export function sumOf(histograms: readonly Histogram[]): Histogram {
  if (histograms.length === 1) return histograms[0]!;
  const sum = new Histogram();
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}
