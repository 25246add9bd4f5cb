// A report in a real browser, for the tests that look at it: opened without a network, and closed
// with a look at whether the page complained or asked for anything.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { reportHtml } from "../../reports/html/report-page.ts";
import type { Result } from "../../reports/result.ts";
import { type CanvasPixels, type OpenBrowser, openChromium } from "./browser.ts";

/** What `reportPages` gives to the tests of a `describe`. */
export interface ReportPages {
  /** The page that was opened last. */
  readonly page: Page;
  /** What it asked for so far. */
  readonly requests: readonly string[];
  open(results: readonly Result[], scheme?: "light" | "dark"): Promise<void>;
}

/** Hooks for a `describe`: one browser, a page a test, which must not complain. */
export function reportPages(executable: string | undefined): ReportPages {
  let dir: string;
  let browser: OpenBrowser;
  let page: Page;
  let requests: string[] = [];
  let complaints: string[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "ringbench-page-"));
    browser = await openChromium(executable!);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  async function open(results: readonly Result[], scheme: "light" | "dark" = "light") {
    const path = join(dir, "report.html");
    writeFileSync(path, reportHtml(results));
    page = await browser.context.newPage();
    requests = [];
    complaints = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(pathToFileURL(path).href);
    expect(requests).toEqual([pathToFileURL(path).href]);
  }

  return {
    get page() {
      return page;
    },
    get requests() {
      return requests;
    },
    open,
  };
}

/** Colours of the datasets of charts, in their order. */
export function colours(canvases: readonly CanvasPixels[]): string[] {
  return canvases.flatMap((canvas) => canvas.datasets.map((dataset) => dataset.colour));
}

/** Every chart is there, and drawn in the colour of each of its datasets. */
export function expectDrawn(canvases: readonly CanvasPixels[], count: number): void {
  expect(canvases).toHaveLength(count);
  for (const canvas of canvases) {
    expect(canvas.drawn, canvas.id).toBeGreaterThan(2000);
    expect(canvas.datasets.length, canvas.id).toBeGreaterThan(0);
    for (const { colour, pixels } of canvas.datasets) {
      expect(pixels, `${colour} in ${canvas.id}`).toBeGreaterThan(30);
    }
  }
}
