// The figures that engines give of themselves, under their line of a table: as far as they are
// known, medians over the runs.

import { formatCount, formatDigits, formatDuration } from "../../reports/format.ts";
import { type Group, spread } from "../../reports/groups.ts";
import type { Row } from "../../reports/result.ts";

type Stats = Row["stats"];

/** Empty when nothing is known. */
export function statsLine(group: Group): string {
  const median = (read: (stats: Stats) => number | undefined): number | undefined =>
    spread(group.rows.map((row) => read(row.stats)))?.median;
  const figure = (name: string) => median((stats) => numberOf(stats[name]));
  const amplifications = (["write", "read", "space"] as const).flatMap((what) => {
    const value = figure(`${what}Amplification`);
    return value === undefined ? [] : [`${what} ${formatDigits(value)}`];
  });
  const amplified =
    amplifications.length === 0 ? [] : [`amplification: ${amplifications.join(", ")}`];
  return [
    ...amplified,
    ...stallText(figure("stalls"), figure("stallNs")),
    ...shareText("cache hits", median(cacheHitShare)),
    ...shareText("filter false positives", median(falsePositiveShare)),
  ].join("; ");
}

function stallText(stalls: number | undefined, stallNs: number | undefined): string[] {
  if (stalls === undefined) return [];
  const time = stallNs === undefined || stalls === 0 ? "" : ` of ${formatDuration(stallNs / 1e6)}`;
  return [`stalls: ${formatCount(stalls)}${time}`];
}

function shareText(name: string, share: number | undefined): string[] {
  return share === undefined ? [] : [`${name}: ${formatDigits(100 * share)} %`];
}

/** Undefined when nothing was looked up. */
function cacheHitShare(stats: Stats): number | undefined {
  const hits = numberOf(stats.cacheHits);
  const misses = numberOf(stats.cacheMisses);
  if (hits === undefined || misses === undefined || hits + misses === 0) return undefined;
  return hits / (hits + misses);
}

/** Of all checks of filters. */
function falsePositiveShare(stats: Stats): number | undefined {
  const checks = numberOf(stats.filterChecks);
  const wrong = numberOf(stats.filterFalsePositives);
  return checks === undefined || wrong === undefined || checks === 0 ? undefined : wrong / checks;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
