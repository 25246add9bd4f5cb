// YCSB's histogram generator, for field lengths: values are multiples of a block size.
//
// The text: a line `BlockSize<TAB>n`, then lines `bucket<TAB>count` for the buckets 0, 1, 2, ...
// YCSB's law has two quirks, kept here so that its files mean the same: a draw is an integer below
// the sum of the counts, and bucket 0 takes one more of them than its count, bucket i others as
// they are (the last, one less); and the last bucket gives the value of the one before it.

import { WorkloadError } from "./errors.ts";
import type { IntegerGenerator } from "./generator.ts";
import { quoted } from "./nearest.ts";
import type { Random } from "./random.ts";

export interface HistogramTable {
  /** The unit of the values, at least 1. */
  readonly blockSize: number;
  /** How often each bucket is drawn, relative to the sum; at least one bucket. */
  readonly counts: readonly number[];
}

/** Reads the text of a histogram file; throws WORKLOAD_PROPERTY_VALUE naming the line. */
export function parseHistogram(text: string): HistogramTable {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  const head = lines[0]?.split("\t") ?? [];
  if (head[0] !== "BlockSize") throw malformed(1, "it must be BlockSize, a tab and a number");
  const blockSize = integer(head[1], 1, 1);
  const counts: number[] = [];
  for (let i = 1; i < lines.length; i++) {
    const [bucket, count] = lines[i]!.split("\t");
    if (integer(bucket, i + 1, 0) !== counts.length) {
      throw malformed(i + 1, `it must be about bucket ${counts.length}`);
    }
    counts.push(integer(count, i + 1, 0));
  }
  const sum = counts.reduce((total, count) => total + count, 0);
  if (sum < 1) throw malformed(lines.length, "the counts add up to nothing");
  return { blockSize, counts };
}

function integer(text: string | undefined, line: number, min: number): number {
  const value = /^\d{1,15}$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (!(value >= min)) {
    throw malformed(line, `${quoted(text ?? "")} is no whole number from ${min}`);
  }
  return value;
}

function malformed(line: number, what: string): WorkloadError {
  const message = `fieldlengthhistogram: line ${line} of the file: ${what}`;
  return new WorkloadError("WORKLOAD_PROPERTY_VALUE", message, "fieldlengthhistogram");
}

export class Histogram implements IntegerGenerator {
  /** The largest value it can draw. */
  readonly max: number;
  private readonly random: Random;
  private readonly blockSize: number;
  private readonly counts: readonly number[];
  private readonly sum: number;

  constructor(random: Random, table: HistogramTable) {
    this.random = random;
    this.blockSize = table.blockSize;
    this.counts = table.counts;
    this.sum = table.counts.reduce((total, count) => total + count, 0);
    this.max = (table.counts.length - 1) * table.blockSize;
  }

  next(): number {
    let rest = this.random.nextBelow(this.sum);
    const last = this.counts.length - 1;
    for (let bucket = 0; bucket < last; bucket++) {
      rest -= this.counts[bucket]!;
      if (rest <= 0) return (bucket + 1) * this.blockSize;
    }
    return last * this.blockSize;
  }
}
