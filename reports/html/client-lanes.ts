// Events in the page: lanes under the plot of a chart over time, one for each store and kind. A
// mark is a band from begin to end, with the shape of its kind where it begins; stalls are shaded
// through the plot as well, since they are what a reader looks for.
//
// Steps:
//  1. `addLanes` gives the chart a second y axis under the first (Chart.js stacks axes of one
//     name), and a dataset for each lane: points at the begins, which bring shapes and tooltips.
//  2. `drawLanes` draws the bands before the points.
//  3. Under the pointer is the mark whose band is there; in the plot above, the nearest points.
//
// The functions below are written out with `Function.prototype.toString`, so each may use only its
// arguments, the browser, and the other functions of this file.

import type { Lane, LineChart } from "../chart-data.ts";
import type {
  ActiveItem,
  ChartLike,
  ChartTheme,
  LaneItem,
  Live,
  Options,
  Pixels,
  WindowLike,
} from "./client-types.ts";

function shownLanes(live: Live): Lane[] {
  if (live.spec.kind === "bars" || live.spec.lanes === undefined) return [];
  const { list, views } = live.spec.lanes;
  return (views[live.chosen.join(",")] ?? []).map((index) => list[index]!);
}

function laneColour(theme: ChartTheme, kind: string): string {
  return Object.hasOwn(theme.events, kind) ? theme.events[kind]! : theme.muted;
}

function laneShape(kind: string): string {
  const shapes: Record<string, string> = {
    flush: "triangle",
    compaction: "rect",
    merge: "circle",
    snapshot: "rectRot",
    stall: "star",
  };
  return Object.hasOwn(shapes, kind) ? shapes[kind]! : "cross";
}

/** What is said of a mark: bytes in binary units, time, and what was worked on. */
function markLines(lane: Lane, index: number): string[] {
  const [start, end, count, busyMs, bytes] = lane.marks.slice(5 * index, 5 * index + 5) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let step = 0;
  while (step < 4 && bytes >= 1000 * 1024 ** step) step++;
  const size = bytes / 1024 ** step;
  const lines = [count > 1 ? `${lane.label}, ${count} of them` : lane.label];
  if (lane.details[index] !== "") lines.push(lane.details[index]!);
  if (bytes >= 0) lines.push(`${Number(size.toPrecision(3))} ${units[step]} read and written`);
  lines.push(busyMs >= 0 ? `took ${Number(busyMs.toPrecision(3))} ms` : "was not over at the end");
  lines.push(`from ${start.toFixed(3)} s to ${end.toFixed(3)} s`);
  return lines;
}

function laneDataset(lane: Lane, index: number, theme: ChartTheme): Options {
  const data: { x: number; y: number }[] = [];
  for (let i = 0; i < lane.marks.length; i += 5) data.push({ x: lane.marks[i]!, y: index });
  const colour = laneColour(theme, lane.kind);
  return {
    label: lane.label,
    lane,
    data,
    yAxisID: "lanes",
    showLine: false,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 0,
    pointStyle: laneShape(lane.kind),
    pointRadius: 5,
    pointHoverRadius: 6,
    // Stars and crosses are strokes alone.
    pointBorderWidth: 2,
    clip: false,
  };
}

/** The mark of a lane that is under the pointer, or the nearest that begins within 8 pixels. */
function markAt(chart: ChartLike, x: number, y: number): ActiveItem[] {
  const scale = chart.scales.lanes!;
  const wanted = scale.getValueForPixel(y);
  const datasets = chart.data.datasets as { lane?: Lane; data: { y: number }[] }[];
  const datasetIndex = datasets.findIndex(({ lane, data }) => lane && data[0]!.y === wanted);
  if (datasetIndex < 0) return [];
  const { marks } = datasets[datasetIndex]!.lane!;
  let found = -1;
  let nearest = 8;
  for (let i = 0; i < marks.length / 5; i++) {
    const from = chart.scales.x!.getPixelForValue(marks[5 * i]!);
    const to = chart.scales.x!.getPixelForValue(marks[5 * i + 1]!);
    const distance = x < from ? from - x : Math.max(0, x - to);
    if (distance > nearest || (distance === nearest && found >= 0)) continue;
    nearest = distance;
    found = i;
  }
  if (found < 0) return [];
  const element = chart.getDatasetMeta(datasetIndex).data[found]!;
  return [{ element, datasetIndex, index: found }];
}

