// The events of engines in a real browser: marks under the lines, by shape, lane and colour.

import { describe, expect, test } from "vitest";
import { EVENT_COLOURS, UNKNOWN_EVENT } from "../../reports/palette.ts";
import type { Result } from "../../reports/result.ts";
import { findChromium, readCanvases } from "./browser.ts";
import { colours, expectDrawn, reportPages } from "./browser-page.ts";
import { makeResult, makeRow } from "./fixture.ts";

const executable = findChromium();

describe.skipIf(!executable)("events in Chromium (skipped where it is not installed)", () => {
  const pages = reportPages(executable);

  /** Two stores, of which one tells of each kind of event, one of them unknown. */
  function toldResult(): Result {
    const at = (kind: string, startMs: number, lastMs: number) => {
      return { kind, startMs, endMs: startMs + lastMs, detail: `the ${kind}`, bytes: 2048 };
    };
    const events = [
      ...[at("flush", 1000, 400), at("compaction", 1500, 2000), at("merge", 2500, 900)],
      ...[at("snapshot", 3500, 800), at("stall", 3000, 500), at("constructor", 5000, 600)],
      { kind: "compaction", startMs: 5500 },
    ];
    const samples = [0, 1000, 2000, 6000].map((atMs) => {
      return { atMs, stats: { diskBytes: 50_000 * atMs, memoryBytes: 3e8 - 1000 * atMs } };
    });
    const over = { events, samples };
    return makeResult([makeRow({ engine: "lsm", over }), makeRow({ engine: "lmdb" })]);
  }

  test.each(["light", "dark"] as const)("events are drawn under the lines, %s", async (theme) => {
    await pages.open([toldResult()], theme);
    const canvases = await pages.page.evaluate(readCanvases);
    expectDrawn(canvases, 5);
    const known = Object.values(EVENT_COLOURS).map((colour) => colour[theme]);
    for (const id of ["set-1-throughput", "set-1-latency"]) {
      const drawn = colours(canvases.filter((each) => each.id === id));
      expect(drawn).toEqual(expect.arrayContaining(known));
      expect(drawn).toContain(UNKNOWN_EVENT[theme]);
    }
    const lanes = await pages.page.evaluate(
      `Chart.getChart("set-1-throughput").scales.lanes.ticks.map((tick) => tick.label)`,
    );
    const kinds = ["compaction", "constructor", "flush", "merge", "snapshot", "stall"];
    expect(lanes).toEqual(kinds.map((kind) => `lsm ${kind}`));
    const legend = await pages.page.evaluate(
      `Chart.getChart("set-1-throughput").legend.legendItems.map((item) => item.text)`,
    );
    expect(legend, "lanes have their names beside them").toEqual(["lsm", "lmdb"]);
  });

  test("an event is a band from begin to end; a stall is shaded through the plot", async () => {
    await pages.open([toldResult()]);
    // How opaque the canvas is, at seconds along x and pixels down from a place.
    const opacityAt = (seconds: number, from: string) =>
      pages.page.evaluate(`(() => {
        const chart = Chart.getChart("set-1-throughput");
        const { scales, ctx, currentDevicePixelRatio: ratio } = chart;
        const x = scales.x.getPixelForValue(${seconds});
        const copy = new OffscreenCanvas(ctx.canvas.width, ctx.canvas.height).getContext("2d");
        copy.drawImage(ctx.canvas, 0, 0);
        return copy.getImageData(x * ratio, (${from}) * ratio, 1, 1).data[3];
      })()`);
    const compaction = "scales.lanes.getPixelForValue(0) + 3";
    expect(await opacityAt(2.4, compaction)).toBeGreaterThan(90);
    expect(await opacityAt(3.4, compaction)).toBeGreaterThan(90);
    expect(await opacityAt(3.7, compaction)).toBe(0);
    const plot = "scales.y.top + 4";
    expect(await opacityAt(3.3, plot)).toBeGreaterThan(20);
    expect(await opacityAt(3.7, plot)).toBe(0);
  });

  test("the pointer finds the event that it is on, and in the plot the lines", async () => {
    await pages.open([toldResult()]);
    await pages.page.locator("#set-1-throughput").scrollIntoViewIfNeeded();
    const tooltipAt = async (seconds: number, scale: string, value: number) => {
      const [x, y] = (await pages.page.evaluate(`(() => {
        const chart = Chart.getChart("set-1-throughput");
        const box = chart.canvas.getBoundingClientRect();
        const { scales } = chart;
        const y = scales["${scale}"].getPixelForValue(${value});
        return [box.x + scales.x.getPixelForValue(${seconds}), box.y + y];
      })()`)) as [number, number];
      await pages.page.mouse.move(x, y);
      const read = `Chart.getChart("set-1-throughput").tooltip.body.flatMap((each) => each.lines)`;
      await expect
        .poll(() => pages.page.evaluate(`Chart.getChart("set-1-throughput").tooltip.opacity`))
        .toBe(1);
      return pages.page.evaluate(read);
    };
    // The band of the compaction, far from its begin; then the one that was not over.
    const took = ["took 2000 ms", "from 1.500 s to 3.500 s"];
    const size = "2 KiB read and written";
    expect(await tooltipAt(3.3, "lanes", 0)).toEqual([
      ...["lsm compaction", "the compaction", size],
      ...took,
    ]);
    expect(await tooltipAt(5.7, "lanes", 0)).toContain("was not over at the end");
    const lines = (await tooltipAt(3.3, "y", 50_000)) as string[];
    expect(lines.map((line) => line.split(":")[0])).toEqual(["lsm", "lmdb"]);
  });

  test("events in print: light colours, the lanes of the choice, the summary", async () => {
    await pages.open([toldResult()], "dark");
    await pages.page.emulateMedia({ media: "print", colorScheme: "dark" });
    const canvas = async () =>
      (await pages.page.evaluate(readCanvases)).find(({ id }) => id === "set-1-throughput")!;
    const flush = EVENT_COLOURS.flush!.light;
    await expect.poll(async () => colours([await canvas()])).toContain(flush);
    for (const { pixels, colour } of (await canvas()).datasets) {
      expect(pixels, colour).toBeGreaterThan(20);
    }
    const heading = pages.page.getByRole("heading", { name: "What the engines did by themselves" });
    expect(await heading.isVisible()).toBe(true);
    expect(await pages.page.getByText("Events as a table").isVisible()).toBe(false);
  });
});
