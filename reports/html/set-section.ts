// One comparison set in the page: its verdict, its charts, its table and its notes.

import { barChart, type ChartSpec, percentileChart } from "../chart-data.ts";
import { formatNanoseconds, formatRate } from "../format.ts";
import { type ComparisonSet, measuresHarness } from "../groups.ts";
import { isAllFailed } from "../latencies.ts";
import {
  failedRuns,
  latencyChart,
  sampledChart,
  throughputChart,
  timeClock,
} from "../time-charts.ts";
import { rankingFigure, type SetVerdict } from "../verdict.ts";
import { chartFigure } from "./chart-figure.ts";
import { eventTables } from "./event-tables.ts";
import { html, type Markup } from "./markup.ts";
import { operationsTable } from "./tables.ts";

export interface SetSection {
  readonly markup: Markup;
  readonly charts: readonly ChartSpec[];
}

/**
 * @param floorNs latencies below it are drawn at it: the smallest step of the clock.
 * @param alone the page's verdict is this set's, and is not said twice.
 */
export function setSection(verdict: SetVerdict, floorNs: number, alone: boolean): SetSection {
  const { set } = verdict;
  const charts: ChartSpec[] = [];
  const figure = (spec: ChartSpec | undefined, caption: string): Markup | undefined => {
    if (spec === undefined) return undefined;
    charts.push(spec);
    return chartFigure(spec, caption);
  };
  const figures = [
    figure(barChart(set), barsCaption(set)),
    figure(percentileChart(set, floorNs), percentilesCaption(set)),
    figure(throughputChart(set), throughputCaption(set)),
    figure(latencyChart(set, floorNs), latencyCaption(set)),
    figure(sampledChart(set), SAMPLED_CAPTION),
  ];
  const markup = html`<section id="${set.id}">
<h2>${set.title}</h2>
<p class="conditions">${set.conditions}</p>
${alone ? undefined : html`<p class="set-verdict">${verdict.text}</p>`}
${operationsTable(set)}
${notes(set)}
<div class="charts">${figures}${eventTables(set)}</div>
</section>`;
  return { markup, charts };
}

function repeats(set: ComparisonSet): number {
  return Math.max(...set.groups.map((group) => group.rows.length));
}

function barsCaption(set: ComparisonSet): string {
  const better = set.open ? "Shorter is better." : "Longer is better.";
  const range = "the line through the end of a bar spans the lowest to the highest run";
  return repeats(set) > 1
    ? `Median over the runs; ${range}. ${better}${harness(set)}`
    : `One run each: how far runs differ is not known. ${better}${harness(set)}`;
}

/** The figure of the harness, which has no bar of its own. */
function harness(set: ComparisonSet): string {
  const group = set.groups.find((each) => measuresHarness(each.subject));
  if (group === undefined || set.groups.length === 1) return "";
  const median = rankingFigure(set, group)?.median;
  const text = set.open ? formatNanoseconds(median) : `${formatRate(median)} ops/s`;
  return ` Without a bar: ${group.subject.name}, the harness alone, ${text}.`;
}

function percentilesCaption(set: ComparisonSet): string {
  const runs = repeats(set) > 1 ? " All runs merged." : "";
  const clocks = set.open
    ? "Response time (from the intended start) solid, service time (from sending) dashed."
    : "Service time, from sending to the answer.";
  return `${clocks}${runs} Each curve ends at its slowest operation.`;
}

function throughputCaption(set: ComparisonSet): string {
  const offered = set.open ? " The dashed grey line is the load that was offered." : "";
  const shown =
    "Operations finished in each interval; shaded: the warm-up, which no figure counts.";
  return `${shown}${offered}${crosses(set)}${lanes(set)}${failures(set)}`;
}

function latencyCaption(set: ComparisonSet): string {
  const clock = timeClock(set) === "response" ? "Response" : "Service";
  const shown = "time of the operations that finished in each interval; shaded: the warm-up.";
  return `${clock} ${shown}${crosses(set)}${lanes(set)}${failures(set)}`;
}

const SAMPLED_CAPTION =
  "What each engine said of itself at the start and the end, and about once a second between them.";

function lanes(set: ComparisonSet): string {
  const rows = set.groups.flatMap((group) => group.rows);
  if (rows.every((row) => row.events === undefined)) return "";
  const stalls = rows.some((row) => row.events?.some((event) => event.kind === "stall"));
  const shaded = stalls ? " Red shade: somebody waits in a stall." : "";
  return ` Under the lines: what the engines did by themselves, from begin to end.${shaded}`;
}

function crosses(set: ComparisonSet): string {
  const drawn = set.groups.flatMap((group) => group.rows).filter((row) => !isAllFailed(row));
  const failed = drawn.some((row) => row.intervals.some((interval) => interval.errors > 0));
  return failed ? " Crosses: intervals with errors." : "";
}

/** What has no line since there is nothing to draw. */
function failures(set: ComparisonSet): string {
  const failed = failedRuns(set);
  return failed.length === 0 ? "" : ` No line, as all operations failed: ${failed.join(", ")}.`;
}

/** Notes and errors of the rows; what all stores share is said once. */
function notes(set: ComparisonSet): Markup | undefined {
  const failed = failedRuns(set).map(
    (name) =>
      html`<li><b>${name}</b>: all operations failed; no figures, and no lines over time</li>`,
  );
  const byNote = new Map<string, string[]>();
  for (const group of set.groups) {
    for (const note of new Set(group.rows.flatMap((row) => row.notes))) {
      byNote.set(note, [...(byNote.get(note) ?? []), group.subject.name]);
    }
    for (const sample of new Set(group.rows.flatMap((row) => row.errorSamples ?? []))) {
      const note = `error: ${sample}`;
      byNote.set(note, [...(byNote.get(note) ?? []), group.subject.name]);
    }
  }
  if (byNote.size === 0 && failed.length === 0) return undefined;
  const items = [...byNote].map(([note, names]) => {
    const all = names.length === set.groups.length && names.length > 1;
    return html`<li><b>${all ? "All" : names.join(", ")}</b>: ${note}</li>`;
  });
  return html`<ul class="notes">${failed}${items}</ul>`;
}
