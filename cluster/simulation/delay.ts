// How long something takes: a table of quantiles, drawn from by straight lines between them.
// Whole numbers and no logarithm, so that a draw is the same on every machine.

import assert from "node:assert";
import type { RandomStream } from "../runtime.ts";

/** Ascending microseconds at equal steps of probability, from 0 to 1; at least two. */
export type DelayTable = readonly number[];

/** Within a rack: half are below 0.25 ms, one in ten is above 0.6 ms. */
export const LAN_DELAY: DelayTable = [80, 140, 170, 195, 220, 250, 290, 340, 420, 600, 4000];

/** A sync of a solid-state disk, with a tail. */
export const SYNC_DELAY: DelayTable = [60, 80, 90, 100, 110, 120, 135, 160, 220, 500, 9000];

export function drawDelayUs(random: RandomStream, table: DelayTable): number {
  assert(table.length >= 2, "a table has at least two quantiles");
  const place = random.nextDouble() * (table.length - 1);
  const below = Math.floor(place);
  const low = table[below]!;
  return Math.round(low + (table[below + 1]! - low) * (place - below));
}
