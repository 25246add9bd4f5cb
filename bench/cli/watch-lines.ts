// What `--watch` says of a row that runs: a block of lines on a terminal, else one line.
//
// Rates, the 99th percentile and the share of cache hits are those of the last second, where "now"
// stands beside them; all else is since the engine was opened. What an engine cannot know is left
// out.

import type { EngineStats } from "../../engines/engine.ts";
import {
  formatBytes,
  formatCount,
  formatDigits,
  formatDuration,
  formatNanoseconds,
  formatRate,
} from "../../reports/format.ts";
import type { LiveState } from "../watch.ts";
import { sumOfParts } from "../watch-samples.ts";

const NAME_CELLS = 15;
/** Figures that are older than this are not of the last second. */
const AGE_MS_SHOWN = 2000;
const LEVELS_MAX = 8;
const PARTS_MAX = 5;
const WORK_MAX = 3;

/** The lines under the bar of progress. */
export function watchLines(state: LiveState): string[] {
  const { stats } = state;
  const lines: [name: string, text: string][] = [
    ["throughput", joined([rates(state), latency(state)], "; ")],
    ["engine", age(state)],
    ["memory", memory(stats)],
    ["disk", disk(stats)],
    ["amplification", amplification(stats)],
    ["cache, filters", joined([cache(state), filters(stats)], "; ")],
    ["stalls", stalls(stats)],
    ["levels", levels(stats)],
    ["background", joined([work(state), ended(state)], "; ")],
  ];
  return lines
    .filter(([, text]) => text !== "")
    .map(([name, text]) => `  ${name.padEnd(NAME_CELLS)}${text}`);
}

/** The same in one line, as far as it changes from second to second. */
export function watchLine(state: LiveState): string {
  const { stats } = state;
  const { memoryBytes, diskBytes, writeAmplification, compactionDebtBytes } = stats;
  const each = [
    rates(state),
    latency(state),
    age(state),
    memoryBytes === undefined ? "" : `memory ${formatBytes(sumOfParts(memoryBytes))}`,
    diskBytes === undefined ? "" : `disk ${formatBytes(diskBytes)}`,
    writeAmplification === undefined ? "" : `write ampl. ${formatDigits(writeAmplification)}`,
    compactionDebtBytes === undefined ? "" : `debt ${formatBytes(compactionDebtBytes)}`,
    cache(state),
    stats.stalls === undefined ? "" : `stalls ${stalls(stats)}`,
    work(state),
  ];
  return joined(each, ", ");
}

function joined(texts: readonly string[], separator: string): string {
  return texts.filter((text) => text !== "").join(separator);
}

function rates({ progress, meanOpsPerSec }: LiveState): string {
  return `${formatRate(progress.opsPerSec)} ops/s now, ${formatRate(meanOpsPerSec)} mean`;
}

function latency({ p99Ns }: LiveState): string {
  return p99Ns === undefined ? "" : `p99 now ${formatNanoseconds(p99Ns)}`;
}

/** Only for the figures of the engine: those of the harness are always fresh. */
function age({ statsAgeMs }: LiveState): string {
  return statsAgeMs < AGE_MS_SHOWN ? "" : `figures ${formatDuration(statsAgeMs)} old`;
}

function memory({ memoryBytes }: EngineStats): string {
  if (memoryBytes === undefined) return "";
  const parts = Object.entries(memoryBytes)
    .filter(([, bytes]) => bytes > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, PARTS_MAX)
    .map(([name, bytes]) => `${name} ${formatBytes(bytes)}`);
  const list = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  return formatBytes(sumOfParts(memoryBytes)) + list;
}

function disk({ diskBytes, files, deadBytes, compactionDebtBytes }: EngineStats): string {
  const size = diskBytes === undefined ? "" : formatBytes(diskBytes);
  const inFiles = files === undefined ? "" : `${formatCount(files)} files`;
  return joined(
    [
      joined([size, inFiles], " in "),
      deadBytes === undefined ? "" : `dead ${formatBytes(deadBytes)}`,
      compactionDebtBytes === undefined ? "" : `debt ${formatBytes(compactionDebtBytes)}`,
    ],
    ", ",
  );
}

function amplification(stats: EngineStats): string {
  const { writeAmplification: write, readAmplification: read, spaceAmplification: space } = stats;
  const each = Object.entries({ write, read, space });
  return each
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${formatDigits(value!)}`)
    .join(", ");
}

function cache({ stats, previousStats }: LiveState): string {
  const now = hitShare(stats, previousStats);
  return now === undefined ? "" : `${formatDigits(100 * now)} % hits now`;
}

/** Hits over lookups since `before`; undefined when there was no lookup, or nobody counts. */
function hitShare(stats: EngineStats, before: EngineStats | undefined): number | undefined {
  if (stats.cacheHits === undefined || stats.cacheMisses === undefined) return undefined;
  const hits = stats.cacheHits - (before?.cacheHits ?? 0);
  const misses = stats.cacheMisses - (before?.cacheMisses ?? 0);
  return hits + misses > 0 ? hits / (hits + misses) : undefined;
}

function filters({ filterChecks, filterFalsePositives }: EngineStats): string {
  if (filterFalsePositives === undefined || !filterChecks) return "";
  const share = formatDigits((100 * filterFalsePositives) / filterChecks);
  return `${share} % of filter checks false positives`;
}

function stalls({ stalls: count, stallNs }: EngineStats): string {
  if (count === undefined) return "";
  const time = stallNs === undefined || count === 0 ? "" : ` (${formatDuration(stallNs / 1e6)})`;
  return formatCount(count) + time;
}

function levels({ levels: list }: EngineStats): string {
  if (list === undefined) return "";
  return list
    .map(({ files, bytes }, level) => ({
      text: `${level}: ${files} of ${formatBytes(bytes)}`,
      files,
    }))
    .filter(({ files }) => files > 0)
    .slice(0, LEVELS_MAX)
    .map(({ text }) => text)
    .join(", ");
}

function work(state: LiveState): string {
  const shown = state.work.slice(0, WORK_MAX).map(({ kind, detail, ms }) => {
    // A text of the engine's, on a terminal: nothing in it may move the cursor.
    const what = detail === "" ? "" : ` (${detail.replace(/\p{Cc}+/gu, " ")})`;
    return `${kind}${what} for ${formatDuration(ms)}`;
  });
  const more = state.work.length - shown.length;
  return joined([...shown, more > 0 ? `${more} more` : ""], ", ");
}

function ended({ ended: counts }: LiveState): string {
  if (counts.size === 0) return "";
  const list = [...counts].map(([kind, count]) => `${formatCount(count)} ${kind}`);
  return `in this row: ${list.join(", ")}`;
}
