// One engine in several results, side by side: what a change of the engine, of the machine or of
// chance did to it.
//
// The runs of different results were not interleaved, so nothing is ranked here: a ratio, and
// whether the runs overlap, is all that is said.

import { ABSENT, formatDigits, formatNanoseconds, formatRate } from "../format.ts";
import { type ComparisonSet, type Group, measuresHarness, type Spread, spread } from "../groups.ts";
import { rateOf, totalLatency } from "../latencies.ts";
import type { Row } from "../result.ts";
import { RANKING_RUNS_MIN } from "../verdict.ts";
import { html, type Markup } from "./markup.ts";

/** A figure that is put side by side. */
interface Figure {
  readonly name: string;
  readonly read: (row: Row) => number | undefined;
  readonly format: (value: number) => string;
}

const THROUGHPUT: Figure = {
  name: "ops/s",
  read: rateOf,
  format: formatRate,
};
const P99: Figure = {
  name: "p99",
  read: (row) => totalLatency(row)[row.loop.kind === "open" ? "response" : "service"]?.p99,
  format: formatNanoseconds,
};

/**
 * Absent for one result, and where no engine was measured under the same conditions in two.
 *
 * @param labels of the results, in their order.
 */
export function changesSection(
  sets: readonly ComparisonSet[],
  labels: readonly string[],
): Markup | undefined {
  if (labels.length < 2) return undefined;
  const bodies = sets
    .map((set) => setBody(set, labels.length))
    .filter((body) => body !== undefined);
  if (bodies.length === 0) return undefined;
  const heads = labels.map((label, index) => {
    const ratio = index === 0 ? undefined : html`<th class="n">Ratio to the first</th>`;
    return html`<th class="n">${label}</th>${ratio}`;
  });
  return html`<section class="flow" id="changes"><h2>The same engine in different results</h2>
<p class="legend-text">Different runs: no ranking. The results were measured one after the other,
so a difference may be the machine's. Median over the runs, lowest to highest run below it. Apart:
with ${RANKING_RUNS_MIN} runs or more of both, every run of one lies above every run of the other.
Only what was measured under the same conditions stands here.</p>
<div class="scroll"><table class="changes"><thead><tr><th>Benchmark</th><th>Store</th>
<th>Figure</th>${heads}</tr></thead>${bodies}</table></div></section>`;
}

function setBody(set: ComparisonSet, count: number): Markup | undefined {
  const engines = [...new Set(set.groups.map(({ subject }) => subject.engine))];
  const rows = engines.flatMap((engine) => {
    const groups = set.groups.filter((group) => group.subject.engine === engine);
    return engineRows(set, groups, count);
  });
  return rows.length === 0 ? undefined : html`<tbody>${rows}</tbody>`;
}

function engineRows(set: ComparisonSet, groups: readonly Group[], count: number): Markup[] {
  const stores = groups.filter((group) => !measuresHarness(group.subject));
  // A result may have two versions of an engine: the first stands for it.
  const byResult = Array.from({ length: count }, (_, index) =>
    stores.find((group) => group.subject.resultIndex === index),
  );
  const present = byResult.filter((group) => group !== undefined);
  if (present.length < 2) return [];
  const figures = set.open ? [P99] : [THROUGHPUT, P99];
  return figures.flatMap((figure) => {
    const spreads = byResult.map((group) =>
      group === undefined ? undefined : spread(group.rows.map(figure.read)),
    );
    if (spreads.every((each) => each === undefined)) return [];
    const first = spreads.find((each) => each !== undefined)!;
    const cells = spreads.map((each, index) =>
      index === 0 ? valueCell(each, figure) : html`${valueCell(each, figure)}${ratio(each, first)}`,
    );
    const link = html`<a href="#${set.id}">${set.title}</a>`;
    return [
      html`<tr><th scope="row">${link}</th><td class="t">${present[0]!.subject.engine}</td>
<td class="t">${figure.name}</td>${cells}</tr>`,
    ];
  });
}

function valueCell(figure: Spread | undefined, { format }: Figure): Markup {
  if (figure === undefined) return html`<td>${ABSENT}</td>`;
  const { min, max, count } = figure;
  const range =
    count > 1
      ? html`<small class="range">${format(min)}–${format(max)}</small>`
      : html`<small class="range">1 run</small>`;
  return html`<td>${format(figure.median)}${range}</td>`;
}

function ratio(figure: Spread | undefined, first: Spread): Markup {
  if (figure === undefined || figure === first) return html`<td>${ABSENT}</td>`;
  const value = figure.median / first.median;
  if (!Number.isFinite(value)) return html`<td>${ABSENT}</td>`;
  const few = Math.min(figure.count, first.count) < RANKING_RUNS_MIN;
  const overlap = figure.min <= first.max && first.min <= figure.max;
  const note = few ? "too few runs to tell" : overlap ? "runs overlap" : "apart";
  return html`<td>${formatDigits(value)}<small class="range">${note}</small></td>`;
}
