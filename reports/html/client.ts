// What runs in the page: makes the charts from its data, draws what Chart.js lacks (the shade of
// the warm-up, error bars), and follows theme, print and choices.
//
// The functions below are written out with `Function.prototype.toString`, so each may use only its
// arguments, the browser, and the other functions of this file: what Chart.js is given comes as an
// argument, from client-drawing.ts and client-lanes.ts.

import type { ChartSpec } from "../chart-data.ts";
import { drawingScript } from "./client-drawing.ts";
import { lanesScript } from "./client-lanes.ts";
import type { ChartLike, ChartTheme, Drawing, Live, PageData, WindowLike } from "./client-types.ts";

/** Shades the warm-up, up to the longest of the series that are shown. */
function shadeWarmup(live: Live, theme: ChartTheme): void {
  if (live.spec.kind !== "time") return;
  const { chart } = live;
  const datasets = chart.data.datasets as { warmupEnd?: number }[];
  const end = Math.max(0, ...datasets.map((dataset) => dataset.warmupEnd ?? 0));
  if (end === 0) return;
  const { left, right, top, bottom } = chart.chartArea;
  const to = Math.min(right, chart.scales.x!.getPixelForValue(end));
  chart.ctx.save();
  chart.ctx.fillStyle = theme.shade;
  chart.ctx.fillRect(left, top, to - left, bottom - top);
  chart.ctx.fillStyle = theme.muted;
  chart.ctx.font = "11px system-ui, sans-serif";
  chart.ctx.textBaseline = "top";
  if (to - left > 60) chart.ctx.fillText("warm-up", left + 6, top + 5);
  chart.ctx.restore();
}

/** Draws the range over the runs, and the value behind it. */
function drawWhiskers(live: Live, theme: ChartTheme): void {
  const spec = live.spec;
  if (spec.kind !== "bars") return;
  const { ctx, scales } = live.chart;
  const elements = live.chart.getDatasetMeta(0).data;
  const { texts } = (live.chart.data.datasets as { texts: string[] }[])[0]!;
  ctx.save();
  ctx.font = "12px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  spec.bars.forEach((bar, index) => {
    const element = elements[index];
    if (element === undefined) return;
    const from = scales.x!.getPixelForValue(bar.low);
    const to = scales.x!.getPixelForValue(bar.high);
    const y = element.y;
    if (bar.runs > 1) {
      ctx.strokeStyle = theme.text;
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(from, y);
      ctx.lineTo(to, y);
      for (const x of [from, to]) {
        ctx.moveTo(x, y - 5);
        ctx.lineTo(x, y + 5);
      }
      ctx.stroke();
    }
    ctx.fillStyle = theme.text;
    ctx.fillText(texts[index]!, Math.max(to, element.x) + 8, y);
  });
  ctx.restore();
}

function currentTheme(page: WindowLike, data: PageData, printing: boolean): ChartTheme {
  // Paper is white, whatever the screen shows.
  if (printing) return data.themes.light;
  const chosen = page.document.documentElement.dataset.theme;
  const system = page.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return (chosen ?? system) === "dark" ? data.themes.dark : data.themes.light;
}

function redraw(page: WindowLike, live: Live, drawing: Drawing, theme: ChartTheme): void {
  const data = drawing.dataOf(live, theme);
  const options = drawing.optionsOf(page, live, theme);
  drawing.addLanes(page, live, theme, data, options);
  live.chart.data = data;
  live.chart.options = options;
  live.chart.update("none");
}

