// The report in a real browser: every chart draws, no network is asked, nothing complains.

import { describe, expect, test } from "vitest";
import { PALETTE } from "../../reports/palette.ts";
import type { Loop } from "../../reports/result.ts";
import { findChromium, readCanvases } from "./browser.ts";
import { colours, expectDrawn, reportPages } from "./browser-page.ts";
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
  const pages = reportPages(executable);

  test.each(["light", "dark"] as const)("every chart draws all its colours, %s", async (theme) => {
    await pages.open([makeComparison(4, ["workloada", "workloadb"], 3)], theme);
    const canvases = await pages.page.evaluate(readCanvases);
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
    await pages.open([makeResult(rows)]);
    const canvases = await pages.page.evaluate(readCanvases);
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
    await pages.open([makeComparison(2, ["workloada"], 1)], "light");
    const background = () =>
      pages.page.evaluate("getComputedStyle(document.body).backgroundColor") as Promise<string>;
    const light = await background();
    await pages.page.getByText("dark", { exact: true }).click();
    expect(await background()).not.toBe(light);
    const canvases = await pages.page.evaluate(readCanvases);
    expectDrawn(canvases, 4);
    expect(colours(canvases)).toContain(PALETTE[0]!.dark);
    await pages.page.getByText("light", { exact: true }).click();
    expect(await background()).toBe(light);
    expect(colours(await pages.page.evaluate(readCanvases))).toContain(PALETTE[0]!.light);
  });

  test("the choices redraw", async () => {
    await pages.open([makeComparison(2, ["workloada"], 3)]);
    const chart = (id: string, read: string) =>
      pages.page.evaluate(`Chart.getChart(document.getElementById("${id}")).${read}`);
    const points = "data.datasets.map((set) => set.data.at(-1).x)";
    expect(await chart("set-1-percentiles", points)).toEqual([40_500, 40_500]);
    const choose = (id: string, choice: number, option: string) =>
      pages.page
        .locator(`select[data-chart="${id}"][data-choice="${choice}"]`)
        .selectOption(option);
    await choose("set-1-percentiles", 0, "READ");
    expect(await chart("set-1-percentiles", points)).toEqual([20_250, 20_250]);
    expect(await chart("set-1-percentiles", "scales.y.type")).toBe("logarithmic");
    await pages.page.locator("input[data-chart=set-1-percentiles]").uncheck();
    expect(await chart("set-1-percentiles", "scales.y.type")).toBe("linear");
    const labels = "data.datasets.map((set) => set.label)";
    await choose("set-1-latency", 1, "max");
    expect(await chart("set-1-latency", labels)).toEqual(["hashlog, max", "memory, max"]);
    expectDrawn(await pages.page.evaluate(readCanvases), 4);
  });

  test("the percentile axis has the field's ticks", async () => {
    await pages.open([makeComparison(2, ["workloada"], 3)]);
    const ticks = await pages.page.evaluate(
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
    await pages.open([{ ...plain, rows: [...plain.rows, ...wide] }], "dark");
    await pages.page.setViewportSize({ width: 1039, height: 710 });
    await pages.page.emulateMedia({ media: "print", colorScheme: "dark" });
    const palette = PALETTE.map((colour) => colour.light);
    const first = async () => colours(await pages.page.evaluate(readCanvases))[0];
    await expect.poll(first, { timeout: 10_000 }).toBe(palette[0]);
    const canvases = await pages.page.evaluate(readCanvases);
    expectDrawn(canvases, 8);
    for (const colour of colours(canvases).filter((each) => each !== MUTED))
      expect(palette).toContain(colour);
    expect(await pages.page.evaluate("getComputedStyle(document.body).color")).toBe(
      "rgb(28, 33, 38)",
    );
    const cut = await pages.page.evaluate(
      `[...document.querySelectorAll(".scroll")].filter((box) => box.offsetParent)
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent)`,
    );
    expect(cut).toEqual([]);
    expect(await pages.page.getByText("Figures as a table").first().isVisible()).toBe(false);
    expect((await pages.page.pdf({ preferCSSPageSize: true })).length).toBeGreaterThan(20_000);
    await pages.page.emulateMedia({ media: "screen", colorScheme: "dark" });
    // The page hears of the change in a task of its own.
    const back = async () => colours(await pages.page.evaluate(readCanvases));
    await expect.poll(back, { timeout: 10_000 }).toContain(PALETTE[0]!.dark);
  });

  test("hostile names run nothing and ask for nothing", async () => {
    const bad = '</script><script>alert("ran")</script><img src="https://example.com/x">';
    const same = { engine: bad, benchmark: bad, operations: [bad] };
    const row = makeRow({ ...same, over: { notes: [bad] } });
    const slower = makeRow({ ...same, medianNs: 90_000, opsPerSec: 5000 });
    const over = { title: bad, command: [bad], config: { [bad]: bad } };
    await pages.open([makeResult([row], over), makeResult([slower], over)]);
    expectDrawn(await pages.page.evaluate(readCanvases), 4);
    expect(pages.requests).toHaveLength(1);
    expect(await pages.page.title()).toContain("Comparison of 2 results");
  });
});
