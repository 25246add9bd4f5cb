// What was set, defaults included, and what was measured of the values: the config of a result.

import { formatBytes } from "../../reports/format.ts";
import { type CompressionFigures, measureCompression } from "../../workloads/compression.ts";
import type { CompareOptions } from "../compare.ts";
import type { OtherStore } from "../suites/suite.ts";

const DEFAULT_WARMUP = "5 % of the operations, at most 20000";

export function comparisonConfig(options: CompareOptions): Record<string, unknown> {
  const { suite, shownBenchmarks } = options;
  const { offer, operationsOf, benchmarks, ...settings } = options.settings;
  return {
    suite: suite.name,
    engines: options.engines,
    repeat: options.repeat,
    benchmarks: shownBenchmarks ?? benchmarks,
    ...(shownBenchmarks === undefined ? {} : { runningOrder: benchmarks }),
    ...settings,
    ...(Object.keys(operationsOf).length === 0 ? {} : { operations: operationsOf }),
    warmupOperations: `${settings.warmupOperations ?? DEFAULT_WARMUP}: ${suite.warmupScope}`,
    maxSeconds: settings.maxSeconds ?? "none",
    loop: offer,
    engineSettings: Object.fromEntries(options.engineSettings),
    ...clusterConfig(options.others ?? []),
    compression: compressionConfig(measureCompression(suite.sample(options.settings))),
  };
}

/** The clusters of a run by the names of their rows; nothing when there is none. */
export function clusterConfig(
  stores: readonly Pick<OtherStore, "name" | "cluster">[],
): Record<string, unknown> {
  const clusters = stores.flatMap(({ name, cluster }) => {
    return cluster === undefined ? [] : [[name, cluster] as const];
  });
  return clusters.length === 0 ? {} : { cluster: Object.fromEntries(clusters) };
}

/** Ratios are compressed over original size. */
export function compressionConfig(figures: CompressionFigures): Record<string, number> {
  return {
    sampleBytes: figures.sampleBytes,
    ...(figures.lz4 === undefined ? {} : { lz4Ratio: Number(figures.lz4.toFixed(4)) }),
    deflateRatio: Number(figures.deflate.toFixed(4)),
  };
}

export function compressionLine(figures: CompressionFigures): string {
  const percent = (ratio: number) => `${(100 * ratio).toFixed(1)} %`;
  const lz4 = figures.lz4 === undefined ? "" : `${percent(figures.lz4)} of their size by lz4, `;
  return (
    `values compress to ${lz4}${percent(figures.deflate)} by deflate, ` +
    `measured on ${formatBytes(figures.sampleBytes)}`
  );
}
