// The short benchmark of `conform`: does the engine work in the harness, and about how fast?

import { loadEngine } from "../../engines/registry.ts";
import { formatCount, formatNanoseconds, formatRate } from "../../reports/format.ts";
import { compareEngines } from "../compare.ts";
import { dbBenchSuite } from "../suites/db-bench.ts";
import type { ConformDocument } from "./conform-document.ts";
import type { CliContext } from "./context.ts";
import type { Interrupt } from "./interrupt.ts";
import { ProgressView } from "./progress.ts";

const RECORDS = 30_000;
/** Of each benchmark: a slow engine gives a partial row, not a long wait. */
const SECONDS_MAX = 5;
const CACHE_BYTES = 32 * 1024 * 1024;

export type ConformBenchmark = NonNullable<ConformDocument["benchmark"]>;

export interface BenchmarkOptions {
  readonly specifier: string;
  readonly seed: number;
  readonly dataParent: string;
  readonly interrupt: Interrupt;
}

/** The same harness as `engines`; at `os`, or the first level that the engine has. */
export async function runBenchmark(
  context: CliContext,
  { specifier, seed, dataParent, interrupt }: BenchmarkOptions,
): Promise<ConformBenchmark> {
  const { supports } = await loadEngine(specifier);
  const reads = supports.scan ? ["readrandom", "readseq"] : ["readrandom"];
  const benchmarks = ["fillrandom", ...reads];
  const { rows, failure } = await compareEngines({
    suite: dbBenchSuite,
    settings: {
      benchmarks,
      records: RECORDS,
      operations: RECORDS,
      operationsOf: {},
      valueBytes: dbBenchSuite.defaultValueBytes,
      durability: supports.durability.includes("os") ? "os" : supports.durability[0]!,
      clients: 1,
      cacheBytes: CACHE_BYTES,
      latency: true,
      offer: { kind: "closed" },
      seed,
      warmupOperations: undefined,
      maxSeconds: SECONDS_MAX,
    },
    engines: [specifier],
    engineSettings: new Map(),
    repeat: 1,
    dataParent,
    clock: context.clock,
    timer: context.timer,
    signal: interrupt.signal,
    progress: new ProgressView({
      stream: context.stderr,
      phases: benchmarks.length,
      quiet: false,
      colour: context.colour,
    }),
    onSkipped: ({ engine, reason }) => context.warn(`engine ${engine} is left out: ${reason}`),
  });
  if (failure !== undefined) throw failure;
  return { indicative: true, records: RECORDS, rows };
}

export function benchmarkText({ records, rows }: ConformBenchmark): string {
  const lines = [
    `A short benchmark of ${formatCount(records)} records of ` +
      `${dbBenchSuite.defaultValueBytes} bytes at ${rows[0]?.durability ?? "no level"}. ` +
      "Indicative: compare with `ringbench engines`.",
  ];
  for (const row of rows) {
    const p99 = row.latencyNs === undefined ? "" : `, p99 ${formatNanoseconds(row.latencyNs.p99)}`;
    const partial = row.partial ? ", partial" : "";
    lines.push(
      `  ${row.benchmark.padEnd(12)}${formatRate(row.opsPerSec).padStart(8)} ops/s${p99}${partial}`,
    );
  }
  return lines.join("\n");
}
