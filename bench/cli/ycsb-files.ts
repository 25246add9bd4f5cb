// What `ycsb` prints and writes: the figures in YCSB's forms, and its histogram files.

import fs from "node:fs";
import { decodeBase64 } from "../../reports/hdr/codec.ts";
import { Histogram } from "../../reports/hdr/histogram.ts";
import { formatLogHeader, formatLogInterval } from "../../reports/hdr/interval-log.ts";
import { ycsbJsonArray, ycsbMeasurements, ycsbText } from "../../reports/index.ts";
import type { Interval, Row } from "../../reports/result.ts";
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

/**
 * Writes `<path><operation>.hdr` for each operation: intervals in microseconds, as YCSB does, by
 * the clocks of `measurementInterval`. Intervals are ours (interval.ts): YCSB's are as long as
 * those of its status lines.
 */
export function writeYcsbHistograms(row: Row, client: ClientProperties, startedAtMs: number): void {
  const { measurementInterval: clocks, histogramOutputPath: pathPrefix } = client;
  const names = new Set(row.intervals.flatMap((each) => Object.keys(each.serviceHistograms ?? {})));
  for (const name of names) {
    const service = (interval: Interval) => interval.serviceHistograms?.[name];
    // In closed loop nothing is intended before it is sent: the two are equal.
    const response = (interval: Interval) =>
      interval.responseHistograms?.[name] ?? service(interval);
    const files: [string, (interval: Interval) => string | undefined][] = [];
    if (clocks !== "intended") files.push([name, service]);
    if (clocks === "intended") files.push([name, response]);
    if (clocks === "both") files.push([`Intended-${name}`, response]);
    for (const [label, encoded] of files) {
      const text = logText(row, label, startedAtMs, encoded);
      fs.writeFileSync(`${pathPrefix}${label}.hdr`, text);
    }
  }
}

function logText(
  row: Row,
  label: string,
  startTimeMs: number,
  encodedOf: (interval: Interval) => string | undefined,
): string {
  const comments = [`[Logging for: ${label}]`];
  const lines = [formatLogHeader({ comments, startTimeMs, baseTimeMs: startTimeMs })];
  for (const interval of row.intervals) {
    const encoded = encodedOf(interval);
    if (encoded === undefined || interval.warmup) continue;
    const startSeconds = interval.startMs / 1000;
    const endSeconds = startSeconds + interval.durationMs / 1000;
    const histogram = inMicroseconds(decodeBase64(encoded));
    lines.push(formatLogInterval({ startSeconds, endSeconds, histogram }));
  }
  return lines.join("");
}

function inMicroseconds(histogram: Histogram): Histogram {
  const scaled = new Histogram();
  for (const { lowestValue, highestValue, count } of histogram.recordedCells()) {
    scaled.recordCount(Math.floor((lowestValue + highestValue) / 2000), count);
  }
  return scaled;
}
