// All comparison sets at a glance: one line each, a column for each store.

import { ABSENT, formatNanoseconds, formatRate } from "../format.ts";
import { measuresHarness, type Subject } from "../groups.ts";
import { rankingFigure, type SetVerdict } from "../verdict.ts";
import { html, type Markup } from "./markup.ts";
import { subjectName } from "./subject.ts";

/** Absent for fewer than two sets: the set's own table says it all then. */
export function overview(
  verdicts: readonly SetVerdict[],
  subjects: readonly Subject[],
): Markup | undefined {
  if (verdicts.length < 2) return undefined;
  const head = subjects.map((subject) => html`<th class="n">${subjectName(subject)}</th>`);
  const rows = verdicts.map((verdict) => overviewRow(verdict, subjects));
  const ranked = verdicts.some((verdict) => leader(verdict) !== undefined);
  const open = verdicts.some((verdict) => verdict.set.open);
  const what = open ? "ops/s; response time at p99 where the load was given" : "ops/s";
  const bold = ranked ? " Bold: faster than every other store in every run." : "";
  return html`<section class="flow" id="overview"><h2>At a glance</h2>
<p class="legend-text">Median over the runs, ${what}.
Bars: share of the largest figure of the line.${bold}</p>
<div class="scroll"><table class="overview"><thead><tr><th>Benchmark</th>${head}</tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function overviewRow(verdict: SetVerdict, subjects: readonly Subject[]): Markup {
  const { set } = verdict;
  const format = set.open ? formatNanoseconds : formatRate;
  const figures = subjects.map((subject) => {
    const group = set.groups.find((each) => each.subject === subject);
    return group === undefined ? undefined : rankingFigure(set, group)?.median;
  });
  // The bars compare stores: the harness has none beside them.
  const stores = figures.filter((_, index) => !measuresHarness(subjects[index]!));
  const largest = Math.max(0, ...stores.filter((figure) => figure !== undefined));
  const first = leader(verdict);
  const cells = subjects.map((subject, index) => {
    const figure = figures[index];
    if (figure === undefined) return html`<td>${ABSENT}</td>`;
    const best = first === subject ? html` class="best"` : undefined;
    const bar = measuresHarness(subject) ? undefined : shareBar(subject, figure / largest);
    return html`<td${best}>${format(figure)}${bar}</td>`;
  });
  const link = html`<a href="#${set.id}">${set.title}</a>`;
  return html`<tr><th scope="row">${link}</th>${cells}</tr>`;
}

function shareBar(subject: Subject, share: number): Markup {
  const percent = Number.isFinite(share) ? Math.max(1, Math.round(100 * share)) : 1;
  return html`<span class="share c${subject.slot}" style="width:${percent}%"></span>`;
}

/** The one store on the first place of a ranking of several; absent when it is shared. */
function leader(verdict: SetVerdict): Subject | undefined {
  const first = verdict.places[0];
  return first?.length === 1 ? first[0]!.group.subject : undefined;
}
