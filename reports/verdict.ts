// The verdict: which store led, in plain words, and only as far as the runs carry it.
//
//  1. Within a comparison set, groups that cannot be ranked are put aside, each with the reason.
//  2. With fewer than two left, or fewer than RANKING_RUNS_MIN runs, there are figures, no ranking.
//  3. Groups are sorted by the median run: throughput in closed loop; in open loop, where the load
//     is given, the p99 of the response time.
//  4. Neighbours whose ranges over the runs overlap share a place, chained: no order among them.
//
// The sample is the run: operations within one run share its luck, so their number proves nothing.

import { formatNanoseconds, formatRate, formatTimes } from "./format.ts";
import { type ComparisonSet, type Group, measuresHarness, type Spread, spread } from "./groups.ts";
import { rateOf, totalLatency } from "./latencies.ts";

/** Runs that each group needs before a ranking is printed. */
export const RANKING_RUNS_MIN = 3;

/** Groups that share a place, best median first. */
export type Place = readonly RankedGroup[];

interface RankedGroup {
  readonly group: Group;
  readonly figure: Spread;
}

export interface SetVerdict {
  readonly set: ComparisonSet;
  /** Best first; empty when nothing is ranked. */
  readonly places: readonly Place[];
  /** One sentence or a few; plain text. */
  readonly text: string;
}

/** The figure that a set is ranked by, over the runs of a group. */
export function rankingFigure(set: ComparisonSet, group: Group): Spread | undefined {
  if (!set.open) return spread(group.rows.map(rateOf));
  return spread(group.rows.map((row) => totalLatency(row).response?.p99));
}

/** What can be said of one comparison set. */
export function setVerdict(set: ComparisonSet): SetVerdict {
  const kept: RankedGroup[] = [];
  const aside: string[] = [];
  for (const group of set.groups) {
    const reason = unrankable(group);
    const figure = rankingFigure(set, group);
    if (reason !== undefined) aside.push(`${group.subject.name} (${reason})`);
    else if (figure === undefined) aside.push(`${group.subject.name} (no latencies recorded)`);
    else kept.push({ group, figure });
  }
  const left = aside.length === 0 ? "" : ` Not ranked: ${aside.join(", ")}.`;
  const obstacle = rankingObstacle(kept);
  if (obstacle !== undefined) return { set, places: [], text: `${obstacle}${left}` };
  const places = toPlaces(kept, set.open);
  return { set, places, text: `${rankingText(places, set)}${left}` };
}

/** The line at the top of the report, over all sets. */
export function overallVerdict(verdicts: readonly SetVerdict[]): string {
  if (verdicts.length === 0) return "Nothing was measured: the result has no rows.";
  if (verdicts.length === 1) return verdicts[0]!.text;
  const ranked = verdicts.filter((verdict) => verdict.places.length > 0);
  if (ranked.length === 0) return noRanking(verdicts);
  const led = new Map<string, string[]>();
  const tied: string[] = [];
  for (const { places, set } of ranked) {
    const first = places[0]!;
    if (first.length > 1) tied.push(set.title);
    else {
      const name = first[0]!.group.subject.name;
      led.set(name, [...(led.get(name) ?? []), set.title]);
    }
  }
  const unranked = verdicts.length - ranked.length;
  const rest = unranked === 0 ? "" : ` ${unranked} more could not be ranked.`;
  return `${leadersText(led, tied, ranked.length)}${rest}`;
}

/** Who led where, most often first; `tied` are the titles of the sets without a leader. */
function leadersText(
  led: ReadonlyMap<string, readonly string[]>,
  tied: readonly string[],
  count: number,
): string {
  const leaders = [...led].sort((a, b) => b[1].length - a[1].length);
  const all = count === 2 ? "both" : `all ${count}`;
  const of = count === 1 ? "the one ranked comparison" : `${all} ranked comparisons`;
  if (leaders.length === 1 && tied.length === 0) {
    const [name, sets] = leaders[0]!;
    return `${name} led in ${of}: ${sets.join(", ")}.`;
  }
  if (leaders.length === 0) return `No store led: in ${of} the runs of the best overlap.`;
  const parts = leaders.map(
    ([name, sets], i) => `${name} ${i === 0 ? "led " : ""}in ${sets.length} (${sets.join(", ")})`,
  );
  if (tied.length > 0) {
    parts.push(`none in ${tied.length}, where the runs of the best overlap (${tied.join(", ")})`);
  }
  return `Of ${count} ranked comparisons, ${parts.join("; ")}.`;
}

function noRanking(verdicts: readonly SetVerdict[]): string {
  const groups = verdicts.flatMap((verdict) => verdict.set.groups);
  const runs = Math.max(...groups.map((group) => group.rows.length));
  if (new Set(groups.map((group) => group.subject.name)).size === 1) {
    const name = groups[0]!.subject.name;
    return `Figures of ${name}, ${runsText(runs)} of each benchmark; nothing to rank it against.`;
  }
  if (runs < RANKING_RUNS_MIN) return tooFewRuns(runs);
  return "Figures without a ranking; each section below says why.";
}

