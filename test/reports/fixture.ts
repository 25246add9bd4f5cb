// Results made up from a seed, small and complete: what the tests of reports read instead of a run.

import { encodeBase64 } from "../../reports/hdr/codec.ts";
import { Histogram } from "../../reports/hdr/histogram.ts";
import type {
  Environment,
  Interval,
  Loop,
  OperationResult,
  Result,
  Row,
} from "../../reports/result.ts";

export interface RowOptions {
  readonly engine?: string;
  readonly benchmark?: string;
  readonly run?: number;
  readonly opsPerSec?: number;
  /** Median service time, in nanoseconds. */
  readonly medianNs?: number;
  readonly loop?: Loop;
  /** Names of operations, each with an equal part of the operations. */
  readonly operations?: readonly string[];
  readonly intervals?: number;
  readonly warmupIntervals?: number;
  readonly over?: Partial<Row>;
}

const OPERATIONS_AN_INTERVAL = 1500;

/** Numerical Recipes' generator: 0 (inclusive) to 1 (exclusive), the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function hash(text: string): number {
  let value = 17;
  for (const char of text) value = (Math.imul(value, 31) + char.codePointAt(0)!) | 0;
  return value;
}

/** A row with histograms that are the sum of those of its intervals, warm-up left out. */
export function makeRow(options: RowOptions = {}): Row {
  const engine = options.engine ?? "hashlog";
  const benchmark = options.benchmark ?? "workloada";
  const run = options.run ?? 1;
  const random = seededRandom(hash(`${engine}/${benchmark}/${run}`));
  const loop: Loop = options.loop ?? { kind: "closed", clients: 8 };
  const open = loop.kind === "open";
  const opsPerSec = options.opsPerSec ?? 100_000;
  const names = options.operations ?? ["READ", "UPDATE"];
  const services = new Map(names.map((name) => [name, new Histogram()]));
  const responses = new Map(names.map((name) => [name, new Histogram()]));
  const intervals: Interval[] = [];
  const warmupIntervals = options.warmupIntervals ?? 1;
  const count = options.intervals ?? 6;
  for (let i = 0; i < count; i++) {
    const warmup = i < warmupIntervals;
    const medianNs = (options.medianNs ?? 4000) * (warmup ? 2 : 1);
    const made = makeInterval(i, warmup, names, medianNs, open, random);
    intervals.push({
      ...made.interval,
      operations: Math.round(opsPerSec * (warmup ? 0.5 : 0.95 + 0.1 * random())),
    });
    if (warmup) continue;
    for (const name of names) {
      services.get(name)!.add(made.services.get(name)!);
      responses.get(name)!.add(made.responses.get(name)!);
    }
  }
  const perOperation = names.map((name) =>
    makeOperation(name, services.get(name)!, open ? responses.get(name)! : undefined),
  );
  const all = new Histogram();
  for (const each of (open ? responses : services).values()) all.add(each);
  const operations = all.totalCount;
  return {
    engine,
    engineVersion: "1.2.3",
    benchmark,
    run,
    durability: "os",
    records: 100_000,
    operations,
    concurrency: 8,
    valueBytes: 1000,
    cacheBytes: 64 * 1024 * 1024,
    loop,
    elapsedNs: (operations / opsPerSec) * 1e9,
    opsPerSec,
    latencyNs: all.summary(),
    errors: 0,
    warmup: { operations: warmupIntervals * OPERATIONS_AN_INTERVAL, ms: warmupIntervals * 1000 },
    partial: false,
    notes: ["field updates read, merge and write"],
    perOperation,
    intervals,
    stats: makeStats(random),
    ...options.over,
  };
}

/** The same row, but that not one operation of it was answered. */
export function allFailed(row: Row): Row {
  const intervals = row.intervals.map((each) => ({ ...each, errors: each.operations }));
  return { ...row, intervals, errors: row.operations };
}

