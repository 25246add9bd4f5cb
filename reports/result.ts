// The result of a run: what bench writes and every report reads. A contract: additions are allowed,
// anything else raises `RESULT_SCHEMA_VERSION`.
//
// Latencies are nanoseconds. Histograms are HdrHistogram V2 payloads (compressed, base64), recorded
// in nanoseconds with 3 significant digits.

import { z } from "zod";

export const RESULT_SCHEMA_VERSION = 1;

const latencySchema = z.object({
  mean: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
});

/** One kind of operation within a row. */
const operationSchema = z.object({
  /** YCSB's name: READ, UPDATE, INSERT, SCAN, READ-MODIFY-WRITE, VERIFY, ... */
  operation: z.string(),
  count: z.int().nonnegative(),
  /** How often each outcome was seen: OK, NOT_FOUND, ERROR, UNEXPECTED_STATE, ... */
  returns: z.record(z.string(), z.int().nonnegative()),
  /** From sent to done. Absent when latencies were not recorded. */
  service: latencySchema.optional(),
  /** From intended to done: the latency that a user of the offered load saw. */
  response: latencySchema.optional(),
  serviceHistogram: z.string().optional(),
  responseHistogram: z.string().optional(),
});

/** One interval of a row, about a second long, warm-up included. */
const intervalSchema = z.object({
  /** Offset from the start of the row, in milliseconds. */
  startMs: z.number(),
  durationMs: z.number(),
  /** Inside the warm-up that the row's figures leave out. */
  warmup: z.boolean(),
  operations: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  /** Over all operations of the interval; absent when none finished or nothing was recorded. */
  latencyNs: latencySchema.optional(),
  /** Histogram of the service time of each operation, by YCSB's name. */
  serviceHistograms: z.record(z.string(), z.string()).optional(),
  /** Histogram of the response time, present in open loop only. */
  responseHistograms: z.record(z.string(), z.string()).optional(),
});

/** Something that an engine did by itself while a row ran, or several short ones merged. */
const eventSchema = z.object({
  /** flush, compaction, merge, snapshot, stall; an engine of the user's own may have others. */
  kind: z.string(),
  /** Offset from the start of the row, in milliseconds; below 0 when it began before the row. */
  startMs: z.number(),
  /** Absent when it was not over at the end of the row. Of merged ones the end of the last. */
  endMs: z.number().optional(),
  /** How many were merged into this one; absent: it is one. */
  count: z.int().positive().optional(),
  /** Sum of the durations of merged ones, in milliseconds; absent: endMs - startMs. */
  busyMs: z.number().nonnegative().optional(),
  /** What was worked on, for a person. */
  detail: z.string().optional(),
  /** Bytes read and written. */
  bytes: z.number().nonnegative().optional(),
});

/** What an engine said of itself at a moment of a row. */
const sampleSchema = z.object({
  /** Offset from the start of the row, in milliseconds. */
  atMs: z.number().nonnegative(),
  /** Figures of EngineStats by name, as they are since the engine was opened; parts summed up. */
  stats: z.record(z.string(), z.number()),
});

/** Service times of one operation in the manner of db_bench; empty buckets are left out. */
const bucketsSchema = z.object({
  operation: z.string(),
  /** From the lowest: above `fromNs`, or at it where that is 0, up to `toNs`, inclusive. */
  buckets: z.array(
    z.object({
      fromNs: z.number().nonnegative(),
      toNs: z.number().positive(),
      count: z.int().positive(),
    }),
  ),
});

const loopSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("closed"), clients: z.int().positive() }),
  z.object({
    kind: z.literal("open"),
    arrivals: z.enum(["constant", "poisson"]),
    ratePerSec: z.number().positive(),
    clients: z.int().positive(),
    /** How late the generator itself was, beyond waiting for a free client. */
    latenessNs: latencySchema.optional(),
    /** The generator was the bottleneck: the figures are not the store's. */
    invalid: z.boolean(),
    invalidReason: z.string().optional(),
  }),
]);

/** How a cluster was made and asked; what it has no use for is absent. */
const clusterSchema = z.object({
  nodes: z.int().positive(),
  /** Replicas of a key. */
  n: z.int().positive(),
  /** Replicas that had to answer a read, a write; absent when a level says it. */
  r: z.int().nonnegative().optional(),
  w: z.int().nonnegative().optional(),
  /** Instead of both: QUORUM, ONE, ... */
  level: z.string().optional(),
  /** dvv, vector-clock, lww or linearizable. */
  conflicts: z.string(),
  /** Whom a read was sent to: all, or r. */
  fanOut: z.string().optional(),
  /** Read repair: background, blocking or off. */
  repair: z.string().optional(),
});

