// From what db_bench printed of a benchmark to a row of the result.

import type { Durability, EngineStats } from "../../engines/engine.ts";
import type { Interval, OperationResult, Row } from "../../reports/result.ts";
import type { DbBenchmark } from "../../workloads/db-benchmarks.ts";
import { OPERATION_NAMES, OperationKind } from "../../workloads/workload.ts";
import { nativeLatency } from "./db-bench-latency.ts";
import type { NativeHistogram, NativeReport } from "./db-bench-output.ts";
import { NATIVE_KEY_BYTES } from "./db-bench-plan.ts";

export interface NativeRowFacts {
  /** The name of the row's engine. */
  readonly engine: string;
  /** Of db_bench. */
  readonly version: string;
  readonly benchmark: DbBenchmark;
  /** 1-based. */
  readonly run: number;
  readonly durability: Durability;
  readonly records: number;
  readonly valueBytes: number;
  readonly cacheBytes: number;
  readonly threads: number;
  readonly intervals: Interval[];
  /** Files of its folder at the end. */
  readonly disk: { readonly files: number; readonly bytes: number };
  readonly notes: readonly string[];
}

const NS = 1000;

/** db_bench's words for what it timed, as ours. A write is an insert or an update. */
const NAMES: Readonly<Record<string, string>> = {
  read: OPERATION_NAMES[OperationKind.read],
  seek: OPERATION_NAMES[OperationKind.scan],
  delete: OPERATION_NAMES[OperationKind.delete],
};

export function nativeRow(report: NativeReport, facts: NativeRowFacts): Row {
  const { benchmark, threads } = facts;
  const { operations, seconds } = report;
  const latency = latencyOf(report, benchmark);
  return {
    engine: facts.engine,
    engineVersion: `RocksDB ${facts.version}`,
    benchmark: benchmark.name,
    run: facts.run,
    durability: facts.durability,
    records: facts.records,
    operations,
    concurrency: threads,
    valueBytes: facts.valueBytes,
    cacheBytes: facts.cacheBytes,
    loop: { kind: "closed", clients: threads },
    elapsedNs: seconds * 1e9,
    opsPerSec: seconds > 0 ? operations / seconds : 0,
    ...(latency === undefined ? {} : { latencyNs: latency }),
    errors: 0,
    warmup: { operations: 0, ms: 0 },
    partial: false,
    notes: notesOf(report, facts),
    perOperation: operationsOf(report, benchmark),
    intervals: facts.intervals,
    ...(report.histograms.length === 0 ? {} : { latencyBuckets: bucketsOf(report, benchmark) }),
    stats: { ...statsOf(report, facts) },
  };
}

function latencyOf(report: NativeReport, benchmark: DbBenchmark): Row["latencyNs"] {
  const timed = nativeLatency(report.histograms);
  if (timed !== undefined || benchmark.shape !== "compaction") return timed;
  const ns = report.seconds * 1e9;
  return { mean: ns, p50: ns, p95: ns, p99: ns, p999: ns, max: ns };
}

function nameOf({ what }: NativeHistogram, benchmark: DbBenchmark): string {
  const write = benchmark.store === "empty" ? OperationKind.insert : OperationKind.update;
  return NAMES[what] ?? OPERATION_NAMES[write];
}

/** One for each histogram; without any, one of the kind of the benchmark. */
function operationsOf(report: NativeReport, benchmark: DbBenchmark): OperationResult[] {
  const { operations, histograms, found } = report;
  if (histograms.length === 0) {
    const operation =
      benchmark.shape === "compaction" ? "COMPACT" : OPERATION_NAMES[benchmark.kind];
    return [{ operation, count: operations, returns: returnsOf(operation, operations, found) }];
  }
  return histograms.map((histogram) => {
    const operation = nameOf(histogram, benchmark);
    // The histogram of batches has one entry for each of them.
    const count = benchmark.shape === "batches" ? operations : histogram.count;
    const service = nativeLatency([histogram]);
    const returns = returnsOf(operation, count, found);
    return { operation, count, returns, ...(service === undefined ? {} : { service }) };
  });
}

function returnsOf(
  operation: string,
  count: number,
  found: NativeReport["found"],
): OperationResult["returns"] {
  const reads = operation === OPERATION_NAMES[OperationKind.read] && found !== undefined;
  if (!reads || found.reads !== count) return { OK: count };
  const missed = count - found.hits;
  return { OK: found.hits, ...(missed === 0 ? {} : { NOT_FOUND: missed }) };
}

function bucketsOf(
  report: NativeReport,
  benchmark: DbBenchmark,
): NonNullable<Row["latencyBuckets"]> {
  return report.histograms.map((histogram) => {
    // A put of a batch takes as long as its batch, of which the histogram has one entry.
    const each = benchmark.shape === "batches" ? report.operations / histogram.count : 1;
    const buckets = histogram.buckets.map(({ from, to, count }) => ({
      fromNs: from * NS,
      toNs: to * NS,
      count: Math.round(count * each),
    }));
    return { operation: nameOf(histogram, benchmark), buckets };
  });
}

function notesOf(report: NativeReport, facts: NativeRowFacts): string[] {
  const { benchmark } = facts;
  const notes: string[] = [];
  if (benchmark.divisor > 1) {
    notes.push(`${report.operations} operations: 1/${benchmark.divisor} of what was asked for`);
  }
  if (report.found !== undefined) {
    const { hits, reads } = report.found;
    notes.push(`${hits} of ${reads} found${facts.threads > 1 ? " by one of its threads" : ""}`);
  } else if (report.message !== "" && benchmark.divisor === 1) notes.push(report.message);
  if (report.histograms.length > 0) {
    notes.push("db_bench times in whole microseconds; percentiles are interpolated in its buckets");
  }
  if (benchmark.writerBeside) notes.push("beside it one thread of db_bench overwrote keys");
  return [...notes, ...facts.notes];
}

/** Less would drown in the resolution of what db_bench prints: hundredths of a GB. */
const USER_BYTES_MIN = 100e6;

/** What is known without --statistics, which would slow it down. */
function statsOf(report: NativeReport, facts: NativeRowFacts): EngineStats {
  const { compactionWrittenBytes, ingestedBytes, stalls, stallNs } = report.stats;
  const user = userBytesOf(report, facts);
  const log = facts.durability === "memory" ? 0 : ingestedBytes;
  const measurable =
    user !== undefined &&
    user >= USER_BYTES_MIN &&
    log !== undefined &&
    compactionWrittenBytes !== undefined;
  return {
    ...(user === undefined ? {} : { userBytesWritten: user }),
    ...(measurable
      ? {
          bytesWritten: { log, table: compactionWrittenBytes },
          writeAmplification: (log + compactionWrittenBytes) / user,
        }
      : {}),
    ...(stalls === undefined ? {} : { stalls }),
    ...(stallNs === undefined ? {} : { stallNs }),
    files: facts.disk.files,
    diskBytes: facts.disk.bytes,
  };
}

/** Bytes of keys and values written; undefined where sizes vary or somebody else writes too. */
function userBytesOf(report: NativeReport, facts: NativeRowFacts): number | undefined {
  const { benchmark, valueBytes } = facts;
  if (benchmark.writerBeside || benchmark.order === "mixgraph") return undefined;
  switch (benchmark.kind) {
    case OperationKind.insert:
    case OperationKind.update:
      if (benchmark.shape === "compaction") return 0;
      return report.operations * (NATIVE_KEY_BYTES + valueBytes);
    case OperationKind.delete:
      return report.operations * NATIVE_KEY_BYTES;
    default:
      return 0;
  }
}
