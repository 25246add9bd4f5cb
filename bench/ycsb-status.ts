// YCSB's status line: what happened since the last one, in its own form and microseconds.

import type { Progress } from "./run.ts";
import type { OperationStatus } from "./series.ts";

const PERCENTILES = [50, 90, 99, 99.9, 99.99] as const;

/** @param nowMs milliseconds since 1970; printed in local time, as YCSB does. */
export function ycsbStatusLine(
  label: string,
  nowMs: number,
  progress: Progress,
  operations: readonly OperationStatus[],
): string {
  const seconds = Math.trunc(progress.elapsedNs / 1e9);
  const rate = formatRate(progress.opsPerSec);
  const parts = [
    `${label}${timestamp(nowMs)} ${seconds} sec: ${progress.finished} operations; `,
    `${rate} current ops/sec; `,
    remaining(progress),
    ...operations.map(block),
  ];
  return parts.join("").trimEnd();
}

/** Java's DecimalFormat("#.##"). */
function formatRate(opsPerSec: number): string {
  return String(Number(opsPerSec.toFixed(2)));
}

function timestamp(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}:${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function remaining(progress: Progress): string {
  const { finished, total, elapsedNs } = progress;
  if (total === 0 || finished === 0) return "";
  const seconds = Math.ceil(((total - finished) * elapsedNs) / finished / 1e9);
  const units = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ] as const;
  const words: string[] = [];
  let rest = seconds;
  for (const [size, unit] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count} ${unit}${count === 1 ? "" : "s"}`);
  }
  if (words.length === 0 || rest > 0) words.push(`${rest} second${rest === 1 ? "" : "s"}`);
  return `est completion in ${words.join(" ")} `;
}

function block({ operation, histogram }: OperationStatus): string {
  const us = (ns: number) => Math.trunc(ns / 1000);
  const values = histogram.valuesAtPercentiles(PERCENTILES);
  const percentiles = PERCENTILES.map((percentile, i) => `${percentile}=${us(values[i]!)}`);
  const mean = Number((histogram.mean / 1000).toFixed(2));
  const facts = [
    `Count=${histogram.totalCount}`,
    `Max=${us(histogram.max)}`,
    `Min=${us(histogram.min)}`,
    `Avg=${mean}`,
    ...percentiles,
  ];
  return `[${operation}: ${facts.join(", ")}] `;
}