/** One engine, one benchmark, one run. */
const rowSchema = z.object({
  engine: z.string(),
  engineVersion: z.string(),
  /** fillrandom, readrandom, workloada, ... or load. */
  benchmark: z.string(),
  /** 1-based number of the repeat. */
  run: z.int().positive(),
  durability: z.enum(["memory", "os", "group", "sync"]),
  records: z.int().nonnegative(),
  operations: z.int().nonnegative(),
  concurrency: z.int().positive(),
  valueBytes: z.int().nonnegative(),
  cacheBytes: z.int().nonnegative(),
  /** Of a cluster in one process; absent: it was an engine alone. */
  cluster: clusterSchema.optional(),
  loop: loopSchema,
  /** Wall time of the measured part, in nanoseconds. */
  elapsedNs: z.number(),
  /** Measured operations a second; warm-up is not in it. */
  opsPerSec: z.number(),
  /** Over all operations. Absent with `--latency off`. */
  latencyNs: latencySchema.optional(),
  errors: z.int().nonnegative(),
  /** The first few errors, as text. */
  errorSamples: z.array(z.string()).optional(),
  warmup: z.object({ operations: z.int().nonnegative(), ms: z.number() }),
  /** True when the run was interrupted: the figures cover what ran. */
  partial: z.boolean(),
  /** Operations asked for, when a time limit ended the run before all of them were done. */
  cutShortOf: z.int().positive().optional(),
  /** How the store answers: field updates that read, merge and write; values checked; and so on. */
  notes: z.array(z.string()),
  perOperation: z.array(operationSchema),
  intervals: z.array(intervalSchema),
  /** With `--histogram`, and of a store that tells no more: its latencies in coarse buckets. */
  latencyBuckets: z.array(bucketsSchema).optional(),
  /** By start. Absent when the engine told of none. */
  events: z.array(eventSchema).optional(),
  /** Events of which no place was left to keep anything, or whose begin is unknown. */
  eventsDropped: z.int().positive().optional(),
  /** At the start and the end of the row, and about once a second between them. */
  samples: z.array(sampleSchema).optional(),
  /** What taking the samples cost in all, in milliseconds. */
  samplingMs: z.number().nonnegative().optional(),
  /** The engine's own figures at the end of the run (EngineStats), as the engine gave them. */
  stats: z.record(z.string(), z.unknown()),
});

const environmentSchema = z.object({
  cpuModel: z.string(),
  cores: z.int().positive(),
  memoryBytes: z.number(),
  platform: z.string(),
  kernel: z.string(),
  governor: z.string().optional(),
  fileSystem: z.string().optional(),
  node: z.string(),
  v8: z.string(),
  ringbench: z.string(),
  gitCommit: z.string().optional(),
  gitDirty: z.boolean().optional(),
  /** Cost of one reading of the clock, and the smallest step seen, in nanoseconds. */
  clockCostNs: z.number(),
  clockStepNs: z.number(),
  loadAverage: z.number(),
  /** What makes figures from this machine doubtful; shown in the report. */
  warnings: z.array(z.string()),
});

export const resultSchema = z.object({
  schemaVersion: z.literal(RESULT_SCHEMA_VERSION),
  kind: z.enum(["engines", "ycsb"]),
  title: z.string(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  finishedAt: z.string(),
  /** True when anything was interrupted. */
  partial: z.boolean(),
  /** The command that makes such a result again. */
  command: z.array(z.string()),
  seed: z.number(),
  environment: environmentSchema,
  /** Everything that was set, defaults included, by name. */
  config: z.record(z.string(), z.unknown()),
  /** Engines that were asked for and are not in the rows, with the reason. */
  skipped: z.array(z.object({ engine: z.string(), reason: z.string() })),
  rows: z.array(rowSchema),
});

export type Latency = z.infer<typeof latencySchema>;
export type OperationResult = z.infer<typeof operationSchema>;
export type Interval = z.infer<typeof intervalSchema>;
export type RowEvent = z.infer<typeof eventSchema>;
export type RowSample = z.infer<typeof sampleSchema>;
export type Loop = z.infer<typeof loopSchema>;
export type ClusterSettings = z.infer<typeof clusterSchema>;
export type Row = z.infer<typeof rowSchema>;
export type Environment = z.infer<typeof environmentSchema>;
export type Result = z.infer<typeof resultSchema>;
