// Types of what runs in the page: its data, and as much of the browser and of Chart.js as is used.
// The DOM's own types would be global to every file.

import type { ChartSpec, Lane } from "../chart-data.ts";

/** Colours that charts need and CSS cannot give to a canvas. */
export interface ChartTheme {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly shade: string;
  readonly background: string;
  /** Colours of subjects, by slot. */
  readonly palette: readonly string[];
  /** Colours of events, by kind. */
  readonly events: Readonly<Record<string, string>>;
}

/** What the page's data element holds. */
export interface PageData {
  readonly themes: { readonly light: ChartTheme; readonly dark: ChartTheme };
  readonly charts: readonly ChartSpec[];
}

export interface ElementLike {
  textContent: string | null;
  value: string;
  checked: boolean;
  parentElement: ElementLike;
  dataset: Record<string, string | undefined>;
  clientWidth: number;
  addEventListener(event: string, listener: () => void): void;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
}

export interface DocumentLike {
  documentElement: ElementLike;
  getElementById(id: string): ElementLike | null;
  querySelectorAll(selector: string): Iterable<ElementLike>;
}

export interface MediaLike {
  matches: boolean;
  addEventListener(event: string, listener: () => void): void;
}

export interface WindowLike {
  document: DocumentLike;
  matchMedia(query: string): MediaLike;
  addEventListener(event: string, listener: () => void): void;
  Chart: ChartConstructor;
}

export interface ChartConstructor {
  new (canvas: ElementLike, config: Options): ChartLike;
  defaults: {
    font: { family: string; size: number };
    plugins: { legend: { labels: { generateLabels(chart: ChartLike): LegendItem[] } } };
  };
  /** Ways to find what is under the pointer, by name. */
  Interaction: { modes: Record<string, InteractionMode> };
}

export type InteractionMode = (chart: ChartLike, pointer: Point) => ActiveItem[];

/** A point of a chart that tooltips are about. */
export interface ActiveItem {
  element: Pixels;
  datasetIndex: number;
  index: number;
}

/** What a tooltip is told of a point; `lane` where it is an event. */
export interface LaneItem {
  dataset: { label: string; lane?: Lane };
  dataIndex: number;
  parsed: Point;
}

export interface LegendItem {
  datasetIndex: number;
}

export type Options = Record<string, unknown>;

export interface Point {
  x: number;
  y: number;
}

export interface Pixels {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface ContextLike {
  save(): void;
  restore(): void;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number): void;
  strokeStyle: string;
  fillStyle: string;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: string;
  textBaseline: string;
}

export interface ScaleLike {
  getPixelForValue(value: number): number;
  getValueForPixel(pixel: number): number;
  top: number;
  bottom: number;
  ticks: { value: number }[];
  min: number;
  max: number;
}

export interface ChartLike {
  ctx: ContextLike;
  data: Options;
  options: Options;
  height: number;
  chartArea: { left: number; right: number; top: number; bottom: number };
  scales: Record<string, ScaleLike>;
  isDatasetVisible(index: number): boolean;
  getDatasetMeta(index: number): { data: Pixels[] };
  update(mode: string): void;
  resize(width?: number, height?: number): void;
}

/** A chart of the page with what its controls say. */
export interface Live {
  spec: ChartSpec;
  chart: ChartLike;
  chosen: number[];
  yLog: boolean;
}

/** What Chart.js is given for a chart. */
export interface Drawing {
  dataOf(live: Live, theme: ChartTheme): Options;
  optionsOf(page: WindowLike, live: Live, theme: ChartTheme): Options;
  /** Puts the events into what the other two made. */
  addLanes(page: WindowLike, live: Live, theme: ChartTheme, data: Options, options: Options): void;
  drawLanes(live: Live, theme: ChartTheme): void;
}
