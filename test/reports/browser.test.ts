// The report in a real browser: every chart draws, no network is asked, nothing complains.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { reportHtml } from "../../reports/html/report-page.ts";
import { PALETTE } from "../../reports/palette.ts";
import type { Loop, Result } from "../../reports/result.ts";
import {
  type CanvasPixels,
  findChromium,
  type OpenBrowser,
  openChromium,
  readCanvases,
} from "./browser.ts";
import { makeComparison, makeResult, makeRow } from "./fixture.ts";

const OPEN: Loop = {
  kind: "open",
  arrivals: "poisson",
  ratePerSec: 60_000,
  clients: 8,
  invalid: false,
};

/** The colour of the offered load on paper, which is no store's. */
const MUTED = "#59626c";

const executable = findChromium();

describe.skipIf(!executable)("the report in Chromium (skipped where it is not installed)", () => {
  let dir: string;
  let browser: OpenBrowser;
  let page: Page;
  let requests: string[];
  let complaints: string[];

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

  function colours(canvases: readonly CanvasPixels[]): string[] {
    return canvases.flatMap((canvas) => canvas.datasets.map((dataset) => dataset.colour));
  }

  function expectDrawn(canvases: readonly CanvasPixels[], count: number): void {
    expect(canvases).toHaveLength(count);
    for (const canvas of canvases) {
      expect(canvas.drawn, canvas.id).toBeGreaterThan(2000);
      expect(canvas.datasets.length, canvas.id).toBeGreaterThan(0);
      for (const { colour, pixels } of canvas.datasets) {
        expect(pixels, `${colour} in ${canvas.id}`).toBeGreaterThan(30);
      }
    }
  }

  test.each(["light", "dark"] as const)("every chart draws all its colours, %s", async (theme) => {
    await open([makeComparison(4, ["workloada", "workloadb"], 3)], theme);
    const canvases = await page.evaluate(readCanvases);
    expectDrawn(canvases, 2 * 4);
    const palette = PALETTE.map((colour) => colour[theme]);
    for (const colour of colours(canvases)) expect(palette).toContain(colour);
    for (const canvas of canvases) expect(canvas.datasets).toHaveLength(4);
  });

  test("open loop: solid and dashed lines, the offered load, errors, one interval", async () => {
    const rows = [
      makeRow({ loop: OPEN, opsPerSec: 50_000 }),
      makeRow({ engine: "lmdb", medianNs: 40_000, loop: OPEN, opsPerSec: 30_000 }),
      makeRow({ benchmark: "workloadb", intervals: 1, warmupIntervals: 0, operations: ["READ"] }),
    ];
    rows[0]!.intervals[2]!.errors = 1;
    await open([makeResult(rows)]);
    const canvases = await page.evaluate(readCanvases);
    // A lone interval is a lone dot, with few pixels: enough that it is there.
    const lone = canvases.filter((each) => /^set-2-(throughput|latency)$/.test(each.id));
    expect(lone).toHaveLength(2);
    for (const canvas of lone) {
      for (const { pixels } of canvas.datasets) expect(pixels).toBeGreaterThan(8);
    }
    expectDrawn(
      canvases.filter((each) => !lone.includes(each)),
      6,
    );
  });

  test("the theme can be chosen, and the charts follow", async () => {
    await open([makeComparison(2, ["workloada"], 1)], "light");
    const background = () =>
      page.evaluate("getComputedStyle(document.body).backgroundColor") as Promise<string>;
    const light = await background();
    await page.getByText("dark", { exact: true }).click();
    expect(await background()).not.toBe(light);
    const canvases = await page.evaluate(readCanvases);
    expectDrawn(canvases, 4);
    expect(colours(canvases)).toContain(PALETTE[0]!.dark);
    await page.getByText("light", { exact: true }).click();
    expect(await background()).toBe(light);
    expect(colours(await page.evaluate(readCanvases))).toContain(PALETTE[0]!.light);
  });

  test("the choices redraw", async () => {
    await open([makeComparison(2, ["workloada"], 3)]);
    const chart = (id: string, read: string) =>
      page.evaluate(`Chart.getChart(document.getElementById("${id}")).${read}`);
    const points = "data.datasets.map((set) => set.data.at(-1).x)";
    expect(await chart("set-1-percentiles", points)).toEqual([40_500, 40_500]);
    const choose = (id: string, choice: number, option: string) =>
      page.locator(`select[data-chart="${id}"][data-choice="${choice}"]`).selectOption(option);
    await choose("set-1-percentiles", 0, "READ");
    expect(await chart("set-1-percentiles", points)).toEqual([20_250, 20_250]);
    expect(await chart("set-1-percentiles", "scales.y.type")).toBe("logarithmic");
    await page.locator("input[data-chart=set-1-percentiles]").uncheck();
    expect(await chart("set-1-percentiles", "scales.y.type")).toBe("linear");
    const labels = "data.datasets.map((set) => set.label)";
    await choose("set-1-latency", 1, "max");
    expect(await chart("set-1-latency", labels)).toEqual(["hashlog, max", "memory, max"]);
    expectDrawn(await page.evaluate(readCanvases), 4);
  });

  test("the percentile axis has the field's ticks", async () => {
    await open([makeComparison(2, ["workloada"], 3)]);
    const ticks = await page.evaluate(
      `Chart.getChart(document.getElementById("set-1-percentiles"))
        .scales.x.ticks.map((tick) => tick.label)`,
    );
    expect(ticks).toEqual(["50 %", "90 %", "99 %", "99.9 %", "99.99 %"]);
  });

  test("on paper: light colours, no controls, no table cut off", async () => {
    const names = ["READ", "UPDATE", "READ-MODIFY-WRITE"];
    const wide = [1, 2, 3].map((run) =>
      makeRow({ run, loop: OPEN, operations: names, benchmark: "workloadf", opsPerSec: 55_000 }),
    );
    const plain = makeComparison(4, ["workloada"], 3);
    await open([{ ...plain, rows: [...plain.rows, ...wide] }], "dark");
    await page.setViewportSize({ width: 1039, height: 710 });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const palette = PALETTE.map((colour) => colour.light);
    const first = async () => colours(await page.evaluate(readCanvases))[0];
    await expect.poll(first, { timeout: 10_000 }).toBe(palette[0]);
    const canvases = await page.evaluate(readCanvases);
    expectDrawn(canvases, 8);
    for (const colour of colours(canvases).filter((each) => each !== MUTED))
      expect(palette).toContain(colour);
    expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(28, 33, 38)");
    const cut = await page.evaluate(
      `[...document.querySelectorAll(".scroll")].filter((box) => box.offsetParent)
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent)`,
    );
    expect(cut).toEqual([]);
    expect(await page.getByText("Figures as a table").first().isVisible()).toBe(false);
    expect((await page.pdf({ preferCSSPageSize: true })).length).toBeGreaterThan(20_000);
    await page.emulateMedia({ media: "screen", colorScheme: "dark" });
    // The page hears of the change in a task of its own.
    const back = async () => colours(await page.evaluate(readCanvases));
    await expect.poll(back, { timeout: 10_000 }).toContain(PALETTE[0]!.dark);
  });

  test("hostile names run nothing and ask for nothing", async () => {
    const bad = '</script><script>alert("ran")</script><img src="https://example.com/x">';
    const same = { engine: bad, benchmark: bad, operations: [bad] };
    const row = makeRow({ ...same, over: { notes: [bad] } });
    const slower = makeRow({ ...same, medianNs: 90_000, opsPerSec: 5000 });
    const over = { title: bad, command: [bad], config: { [bad]: bad } };
    await open([makeResult([row], over), makeResult([slower], over)]);
    expectDrawn(await page.evaluate(readCanvases), 4);
    expect(requests).toHaveLength(1);
    expect(await page.title()).toContain("Comparison of 2 results");
  });
});