/** Why a group is put aside whatever the others did; undefined when it may be ranked. */
function unrankable(group: Group): string | undefined {
  if (measuresHarness(group.subject)) return "it measures the harness, not a store";
  if (group.rows.some((row) => row.partial)) return "interrupted";
  if (group.rows.some((row) => row.cutShortOf !== undefined)) return "ended by the time limit";
  if (group.rows.some((row) => row.loop.kind === "open" && row.loop.invalid)) {
    return "invalid: the load generator was the bottleneck";
  }
  const errors = group.rows.reduce((sum, row) => sum + row.errors, 0);
  return errors > 0 ? `${errors} errors` : undefined;
}

function rankingObstacle(kept: readonly RankedGroup[]): string | undefined {
  if (kept.length === 0) return "No store here can be ranked.";
  const runs = kept.map(({ group }) => group.rows.length);
  const fewest = Math.min(...runs);
  if (kept.length === 1) {
    const only = kept[0]!;
    return `Only ${only.group.subject.name} (${runsText(fewest)}): nothing to rank it against.`;
  }
  const recorded = kept.filter(({ group }) => group.rows[0]!.latencyNs !== undefined).length;
  if (recorded > 0 && recorded < kept.length) {
    return "No ranking: latencies were recorded for some stores only, and recording costs time.";
  }
  if (fewest >= RANKING_RUNS_MIN) return undefined;
  if (fewest === Math.max(...runs)) return tooFewRuns(fewest);
  const short = kept.filter(({ group }) => group.rows.length < RANKING_RUNS_MIN);
  const names = short.map(({ group }) => `${group.subject.name} ${runsText(group.rows.length)}`);
  const found = names.join(", ");
  return `No ranking: it needs ${RANKING_RUNS_MIN} runs of each, and there are of ${found}.`;
}

function tooFewRuns(runs: number): string {
  const why =
    runs === 1
      ? "one run cannot tell a difference between stores from one between runs"
      : `${runs} runs say too little about how far runs differ`;
  const remedy = `A ranking needs ${RANKING_RUNS_MIN} runs of each.`;
  return `Figures from ${runsText(runs)} of each, and no ranking: ${why}. ${remedy}`;
}

function runsText(runs: number): string {
  return runs === 1 ? "1 run" : `${runs} runs`;
}

function toPlaces(kept: readonly RankedGroup[], lowerIsBetter: boolean): RankedGroup[][] {
  const sign = lowerIsBetter ? 1 : -1;
  const sorted = [...kept].sort((a, b) => sign * (a.figure.median - b.figure.median));
  const places: RankedGroup[][] = [];
  for (const next of sorted) {
    const place = places[places.length - 1];
    // Chained: it shares the place when it overlaps any group in it, not only the last.
    if (place?.some((other) => overlap(other.figure, next.figure))) place.push(next);
    else places.push([next]);
  }
  return places;
}

function overlap(a: Spread, b: Spread): boolean {
  return a.min <= b.max && b.min <= a.max;
}

function rankingText(places: readonly Place[], set: ComparisonSet): string {
  const format = set.open ? formatNanoseconds : (value: number) => `${formatRate(value)} ops/s`;
  const best = places[0]!;
  const figure = (ranked: RankedGroup) =>
    `${ranked.group.subject.name} at ${format(ranked.figure.median)}`;
  const rest = places.slice(1).map((place) => {
    const names = place.map(figure).join(", ");
    return place.length === 1 ? names : `${names} (runs overlap: no order among them)`;
  });
  const then = rest.length === 0 ? "" : ` Then ${rest.join("; then ")}.`;
  if (best.length > 1) {
    const names = best.map(figure).join(", ");
    const all = places.length === 1 ? "No ranking" : "No leader";
    return `${all}: the runs of ${names} overlap.${then}`;
  }
  const leader = best[0]!;
  const second = places[1]?.[0];
  const what = set.open ? "had the lowest p99 response time" : "was fastest";
  const ahead = second === undefined ? "" : `, ${lead(leader, second, set.open)}`;
  return `${leader.group.subject.name} ${what}: ${format(leader.figure.median)}${ahead}.${then}`;
}

function lead(first: RankedGroup, second: RankedGroup, lowerIsBetter: boolean): string {
  const name = second.group.subject.name;
  const [a, b] = [first.figure.median, second.figure.median];
  const ratio = lowerIsBetter ? b / a : a / b;
  if (!Number.isFinite(ratio)) return `ahead of ${name}`;
  if (lowerIsBetter) return `where ${name} took ${formatTimes(ratio)} as long`;
  return `${formatTimes(ratio)} ${name}`;
}
