// What the engines say of themselves at the end of a row: a line for each benchmark and store.

import {
  ABSENT,
  formatBytes,
  formatCount,
  formatDigits,
  formatDuration,
  formatNanoseconds,
} from "../format.ts";
import { type ComparisonSet, type Group, spread } from "../groups.ts";
import type { Row } from "../result.ts";
import { html, type Markup } from "./markup.ts";
import { subjectName } from "./subject.ts";

interface EngineFigure {
  readonly name: string;
  readonly read: (stats: Row["stats"]) => number | undefined;
  readonly format: (value: number) => string;
}

function field(name: string): (stats: Row["stats"]) => number | undefined {
  return (stats) => numberOf(stats[name]);
}

const ENGINE_FIGURES: readonly EngineFigure[] = [
  { name: "Write ampl.", read: field("writeAmplification"), format: formatDigits },
  { name: "Read ampl.", read: field("readAmplification"), format: formatDigits },
  { name: "Space ampl.", read: field("spaceAmplification"), format: formatDigits },
  { name: "Files", read: field("files"), format: formatCount },
  { name: "On disk", read: field("diskBytes"), format: formatBytes },
  { name: "Dead on disk", read: field("deadBytes"), format: formatBytes },
  { name: "Debt", read: field("compactionDebtBytes"), format: formatBytes },
  { name: "Syncs", read: field("syncs"), format: formatCount },
  { name: "Writes", read: field("writes"), format: formatCount },
  { name: "Cache hits", read: cacheHitShare, format: percent },
  { name: "Hit takes", read: field("hitLatencyNs"), format: formatNanoseconds },
  { name: "Miss takes", read: field("missLatencyNs"), format: formatNanoseconds },
  { name: "Filter false pos.", read: falsePositiveShare, format: percent },
  { name: "Stalls", read: field("stalls"), format: formatCount },
  { name: "Stalled", read: field("stallNs"), format: (ns) => formatDuration(ns / 1e6) },
  { name: "Keys", read: field("keys"), format: formatCount },
];

/** What engines say of themselves at the end of a run; absent when none says anything. */
export function engineTable(sets: readonly ComparisonSet[]): Markup | undefined {
  const groups = sets.flatMap((set) => set.groups);
  const known = groups.some((group) => group.rows.some((row) => Object.keys(row.stats).length > 0));
  if (!known) return undefined;
  const shown = ENGINE_FIGURES.filter((figure) => groups.some((group) => has(group, figure)));
  const head = shown.map((figure) => html`<th class="n">${figure.name}</th>`);
  const leveled = groups.some((group) => levelsText(group) !== ABSENT);
  const levels = (group: Group) =>
    leveled ? html`<td class="t">${levelsText(group)}</td>` : undefined;
  const bodies = sets.map((set) => {
    const rows = set.groups.map((group, index) => {
      const first =
        index === 0
          ? html`<th scope="rowgroup" rowspan="${set.groups.length}">${set.title}</th>`
          : undefined;
      const cells = shown.map((figure) => html`<td>${figureText(group, figure)}</td>`);
      return html`<tr>${first}<th scope="row">${subjectName(group.subject)}</th>${cells}
<td class="t">${partsText(group, "bytesWritten")}</td>
<td class="t">${partsText(group, "memoryBytes")}</td>${levels(group)}</tr>`;
    });
    return html`<tbody>${rows}</tbody>`;
  });
  return html`<div class="scroll"><table class="engines">
<thead><tr><th>Benchmark</th><th>Store</th>${head}
<th>Bytes written</th><th>In memory</th>${leveled ? html`<th>Levels</th>` : undefined}</tr></thead>
${bodies}</table></div>`;
}

function has(group: Group, figure: EngineFigure): boolean {
  return group.rows.some((row) => figure.read(row.stats) !== undefined);
}

function figureText(group: Group, figure: EngineFigure): string {
  const found = spread(group.rows.map((row) => figure.read(row.stats)));
  return found === undefined ? ABSENT : figure.format(found.median);
}

function cacheHitShare(stats: Row["stats"]): number | undefined {
  const hits = numberOf(stats.cacheHits);
  const misses = numberOf(stats.cacheMisses);
  if (hits === undefined || misses === undefined || hits + misses === 0) return undefined;
  return (100 * hits) / (hits + misses);
}

/** Of all checks of filters, those that said "perhaps" of a key that was not there. */
function falsePositiveShare(stats: Row["stats"]): number | undefined {
  const checks = numberOf(stats.filterChecks);
  const found = numberOf(stats.filterFalsePositives);
  if (checks === undefined || found === undefined || checks === 0) return undefined;
  return (100 * found) / checks;
}

function percent(share: number): string {
  return `${formatDigits(share)} %`;
}

/** Files and bytes of the levels that have any, of the last run: `0: 4 of 8.00 MiB`. */
function levelsText(group: Group): string {
  const { levels } = group.rows[group.rows.length - 1]!.stats;
  if (!Array.isArray(levels)) return ABSENT;
  const texts = levels.flatMap((level: { files?: unknown; bytes?: unknown } | null, index) => {
    const files = numberOf(level?.files) ?? 0;
    return files === 0 ? [] : [`${index}: ${files} of ${formatBytes(numberOf(level?.bytes))}`];
  });
  return texts.length === 0 ? ABSENT : texts.join(", ");
}

/** The sum, then its parts, largest first: `12.0 MiB: index 8.00 MiB, tail 4.00 MiB`. */
function partsText(group: Group, name: string): string {
  // Parts do not add up over medians: these are of the last run.
  const value = group.rows[group.rows.length - 1]!.stats[name];
  if (value === null || typeof value !== "object") return ABSENT;
  const parts = Object.entries(value)
    .map(([part, bytes]) => ({ name: part, bytes: numberOf(bytes) ?? 0 }))
    .sort((a, b) => b.bytes - a.bytes);
  const sum = parts.reduce((total, part) => total + part.bytes, 0);
  const named = parts.filter((part) => part.bytes > 0);
  if (named.length === 0) return formatBytes(sum);
  const texts = named.map((part) => `${part.name} ${formatBytes(part.bytes)}`);
  return `${formatBytes(sum)}: ${texts.join(", ")}`;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
