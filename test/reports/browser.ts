// The system's Chromium, for tests that look at a report as a reader would.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Path of the browser: CHROMIUM_PATH, else the first on PATH; undefined when there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env.PATH ?? "").split(delimiter);
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [env.CHROMIUM_PATH ?? "", ...onPath].find((path) => path !== "" && existsSync(path));
}

export interface OpenBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts it with a profile of its own, which `close` removes, and without a network. */
export async function openChromium(executablePath: string): Promise<OpenBrowser> {
  const profile = mkdtempSync(join(tmpdir(), "ringbench-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    offline: true,
    viewport: { width: 1300, height: 900 },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** What a canvas shows. */
export interface CanvasPixels {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Pixels that were drawn at all: a chart has no background of its own. */
  readonly drawn: number;
  /** Of each dataset (of each bar, in a bar chart) its colour, and its pixels within the plot. */
  readonly datasets: readonly { readonly colour: string; readonly pixels: number }[];
}

/** Runs in the page: counts the pixels of every canvas, and those in the colour of each dataset. */
export function readCanvases(): CanvasPixels[] {
  const page = globalThis as unknown as Page;
  return [...page.document.querySelectorAll("canvas")].map((canvas) => {
    const { width, height } = canvas;
    // A copy is read: reading the canvas itself more than once makes the browser complain.
    const copy = new page.OffscreenCanvas(width, height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const chart = page.Chart.getChart(canvas);
    // The plot alone: a legend has the colours also of lines that were not drawn.
    const ratio = chart?.currentDevicePixelRatio ?? 1;
    const { left = 0, right = 0, top = 0, bottom = 0 } = chart?.chartArea ?? {};
    const lists = (chart?.data.datasets ?? []).map((set) => set.borderColor ?? set.backgroundColor);
    const colours = lists.flat().filter((colour) => colour !== undefined);
    const count = (colour: string): number => {
      const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
      let pixels = 0;
      for (let y = Math.ceil(top * ratio); y < bottom * ratio; y++) {
        for (let x = Math.ceil(left * ratio); x < right * ratio; x++) {
          const at = 4 * (y * width + x);
          // Where lines cross and at their edges colours mix; their middle is pure.
          const near = wanted.every((part, k) => Math.abs(data[at + k]! - part) <= 4);
          if (near && data[at + 3]! > 240) pixels++;
        }
      }
      return pixels;
    };
    let drawn = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) drawn++;
    const datasets = colours.map((colour) => ({ colour, pixels: count(colour) }));
    return { id: canvas.id, width, height, drawn, datasets };
  });
}

interface Canvas {
  id: string;
  width: number;
  height: number;
}

interface Context {
  drawImage(canvas: Canvas, x: number, y: number): void;
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}

interface Page {
  document: { querySelectorAll(selector: "canvas"): Iterable<Canvas> };
  OffscreenCanvas: new (
    width: number,
    height: number,
  ) => { getContext(kind: "2d", options: { willReadFrequently: boolean }): Context };
  Chart: { getChart(canvas: Canvas): Chart | undefined };
}

interface Chart {
  currentDevicePixelRatio: number;
  chartArea: { left: number; right: number; top: number; bottom: number };
  data: { datasets: { borderColor?: string | string[]; backgroundColor?: string | string[] }[] };
}
