// What Chart.js is given for each chart of the page: data, axes, legends, tooltips.
//
// The functions below are written out with `Function.prototype.toString`, so each may use only its
// arguments, the browser, and the other functions of this file.

import type { LineChart, Series } from "../chart-data.ts";
import type {
  ChartLike,
  ChartTheme,
  Live,
  Options,
  Point,
  ScaleLike,
  WindowLike,
} from "./client-types.ts";

/** A figure as the tables have it: three digits and a unit. */
function figureText(value: number, y: string): string {
  const size = Math.abs(value);
  const names: Record<string, string[]> = {
    rate: ["", " k", " M", " G"],
    nanoseconds: [" ns", " µs", " ms", " s"],
    bytes: [" B", " KiB", " MiB", " GiB"],
  };
  const units = names[y]!;
  const base = y === "bytes" ? 1024 : 1000;
  let step = 0;
  while (step < 3 && size >= 0.9995 * base ** (step + 1)) step++;
  const scaled = value / base ** step;
  const whole = Math.abs(scaled);
  const places = whole >= 99.95 || whole === 0 ? 0 : whole >= 9.995 ? 1 : 2;
  return scaled.toFixed(places) + units[step];
}

/** The same for an axis: without zeros that say nothing. */
function tickText(value: number, y: string): string {
  return figureText(value, y).replace(/\.0+(?= |$)|(\.\d*[1-9])0+(?= |$)/, "$1");
}

function percentileText(x: number): string {
  if (x <= 1) return "0 %";
  const percent = 100 * (1 - 1 / x);
  const places = Math.max(0, Math.ceil(Math.log10(x) - 2 - 1e-9));
  return `${Number(percent.toFixed(Math.max(places, percent < 90 ? 1 : places)))} %`;
}

function colourOf(theme: ChartTheme, slot: number): string {
  return slot < 0 ? theme.muted : theme.palette[slot % theme.palette.length]!;
}

function shownSeries(live: Live): Series[] {
  const spec = live.spec as LineChart;
  const shown = spec.views[live.chosen.join(",")] ?? [];
  return shown.map((index) => spec.series[index]!);
}

function lineDataset(line: Series, theme: ChartTheme): Options {
  const data: Point[] = [];
  for (let i = 0; i < line.points.length; i += 2) {
    data.push({ x: line.points[i]!, y: line.points[i + 1]! });
  }
  const colour = colourOf(theme, line.slot);
  const errors = line.errorsAt ?? [];
  const dashes: Record<string, number[]> = {
    solid: [],
    dashed: [7, 4],
    dotted: [2, 3],
    "dash-dotted": [9, 3, 2, 3],
  };
  const warmupEnd = line.warmupEnd ?? 0;
  const dataset: Options = {
    label: line.label,
    data,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2,
    warmupEnd,
    borderDash: dashes[line.dash],
    // A line without a second point would draw nothing.
    pointRadius: data.length === 1 ? 3 : 0,
    pointHitRadius: 8,
    tension: 0,
    segment: {
      borderColor: (at: { p1: { parsed: Point } }) =>
        at.p1.parsed.x <= warmupEnd ? `${colour}66` : undefined,
    },
  };
  if (errors.length > 0) {
    const radii = data.map((_point, index) => (errors.includes(index) ? 5 : 0));
    dataset.pointRadius = (at: { dataIndex: number }) => radii[at.dataIndex] ?? 0;
    dataset.pointStyle = "crossRot";
  }
  return dataset;
}

function dataOf(live: Live, theme: ChartTheme): Options {
  if (live.spec.kind !== "bars") {
    return { datasets: shownSeries(live).map((line) => lineDataset(line, theme)) };
  }
  const bars = live.spec.bars;
  return {
    labels: bars.map((bar) => bar.label),
    datasets: [
      {
        label: live.spec.title,
        data: bars.map((bar) => bar.value),
        texts: bars.map((bar) => figureText(bar.value, live.spec.y)),
        backgroundColor: bars.map((bar) => colourOf(theme, bar.slot)),
        barPercentage: 0.9,
        categoryPercentage: 0.8,
        maxBarThickness: 34,
      },
    ],
  };
}

function axis(theme: ChartTheme, title: string, more: Options): Options {
  return {
    grid: { color: theme.grid, tickColor: theme.grid },
    border: { color: theme.grid },
    title: { display: title !== "", text: title, color: theme.muted },
    ...more,
  };
}

function barOptions(live: Live, theme: ChartTheme): Options {
  const spec = live.spec;
  if (spec.kind !== "bars") return {};
  const what = spec.y === "rate" ? "operations a second" : "response time, p99";
  const ticks = { color: theme.muted, callback: (value: number) => tickText(value, spec.y) };
  const highest = Math.max(...spec.bars.map((bar) => bar.high));
  const label = (at: { dataIndex: number }) => {
    const bar = spec.bars[at.dataIndex]!;
    const range =
      bar.runs > 1 ? ` (${figureText(bar.low, spec.y)} to ${figureText(bar.high, spec.y)})` : "";
    return figureText(bar.value, spec.y) + range;
  };
  return {
    indexAxis: "y",
    animation: false,
    maintainAspectRatio: false,
    layout: { padding: { right: 8 } },
    scales: {
      // Room for the value that is written behind the longest bar.
      x: axis(theme, what, { min: 0, suggestedMax: highest * 1.12, ticks }),
      y: axis(theme, "", { grid: { display: false }, ticks: { color: theme.text } }),
    },
    plugins: {
      legend: { display: false },
      tooltip: { callbacks: { label } },
    },
  };
}

