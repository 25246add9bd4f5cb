// What the engines did by themselves, in words and figures: the legend of the marks under the
// charts over time, a line for each store and kind, and every event for who cannot see the charts.

import { busyMsOf, mergeEvents } from "../events.ts";
import { ABSENT, formatBytes, formatCount, formatDigits, formatDuration } from "../format.ts";
import { type ComparisonSet, type Group, medianRun, spread } from "../groups.ts";
import { EVENT_COLOURS } from "../palette.ts";
import type { Row, RowEvent } from "../result.ts";
import { html, type Markup, raw } from "./markup.ts";
import { subjectName } from "./subject.ts";

/** Events of a row that the list shows; events.csv has all. */
const LISTED_MAX = 200;

/** Outlines in a box of 12 by 12, as Chart.js draws them in the charts. */
const SHAPES: Readonly<Record<string, string>> = {
  flush: "M6 1 11 10H1Z",
  compaction: "M2 2H10V10H2Z",
  merge: "M6 1.5a4.5 4.5 0 1 0 .01 0Z",
  snapshot: "M6 1 11 6 6 11 1 6Z",
  stall: "M6 1V11M1 6H11M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5",
};
const UNKNOWN_SHAPE = "M6 1V11M1 6H11";

/** Legend, summary and list; absent when no engine of the set told of anything. */
export function eventTables(set: ComparisonSet): Markup | undefined {
  const groups = set.groups.filter((group) => kindsOf(group.rows).length > 0);
  if (groups.length === 0) return undefined;
  const kinds = kindsOf(groups.flatMap((group) => group.rows));
  const items = kinds.map((kind) => html`<li>${shape(kind)}${kind}</li>`);
  return html`<div class="events"><h3>What the engines did by themselves</h3>
<ul class="event-kinds" aria-label="Marks under the charts over time">${items}</ul>
${summary(groups)}${dropped(groups)}${list(groups)}</div>`;
}

function shape(kind: string): Markup {
  const known = Object.hasOwn(SHAPES, kind);
  const path = raw(known ? SHAPES[kind]! : UNKNOWN_SHAPE);
  const name = known && Object.hasOwn(EVENT_COLOURS, kind) ? kind : "unknown";
  return html`<svg class="kind k-${name}" viewBox="0 0 12 12" aria-hidden="true">
<path d="${path}"/></svg>`;
}

function kindsOf(rows: readonly Row[]): string[] {
  const kinds = rows.flatMap((row) => (row.events ?? []).map(({ kind }) => kind));
  return [...new Set(kinds)].sort();
}

function summary(groups: readonly Group[]): Markup {
  const bodies = groups.map((group) => {
    const kinds = kindsOf(group.rows);
    const rows = kinds.map((kind, index) => {
      const store =
        index === 0
          ? html`<th scope="rowgroup" rowspan="${kinds.length}">${subjectName(group.subject)}</th>`
          : undefined;
      return html`<tr>${store}<td class="t">${shape(kind)}${kind}</td>
${figureCells(group.rows.map((row) => figuresOf(row, kind)))}</tr>`;
    });
    return html`<tbody>${rows}</tbody>`;
  });
  return html`<div class="scroll"><table><thead><tr><th>Store</th><th>Event</th>
<th class="n">Times<br>a run</th><th class="n">Time in all<br>a run</th>
<th class="n">Of the<br>run</th><th class="n">Longest</th><th class="n">Bytes<br>a run</th></tr>
</thead>${bodies}</table></div>`;
}

/** Of the events of one kind in one run. */
interface KindFigures {
  readonly times: number;
  readonly busyMs: number;
  readonly share: number | undefined;
  /** Of those that were not merged: undefined when all were. */
  readonly longestMs: number | undefined;
  readonly bytes: number | undefined;
}

function figuresOf(row: Row, kind: string): KindFigures {
  const events = (row.events ?? []).filter((event) => event.kind === kind);
  const busyMs = sum(events.map((event) => busyMsOf(event) ?? 0));
  const rowMs = row.warmup.ms + row.elapsedNs / 1e6;
  const single = events.filter((event) => event.count === undefined);
  const durations = single.map(busyMsOf).filter((ms) => ms !== undefined);
  const bytes = events.map((event) => event.bytes).filter((each) => each !== undefined);
  return {
    times: sum(events.map((event) => event.count ?? 1)),
    busyMs,
    share: rowMs > 0 ? (100 * busyMs) / rowMs : undefined,
    longestMs: durations.length === 0 ? undefined : Math.max(...durations),
    bytes: bytes.length === 0 ? undefined : sum(bytes),
  };
}

function figureCells(runs: readonly KindFigures[]): Markup[] {
  const median = (read: (figures: KindFigures) => number | undefined) =>
    spread(runs.map(read))?.median;
  const share = median((figures) => figures.share);
  const longest = spread(runs.map((figures) => figures.longestMs))?.max;
  const texts = [
    formatCount(median((figures) => figures.times)),
    formatDuration(median((figures) => figures.busyMs)),
    share === undefined ? ABSENT : `${formatDigits(share)} %`,
    formatDuration(longest),
    formatBytes(median((figures) => figures.bytes)),
  ];
  return texts.map((text) => html`<td>${text}</td>`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function dropped(groups: readonly Group[]): Markup | undefined {
  const count = sum(groups.flatMap((group) => group.rows.map((row) => row.eventsDropped ?? 0)));
  if (count === 0) return undefined;
  return html`<p>${formatCount(count)} more were dropped: there were too many at a time, or nothing
was told of how they began.</p>`;
}

/** Columns of texts, which stand on the left. */
const TEXTS: ReadonlySet<string> = new Set(["Event", "What"]);

/** The events of the median run of each store. */
function list(groups: readonly Group[]): Markup {
  const rows = groups.flatMap((group) => {
    const row = medianRun(group);
    return mergeEvents(row.events ?? [], LISTED_MAX).map(
      (event) => html`<tr><th scope="row">${group.subject.name}</th><td>${row.run}</td>
<td class="t">${event.kind}</td>${eventCells(event)}</tr>`,
    );
  });
  const head = ["Run", "Event", "Start, s", "Duration", "Number", "Bytes", "What"].map(
    (name) => html`<th${TEXTS.has(name) ? undefined : html` class="n"`}>${name}</th>`,
  );
  return html`<details class="figures"><summary>Events as a table</summary><div class="scroll">
<table><thead><tr><th>Store</th>${head}</tr></thead>
<tbody>${rows}</tbody></table></div>
<p>Of the median run of each store; short ones that lie close together stand as one, with the sum
of their times and bytes. events.csv has every run.</p></details>`;
}

function eventCells(event: RowEvent): Markup {
  const busyMs = busyMsOf(event);
  const duration = busyMs === undefined ? "not over" : formatDuration(busyMs);
  return html`<td>${(event.startMs / 1000).toFixed(3)}</td><td>${duration}</td>
<td>${formatCount(event.count ?? 1)}</td><td>${formatBytes(event.bytes)}</td>
<td class="t">${event.detail ?? ""}</td>`;
}
