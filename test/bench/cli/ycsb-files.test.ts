import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { writeYcsbHistograms } from "../../../bench/cli/ycsb-files.ts";
import { encodeBase64 } from "../../../reports/hdr/codec.ts";
import { Histogram } from "../../../reports/hdr/histogram.ts";
import { summarizeLog } from "../../../reports/hdr/log-summary.ts";
import type { Interval, Row } from "../../../reports/result.ts";
import { resolveProperties } from "../../../workloads/core-settings.ts";

function histogramOf(valueNs: number): string {
  const histogram = new Histogram();
  histogram.record(valueNs);
  return encodeBase64(histogram);
}

function interval(startMs: number, warmup: boolean): Interval {
  return {
    ...{ startMs, durationMs: 100, warmup, operations: 1, errors: 0 },
    serviceHistograms: { READ: histogramOf(7_000) },
    responseHistograms: { READ: histogramOf(93_000) },
  };
}

test.each([
  ["op", { READ: 7 }],
  ["intended", { READ: 93 }],
  ["both", { READ: 7, "Intended-READ": 93 }],
])("%s: microseconds by the clock that was asked for, warm-up left out", (clock, maxima) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-hdr-"));
  try {
    const properties = [`measurement.interval=${clock}`, `hdrhistogram.output.path=${dir}/`];
    const { client } = resolveProperties([], properties);
    const row = { intervals: [interval(0, true), interval(100, false), interval(200, false)] };
    writeYcsbHistograms(row as unknown as Row, client, 1_700_000_000_000);
    const found: Record<string, number> = {};
    for (const file of fs.readdirSync(dir)) {
      const summary = summarizeLog(fs.readFileSync(path.join(dir, file), "utf8"));
      expect(summary).toMatchObject({ intervals: 2, totalCount: 2, startTimeSeconds: 1.7e9 });
      found[file.replace(/\.hdr$/, "")] = summary.max;
    }
    expect(found).toEqual(maxima);
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
