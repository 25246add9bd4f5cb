// What `ycsb` prints and writes: the figures in YCSB's forms, and its histogram files.

import fs from "node:fs";
import { decodeBase64 } from "../../reports/hdr/codec.ts";
import { Histogram } from "../../reports/hdr/histogram.ts";
import { formatLogHeader, formatLogInterval } from "../../reports/hdr/interval-log.ts";
import { ycsbJsonArray, ycsbMeasurements, ycsbText } from "../../reports/index.ts";
import type { Row } from "../../reports/result.ts";
import type { ClientProperties } from "../../workloads/client-properties.ts";

/** The figures of a run, as the exporter that was asked for writes them. */
export function ycsbFigures(row: Row, client: ClientProperties): string {
  const options = { percentiles: client.percentiles, interval: client.measurementInterval };
  switch (client.exporter) {
    case "text":
      return ycsbText(row, options);
    case "json-array":
      return `${ycsbJsonArray(row, options)}\n`;
    case "json":
      return ycsbMeasurements(row, options)
        .map(({ metric, measurement, value }) => JSON.stringify({ metric, measurement, value }))
        .map((line) => `${line}\n`)
        .join("");
  }
}

/** Writes `<path><operation>.hdr` for each operation: intervals in microseconds, as YCSB does. */
export function writeYcsbHistograms(row: Row, pathPrefix: string, startedAtMs: number): string[] {
  const names = new Set(row.intervals.flatMap((each) => Object.keys(each.serviceHistograms ?? {})));
  const files: string[] = [];
  for (const name of names) {
    const lines: string[] = [];
    for (const interval of row.intervals) {
      const encoded = interval.serviceHistograms?.[name];
      if (encoded === undefined || interval.warmup) continue;
      const startSeconds = interval.startMs / 1000;
      const endSeconds = startSeconds + interval.durationMs / 1000;
      const histogram = inMicroseconds(decodeBase64(encoded));
      lines.push(formatLogInterval({ startSeconds, endSeconds, histogram }));
    }
    const comments = [`[Logging for: ${name}]`];
    const header = formatLogHeader({ comments, startTimeMs: startedAtMs, baseTimeMs: startedAtMs });
    const file = `${pathPrefix}${name}.hdr`;
    fs.writeFileSync(file, header + lines.join(""));
    files.push(file);
  }
  return files;
}

function inMicroseconds(histogram: Histogram): Histogram {
  const scaled = new Histogram();
  for (const { lowestValue, highestValue, count } of histogram.recordedCells()) {
    scaled.recordCount(Math.floor((lowestValue + highestValue) / 2000), count);
  }
  return scaled;
}