function xAxis(live: Live, theme: ChartTheme): Options {
  if (live.spec.kind === "time") {
    return axis(theme, "seconds since the start of the row", {
      type: "linear",
      min: 0,
      ticks: { color: theme.muted, maxRotation: 0 },
    });
  }
  let last = 10;
  for (const line of shownSeries(live)) {
    last = Math.max(last, line.points[line.points.length - 2] ?? 0);
  }
  const places = [2, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7].filter((x) => x <= last);
  return axis(theme, "percentile", {
    type: "logarithmic",
    min: 1,
    max: last,
    ticks: { color: theme.muted, maxRotation: 0, autoSkip: false, callback: percentileText },
    afterBuildTicks: (scale: ScaleLike) => {
      scale.ticks = places.map((value) => ({ value }));
    },
  });
}

function yAxis(live: Live, theme: ChartTheme): Options {
  const spec = live.spec;
  const names = { rate: "operations a second", nanoseconds: "latency", bytes: "bytes" };
  // On a log axis every decade, and within a few decades 2 and 5 of each as well.
  const thin = (scale: ScaleLike) => {
    const decades = Math.log10(scale.max / scale.min);
    const leads = decades > 3 ? [1] : [1, 2, 5];
    const kept = scale.ticks.filter(({ value }) => {
      const lead = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
      return leads.some((digit) => Math.abs(lead - digit) < 1e-6);
    });
    if (kept.length > 1) scale.ticks = kept;
  };
  // No line may lie on the frame of the plot, where it would be half hidden.
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const line of shownSeries(live)) {
    for (let i = 1; i < line.points.length; i += 2) {
      const y = line.points[i]!;
      if (y > 0) low = Math.min(low, y);
      high = Math.max(high, y);
    }
  }
  const range =
    live.yLog && high > 0
      ? { min: low / 1.25, max: high * 1.25, afterBuildTicks: thin }
      : { min: 0, grace: "4%" };
  // Round in binary units, where the ticks of Chart.js are round in decimal ones.
  const stepSize = 2 ** Math.ceil(Math.log2(Math.max(1, high / 6)));
  return axis(theme, names[spec.y], {
    type: live.yLog ? "logarithmic" : "linear",
    ...range,
    ticks: {
      ...(spec.y === "bytes" && !live.yLog ? { stepSize } : {}),
      color: theme.muted,
      callback: (value: number) => tickText(value, spec.y),
      maxTicksLimit: 12,
    },
  });
}

/** Legends with the dashes of the lines, which Chart.js leaves out beside point styles. */
function legendOptions(page: WindowLike, theme: ChartTheme): Options {
  const generate = page.Chart.defaults.plugins.legend.labels.generateLabels;
  const generateLabels = (chart: ChartLike) => {
    const datasets = chart.data.datasets as { borderDash: number[] }[];
    return generate(chart).map((item) => ({
      ...item,
      lineDash: datasets[item.datasetIndex]?.borderDash ?? [],
    }));
  };
  return {
    position: "bottom",
    align: "start",
    labels: {
      color: theme.text,
      generateLabels,
      usePointStyle: true,
      pointStyle: "line",
      pointStyleWidth: 30,
    },
  };
}

function lineOptions(page: WindowLike, live: Live, theme: ChartTheme): Options {
  const spec = live.spec;
  const titleOf = (items: { parsed: Point }[]) => {
    const x = items[0]?.parsed.x ?? 0;
    return spec.kind === "percentiles" ? percentileText(x) : `${x.toFixed(1)} s`;
  };
  const label = (item: { dataset: { label: string }; parsed: Point }) =>
    `${item.dataset.label}: ${figureText(item.parsed.y, spec.y)}`;
  return {
    animation: false,
    parsing: false,
    normalized: true,
    maintainAspectRatio: false,
    spanGaps: true,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: { x: xAxis(live, theme), y: yAxis(live, theme) },
    plugins: {
      legend: legendOptions(page, theme),
      tooltip: { callbacks: { title: titleOf, label } },
      // Keeps peaks, where other ways of thinning out hide them. Linear x only.
      decimation: { enabled: spec.kind === "time", algorithm: "min-max" },
    },
  };
}

function optionsOf(page: WindowLike, live: Live, theme: ChartTheme): Options {
  return live.spec.kind === "bars" ? barOptions(live, theme) : lineOptions(page, live, theme);
}

/** The functions as script; it defines `drawing`, a `Drawing`. */
export function drawingScript(): string {
  const functions = [
    figureText,
    tickText,
    percentileText,
    colourOf,
    shownSeries,
    lineDataset,
    dataOf,
    axis,
    barOptions,
    xAxis,
    yAxis,
    legendOptions,
    lineOptions,
    optionsOf,
  ];
  const source = functions.map((each) => each.toString()).join("\n");
  return `${source}\nconst drawing = { dataOf, optionsOf };`;
}
