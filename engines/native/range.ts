// The bounds of a scan as one lower and one upper bound: with both of a side given, the
// exclusive one counts.

import type { ScanOptions } from "../engine.ts";

export interface Range {
  readonly lower: Uint8Array | undefined;
  readonly lowerInclusive: boolean;
  readonly upper: Uint8Array | undefined;
  readonly upperInclusive: boolean;
  readonly reverse: boolean;
  /** -1: all. */
  readonly limit: number;
  readonly keysOnly: boolean;
}

/** Copies the bounds: the caller may reuse its buffers while a cursor is open (R2). */
export function rangeOf(options: ScanOptions): Range {
  const limit = options.limit ?? -1;
  return {
    lower: (options.gt ?? options.gte)?.slice(),
    lowerInclusive: options.gt === undefined,
    upper: (options.lt ?? options.lte)?.slice(),
    upperInclusive: options.lt === undefined,
    reverse: options.reverse === true,
    limit: limit < 0 ? -1 : limit,
    keysOnly: options.keysOnly === true,
  };
}

/** The bounds under the names that abstract-level stores take. */
export function levelBounds(range: Range): Record<string, Uint8Array> {
  const bounds: Record<string, Uint8Array> = {};
  if (range.lower !== undefined) bounds[range.lowerInclusive ? "gte" : "gt"] = range.lower;
  if (range.upper !== undefined) bounds[range.upperInclusive ? "lte" : "lt"] = range.upper;
  return bounds;
}
