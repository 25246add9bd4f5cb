// What is asked of a store: the public face of the workloads.

export { ACKNOWLEDGED_WINDOW, AcknowledgedCounter } from "./acknowledged-counter.ts";
export type { ClientProperties } from "./client-properties.ts";
export { type CompressionFigures, measureCompression } from "./compression.ts";
export {
  type CoreSettings,
  type RequestDistribution,
  type ResolvedProperties,
  resolveProperties,
} from "./core-settings.ts";
export { CoreWorkload, type CoreWorkloadOptions } from "./core-workload.ts";
export {
  DB_BENCHMARK_NAMES,
  type DbBenchmark,
  type DbBenchmarkName,
  type DbBenchOptions,
  DbBenchWorkload,
  findDbBenchmark,
} from "./db-bench.ts";
export { DISTRIBUTIONS, type DrawOptions, drawCounts } from "./draw-counts.ts";
export { WorkloadError, type WorkloadErrorCode } from "./errors.ts";
export { type KeyOptions, KeyWriter } from "./key.ts";
export { nearest, quoted, unknownName } from "./nearest.ts";
export { findPreset, PRESETS, type Preset, presetOverrides } from "./presets.ts";
export { mergeProperties, parseProperties } from "./properties.ts";
export { PROPERTY_NAMES, PROPERTY_TABLE } from "./property-table.ts";
export { Random } from "./random.ts";
export { RecordLayout, type RecordLayoutOptions } from "./record.ts";
export * from "./workload.ts";