function createChart(
  page: WindowLike,
  spec: ChartSpec,
  drawing: Drawing,
  theme: () => ChartTheme,
): Live | undefined {
  const canvas = page.document.getElementById(spec.id);
  if (canvas === null) return undefined;
  const bars = spec.kind === "bars";
  const live = {
    spec,
    chosen: bars ? [] : spec.choices.map((choice) => choice.initial),
    yLog: bars ? false : spec.yLog,
  } as unknown as Live;
  // The plugins are called while the chart is being made, before `live.chart` is there.
  const keep = (chart: ChartLike) => {
    live.chart = chart;
  };
  const plugin = {
    id: "ringbench",
    beforeDatasetsDraw: (chart: ChartLike) => {
      keep(chart);
      shadeWarmup(live, theme());
      drawing.drawLanes(live, theme());
    },
    afterDatasetsDraw: (chart: ChartLike) => {
      keep(chart);
      drawWhiskers(live, theme());
    },
  };
  const data = drawing.dataOf(live, theme());
  const options = drawing.optionsOf(page, live, theme());
  drawing.addLanes(page, live, theme(), data, options);
  live.chart = new page.Chart(canvas, {
    type: bars ? "bar" : "line",
    data,
    options,
    plugins: [plugin],
  });
  return live;
}

function wireControls(
  page: WindowLike,
  live: Live,
  drawing: Drawing,
  theme: () => ChartTheme,
): void {
  for (const control of page.document.querySelectorAll(`[data-chart="${live.spec.id}"]`)) {
    control.addEventListener("change", () => {
      const choice = control.dataset.choice;
      if (choice === "log") live.yLog = control.checked;
      else live.chosen[Number(choice)] = Number(control.value);
      redraw(page, live, drawing, theme());
    });
  }
}

function wireTheme(page: WindowLike, onChange: () => void): void {
  const root = page.document.documentElement;
  for (const control of page.document.querySelectorAll("[name=theme]")) {
    control.addEventListener("change", () => {
      if (control.value === "system") root.removeAttribute("data-theme");
      else root.setAttribute("data-theme", control.value);
      onChange();
    });
  }
  page.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
}

/** Half a page wide: the layout of the paper is not there yet when the browser says "print". */
function sizeForPaper(live: Live): void {
  if (live.spec.kind === "bars") {
    live.chart.resize(470, live.chart.height);
    return;
  }
  const counts = Object.values(live.spec.lanes?.views ?? {}).map((shown) => shown.length);
  live.chart.resize(470, 300 + 18 * Math.max(0, ...counts));
}

function wirePrint(page: WindowLike, charts: readonly Live[], set: (on: boolean) => void): void {
  const paper = () => {
    set(true);
    for (const live of charts) sizeForPaper(live);
  };
  const screen = () => {
    set(false);
    for (const live of charts) live.chart.resize();
  };
  const media = page.matchMedia("print");
  media.addEventListener("change", () => (media.matches ? paper() : screen()));
  page.addEventListener("beforeprint", paper);
  page.addEventListener("afterprint", screen);
}

function runReport(page: WindowLike, drawing: Drawing): void {
  const element = page.document.getElementById("ringbench-data");
  const data = JSON.parse(element?.textContent ?? "{}") as PageData;
  let printing = false;
  const theme = () => currentTheme(page, data, printing);
  page.Chart.defaults.font.family = "system-ui, sans-serif";
  page.Chart.defaults.font.size = 12;
  const charts = data.charts
    .map((spec) => createChart(page, spec, drawing, theme))
    .filter((live) => live !== undefined);
  for (const live of charts) wireControls(page, live, drawing, theme);
  const redrawAll = () => {
    for (const live of charts) redraw(page, live, drawing, theme());
  };
  wireTheme(page, redrawAll);
  wirePrint(page, charts, (on) => {
    printing = on;
    redrawAll();
  });
}

/** The script of the page, without imports: it expects Chart.js's global and the data element. */
export function clientScript(): string {
  const functions = [
    shadeWarmup,
    drawWhiskers,
    currentTheme,
    redraw,
    createChart,
    wireControls,
    wireTheme,
    sizeForPaper,
    wirePrint,
    runReport,
  ];
  const source = functions.map((each) => each.toString()).join("\n");
  const run = "runReport(window, { ...drawing, ...lanes });";
  const script = `${drawingScript()}\n${lanesScript()}\n${source}\n${run}`;
  return `"use strict";\n(() => {\n${script.replace(/[ \t]+$/gm, "")}\n})();\n`;
}