function makeInterval(
  index: number,
  warmup: boolean,
  names: readonly string[],
  medianNs: number,
  open: boolean,
  random: () => number,
) {
  const services = new Map<string, Histogram>();
  const responses = new Map<string, Histogram>();
  const all = new Histogram();
  for (const [position, name] of names.entries()) {
    const service = new Histogram();
    const response = new Histogram();
    for (let i = 0; i < OPERATIONS_AN_INTERVAL / names.length; i++) {
      // A long tail: one in a hundred is many times the median.
      const tail = random() < 0.01 ? 10 + 200 * random() : 1;
      const ns = Math.round(medianNs * (1 + 0.5 * position) * (0.6 + 0.8 * random()) * tail);
      service.record(ns);
      response.record(Math.round(ns * 1.5 + 20_000 * random()));
    }
    services.set(name, service);
    responses.set(name, response);
    all.add(open ? response : service);
  }
  const encode = (histograms: ReadonlyMap<string, Histogram>) =>
    Object.fromEntries([...histograms].map(([name, each]) => [name, encodeBase64(each)]));
  const interval: Interval = {
    startMs: index * 1000,
    durationMs: 1000,
    warmup,
    operations: all.totalCount,
    errors: 0,
    latencyNs: all.summary(),
    serviceHistograms: encode(services),
    ...(open ? { responseHistograms: encode(responses) } : {}),
  };
  return { interval, services, responses };
}

function makeOperation(
  operation: string,
  service: Histogram,
  response: Histogram | undefined,
): OperationResult {
  return {
    operation,
    count: service.totalCount,
    returns: { OK: service.totalCount },
    service: service.summary(),
    serviceHistogram: encodeBase64(service),
    ...(response && {
      response: response.summary(),
      responseHistogram: encodeBase64(response),
    }),
  };
}

function makeStats(random: () => number): Row["stats"] {
  return {
    keys: 100_000,
    writeAmplification: 1 + random(),
    spaceAmplification: 1 + random(),
    readAmplification: 1 + 3 * random(),
    files: 12,
    diskBytes: 123_456_789,
    memoryBytes: { index: 4_000_000, tail: 1_000_000 },
    bytesWritten: { log: 130_000_000, hint: 2_000_000 },
    syncs: 3,
    writes: 12_345,
    cacheHits: 900,
    cacheMisses: 100,
  };
}

export const ENVIRONMENT: Environment = {
  cpuModel: "Example CPU 3000",
  cores: 2,
  memoryBytes: 8 * 1024 ** 3,
  platform: "linux x64",
  kernel: "6.1.0",
  governor: "performance",
  fileSystem: "ext4",
  node: "v26.10.0",
  v8: "14.0",
  ringbench: "0.1.0",
  gitCommit: "0123abc",
  gitDirty: false,
  clockCostNs: 34,
  clockStepNs: 1,
  loadAverage: 0.12,
  warnings: [],
};

export function makeResult(rows: readonly Row[], over: Partial<Result> = {}): Result {
  return {
    schemaVersion: 1,
    kind: "engines",
    title: "Engines under YCSB A",
    startedAt: "2026-01-31T12:00:00.000Z",
    finishedAt: "2026-01-31T12:02:00.000Z",
    partial: false,
    command: ["ringbench", "engines", "--engines", "hashlog,lmdb", "--suite", "ycsb"],
    seed: 42,
    environment: ENVIRONMENT,
    config: {
      records: 100_000,
      engines: ["hashlog", "lmdb"],
      properties: { recordcount: "100000" },
    },
    skipped: [],
    rows: [...rows],
    ...over,
  };
}

/** Figures of each engine, far enough apart that their runs do not overlap. */
const ENGINE_FIGURES: readonly (readonly [string, number, number])[] = [
  ["hashlog", 1_230_000, 620],
  ["memory", 900_000, 900],
  ["leveldb", 210_000, 3900],
  ["rocksdb", 160_000, 5200],
  ["lmdb", 480_000, 1700],
  ["sqlite", 41_000, 21_000],
  ["null", 4_100_000, 110],
];

/** Engines times benchmarks times runs, as `npm start` makes them. */
export function makeComparison(
  engineCount: number,
  benchmarks: readonly string[],
  runs: number,
): Result {
  const rows: Row[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const benchmark of benchmarks) {
      for (const [engine, rate, medianNs] of ENGINE_FIGURES.slice(0, engineCount)) {
        const opsPerSec = rate * (1 + 0.03 * (run - 2));
        rows.push(makeRow({ engine, benchmark, run, opsPerSec, medianNs, intervals: 10 }));
      }
    }
  }
  return makeResult(rows);
}
