// A chart in the page: canvas, controls, and the same figures as a table, for who cannot see it.

import {
  type BarChart,
  type ChartSpec,
  type LineChart,
  PERCENTILE_TICKS,
  type Series,
  tailPosition,
} from "../chart-data.ts";
import { ABSENT, formatBytes, formatNanoseconds, formatRate } from "../format.ts";
import { lanesHeight } from "./client-lanes.ts";
import { html, type Markup } from "./markup.ts";

/** A table longer than this is thinned out: the CSV has every interval. */
const TABLE_ROWS_MAX = 240;
/** Height of a chart of lines without events, as in the style sheet. */
const LINE_CHART_PIXELS = 340;

const FORMATS = { rate: formatRate, nanoseconds: formatNanoseconds, bytes: formatBytes };

/** @param caption what the chart shows and how it was made, in a sentence. */
export function chartFigure(spec: ChartSpec, caption: string): Markup {
  const height = heightOf(spec);
  const style = height === undefined ? undefined : html` style="height:${height}px"`;
  const choices = spec.kind === "bars" ? undefined : controls(spec);
  const spoken = `${spec.title}. ${caption} The table below has the figures.`;
  return html`<figure class="chart">
<div class="chart-head"><h3>${spec.title}</h3>${choices}</div>
<div class="canvas"${style}>
<canvas id="${spec.id}" role="img" aria-label="${spoken}"></canvas></div>
<figcaption>${caption}</figcaption>
<details class="figures"><summary>Figures as a table</summary>
<div class="scroll">${fallbackTable(spec)}</div></details>
</figure>`;
}

/** In pixels; absent where the style sheet says it. */
function heightOf(spec: ChartSpec): number | undefined {
  if (spec.kind === "bars") return 74 + 36 * spec.bars.length;
  const lanes = lanesHeight(spec);
  return lanes === 0 ? undefined : LINE_CHART_PIXELS + lanes;
}

function controls(spec: LineChart): Markup {
  const selects = spec.choices.map((choice, index) => {
    const options = choice.options.map((name, i) => {
      const selected = i === choice.initial ? html` selected` : undefined;
      return html`<option value="${i}"${selected}>${name}</option>`;
    });
    return html`<label>${choice.name}
<select data-chart="${spec.id}" data-choice="${index}">${options}</select></label>`;
  });
  const checked = spec.yLog ? html` checked` : undefined;
  const log = html`<label>
<input type="checkbox" data-chart="${spec.id}" data-choice="log"${checked}> log scale</label>`;
  return html`<div class="controls">${selects}${log}</div>`;
}

function fallbackTable(spec: ChartSpec): Markup {
  if (spec.kind === "bars") return barsTable(spec);
  return spec.kind === "percentiles" ? percentilesTable(spec) : timeTable(spec);
}

function barsTable(spec: BarChart): Markup {
  const format = spec.y === "rate" ? formatRate : formatNanoseconds;
  const unit = spec.y === "rate" ? ", ops/s" : "";
  const rows = spec.bars.map(
    (bar) => html`<tr><th scope="row">${bar.label}</th><td>${format(bar.value)}</td>
<td>${format(bar.low)}</td><td>${format(bar.high)}</td><td>${bar.runs}</td></tr>`,
  );
  const head = [`Median${unit}`, "Lowest", "Highest", "Runs"].map(
    (name) => html`<th class="n">${name}</th>`,
  );
  return html`<table><thead><tr><th>Store</th>${head}</tr></thead><tbody>${rows}</tbody></table>`;
}

function percentilesTable(spec: LineChart): Markup {
  const key = spec.choices.map((choice) => choice.initial).join(",");
  const shown = spec.views[key]!.map((index) => spec.series[index]!);
  const head = shown.map((line) => html`<th class="n">${line.label}</th>`);
  const rows = PERCENTILE_TICKS.map((tick) => {
    const cells = shown.map(
      (line) => html`<td>${formatNanoseconds(valueAt(line, tailPosition(tick)))}</td>`,
    );
    return html`<tr><th scope="row">${tick} %</th>${cells}</tr>`;
  });
  const last = shown.map((line) => html`<td>${formatNanoseconds(line.points.at(-1))}</td>`);
  return html`<table><thead><tr><th>Percentile</th>${head}</tr></thead>
<tbody>${rows}<tr><th scope="row">100 %</th>${last}</tr></tbody></table>`;
}

/** The y of the point that stands exactly at x; ticks that a curve reaches are points of it. */
function valueAt(line: Series, x: number): number | undefined {
  for (let i = 0; i < line.points.length; i += 2) {
    if (line.points[i] === x) return line.points[i + 1];
  }
  return undefined;
}

function timeTable(spec: LineChart): Markup {
  const key = spec.choices.map((choice) => choice.initial).join(",");
  // A line across the whole chart, such as the offered rate, is no series of intervals.
  const shown = spec.views[key]!.map((index) => spec.series[index]!).filter((s) => s.slot >= 0);
  const format = FORMATS[spec.y];
  const length = Math.max(0, ...shown.map((line) => line.points.length / 2));
  const step = Math.ceil(length / TABLE_ROWS_MAX);
  const rows: Markup[] = [];
  for (let i = 0; i < length; i += step) {
    const cells = shown.map((line) => timeCell(line, i, format));
    rows.push(html`<tr><th scope="row">${i + 1}</th>${cells}</tr>`);
  }
  const unit = spec.y === "rate" ? ", ops/s" : "";
  const [point, all] = spec.y === "bytes" ? ["Sample", "samples"] : ["Interval", "intervals"];
  const head = shown.map((line) => html`<th class="n">${line.label}${unit}</th>`);
  const thinned = step === 1 ? undefined : html`<p>Every ${step}th; ${all}.csv has all.</p>`;
  return html`<table><thead><tr><th>${point}</th>${head}</tr></thead><tbody>${rows}</tbody></table>
<p>Each cell: the figure, and the second at which it was known; <i>w</i> marks the warm-up.</p>
${thinned}`;
}

function timeCell(line: Series, index: number, format: (value: number) => string): Markup {
  const x = line.points[2 * index];
  const y = line.points[2 * index + 1];
  if (x === undefined || y === undefined) return html`<td>${ABSENT}</td>`;
  const warmup = x <= (line.warmupEnd ?? 0) ? html` <i>w</i>` : undefined;
  return html`<td>${format(y)} <small>${x.toFixed(1)} s${warmup}</small></td>`;
}