/** The points of the lines that are nearest to the pointer along x, one of each line. */
function pointsAt(chart: ChartLike, x: number): ActiveItem[] {
  const datasets = chart.data.datasets as { lane?: Lane }[];
  let items: ActiveItem[] = [];
  let nearest = Number.POSITIVE_INFINITY;
  datasets.forEach(({ lane }, datasetIndex) => {
    if (lane !== undefined || !chart.isDatasetVisible(datasetIndex)) return;
    chart.getDatasetMeta(datasetIndex).data.forEach((element: Pixels, index) => {
      const distance = Math.abs(element.x - x);
      if (distance > nearest) return;
      if (distance < nearest) items = [];
      nearest = distance;
      items.push({ element, datasetIndex, index });
    });
  });
  return items;
}

function addLanes(
  page: WindowLike,
  live: Live,
  theme: ChartTheme,
  data: Options,
  options: Options,
): void {
  const lanes = shownLanes(live);
  if (lanes.length === 0) return;
  const labels = lanes.map(({ label }) => (label.length > 26 ? `${label.slice(0, 25)}…` : label));
  const datasets = data.datasets as Options[];
  lanes.forEach((lane, index) => {
    datasets.push(laneDataset(lane, index, theme));
  });
  const scales = options.scales as Record<string, Options>;
  Object.assign(scales.y!, { stack: "plot", stackWeight: 300 });
  scales.lanes = {
    type: "category",
    labels,
    offset: true,
    position: "left",
    stack: "plot",
    stackWeight: 18 * lanes.length,
    // Under the plot.
    weight: -1,
    grid: { color: theme.grid, tickColor: theme.grid },
    border: { color: theme.grid },
    ticks: { color: theme.text, font: { size: 11 }, autoSkip: false },
  };
  page.Chart.Interaction.modes.ringbench = (chart, { x, y }) => {
    const scale = chart.scales.lanes;
    const inLanes = scale !== undefined && y >= scale.top && y <= scale.bottom;
    return inLanes ? markAt(chart, x, y) : pointsAt(chart, x);
  };
  options.interaction = { mode: "ringbench" };
  const plugins = options.plugins as Record<string, Options>;
  const label = (plugins.tooltip!.callbacks as { label: (item: LaneItem) => string }).label;
  Object.assign(plugins.tooltip!.callbacks as Options, {
    label: (item: LaneItem) => {
      const { lane } = item.dataset;
      return lane === undefined ? label(item) : markLines(lane, item.dataIndex);
    },
  });
  // The lanes have their names beside them, and the kinds a legend with their shapes in the page.
  const legend = plugins.legend!.labels as Options;
  legend.filter = (item: { datasetIndex: number }, shown: { datasets: Options[] }) =>
    shown.datasets[item.datasetIndex]!.lane === undefined;
}

function drawLanes(live: Live, theme: ChartTheme): void {
  const { ctx, scales, chartArea } = live.chart;
  const lanes = shownLanes(live);
  if (lanes.length === 0 || scales.lanes === undefined) return;
  ctx.save();
  lanes.forEach((lane, index) => {
    const middle = scales.lanes!.getPixelForValue(index);
    ctx.fillStyle = laneColour(theme, lane.kind);
    for (let i = 0; i < lane.marks.length; i += 5) {
      const from = scales.x!.getPixelForValue(lane.marks[i]!);
      const to = Math.min(chartArea.right, scales.x!.getPixelForValue(lane.marks[i + 1]!));
      const width = Math.max(1.5, to - from);
      ctx.globalAlpha = 0.45;
      ctx.fillRect(from, middle - 4, width, 8);
      if (lane.kind !== "stall") continue;
      ctx.globalAlpha = 0.13;
      ctx.fillRect(from, scales.y!.top, width, scales.y!.bottom - scales.y!.top);
    }
  });
  ctx.restore();
}

/** The functions as script; it defines `lanes`, the part of a `Drawing` that is about events. */
export function lanesScript(): string {
  const functions = [
    shownLanes,
    laneColour,
    laneShape,
    markLines,
    laneDataset,
    markAt,
    pointsAt,
    addLanes,
    drawLanes,
  ];
  const source = functions.map((each) => each.toString()).join("\n");
  return `${source}\nconst lanes = { addLanes, drawLanes };`;
}

/** How high the lanes of a chart are at most, in pixels; 0 without events. */
export function lanesHeight(spec: LineChart): number {
  const counts = Object.values(spec.lanes?.views ?? {}).map((shown) => shown.length);
  const most = Math.max(0, ...counts);
  return most === 0 ? 0 : 6 + 18 * most;
}
