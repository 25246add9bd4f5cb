// Runs one phase of a core workload on an open engine, and reports it as YCSB does.

import fs from "node:fs";
import type { Durability } from "../../engines/engine.ts";
import { wallClockMs } from "../../engines/io/clock.ts";
import type { Result, Row } from "../../reports/result.ts";
import { type CompressionFigures, measureCompression } from "../../workloads/compression.ts";
import type { ResolvedProperties } from "../../workloads/core-settings.ts";
import type { CoreWorkload } from "../../workloads/core-workload.ts";
import { Random } from "../../workloads/random.ts";
import { captureEnvironment } from "../environment.ts";
import type { Offer } from "../offer.ts";
import { makeResult } from "../result.ts";
import { makeRow } from "../row.ts";
import { type RunOptions, type RunOutcome, runPhase } from "../run.ts";
import type { MeasuredStore, StoreModule } from "../store.ts";
import type { InsertRetry } from "../store-target.ts";
import { coreNotes } from "../suites/ycsb.ts";
import type { Watch } from "../watch.ts";
import { ycsbStatusLine } from "../ycsb-status.ts";
import { exitOf, saveReport } from "./conclude.ts";
import { clusterConfig, compressionConfig, compressionLine } from "./config.ts";
import type { CliContext } from "./context.ts";
import { failureOf } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";
import { ProgressView } from "./progress.ts";
import type { Exit } from "./usage.ts";
import { writeYcsbHistograms, ycsbFigures } from "./ycsb-files.ts";

export interface YcsbPlan {
  readonly phase: "load" | "run";
  readonly module: StoreModule;
  readonly engine: MeasuredStore;
  readonly workload: CoreWorkload;
  readonly resolved: ResolvedProperties;
  readonly durability: Durability;
  readonly cacheBytes: number;
  readonly json: boolean;
  /** Hears of the engine's events. */
  readonly watch: Watch;
  /** Figures of the engine on standard error while it runs. */
  readonly live: boolean;
  readonly out: string | undefined;
  readonly dir: string;
}

export async function runYcsb(context: CliContext, plan: YcsbPlan): Promise<Exit> {
  const { client } = plan.resolved;
  const startedAtMs = wallClockMs();
  const environment = captureEnvironment(plan.dir);
  const benchmark = plan.phase === "load" ? "load" : plan.workload.name;
  const compression = measureCompression(plan.workload);
  context.warn(compressionLine(compression));
  // Standard error belongs to the status lines when they, and not the figures, were asked for.
  const quiet = !plan.live && (client.status || context.stderr.isTTY !== true);
  const progress = new ProgressView({
    stream: context.stderr,
    phases: 0,
    quiet,
    colour: context.colour,
    watch: plan.live,
  });
  const interrupt = new Interrupt({ clock: context.clock, warn: progress.warn });
  plan.watch.onState = progress.onState;
  try {
    progress.begin(`${plan.module.name} ${benchmark}`, true);
    if (quiet) context.warn(`${plan.module.name} ${benchmark} begins`);
    const outcome = await runPhase(runOptionsOf(context, plan, interrupt.signal, progress));
    const row = makeRow(
      {
        ...plan,
        benchmark,
        run: 1,
        records: plan.workload.recordCount,
        concurrency: client.threadCount,
        valueBytes: plan.workload.layout.recordBytesMax,
        notes: [...(plan.module.notes ?? []), ...coreNotes(plan.workload)],
      },
      outcome,
    );
    progress.end(row);
    const result = makeResult({
      kind: "ycsb",
      title: `YCSB ${benchmark}: ${plan.module.name}`,
      startedAtMs,
      argv: context.argv,
      seed: plan.workload.seed,
      environment,
      config: configOf(plan, compression),
      skipped: [],
      rows: [row],
      partial: outcome.partial,
    });
    try {
      write(context, plan, row, result, startedAtMs);
    } catch (error) {
      if (outcome.failure === undefined) throw error;
      context.warn(failureOf(error).line);
    }
    return exitCode(context, plan, outcome, result, interrupt.signal.aborted);
  } finally {
    interrupt.close();
  }
}

function configOf(plan: YcsbPlan, compression: CompressionFigures): Record<string, unknown> {
  return {
    phase: plan.phase,
    durability: plan.durability,
    cacheBytes: plan.cacheBytes,
    properties: plan.resolved.inForce,
    ...clusterConfig([plan.module]),
    compression: compressionConfig(compression),
  };
}

function runOptionsOf(
  context: CliContext,
  plan: YcsbPlan,
  signal: AbortSignal,
  progress: ProgressView,
): RunOptions<MeasuredStore> {
  const { client } = plan.resolved;
  const load = plan.phase === "load";
  return {
    engine: plan.engine,
    workload: plan.workload,
    phase: plan.phase,
    offer: offerOf(client.targetOpsPerSec),
    clients: client.threadCount,
    operations: load ? 0 : plan.workload.operationCount,
    warmupOperations: 0,
    ...(client.maxExecutionTimeSec > 0 ? { maxSeconds: client.maxExecutionTimeSec } : {}),
    latency: true,
    notFoundFails: true,
    spin: client.spinSleep,
    ...(load ? { insertRetry: insertRetryOf(plan) } : {}),
    clock: context.clock,
    timer: context.timer,
    signal,
    onProgress: (state) => progress.update(state),
    watch: plan.watch,
    keepsFailed: true,
    ...(client.status ? { status: statusOf(plan, progress) } : {}),
  };
}

function offerOf(targetOpsPerSec: number): Offer {
  if (targetOpsPerSec === 0) return { kind: "closed" };
  return { kind: "open", arrivals: "constant", ratePerSec: targetOpsPerSec, schedule: "client" };
}

/** YCSB draws each pause from 0.8 to 1.2 of the interval. */
function insertRetryOf(plan: YcsbPlan): InsertRetry {
  const { client } = plan.resolved;
  const random = new Random(plan.workload.seed).split("retries");
  return {
    limit: client.insertRetryLimit,
    keepGoing: client.insertKeepGoing,
    delayNs: () => client.insertRetryIntervalSec * 1e9 * (0.8 + 0.4 * random.nextDouble()),
  };
}

function statusOf(plan: YcsbPlan, view: ProgressView): NonNullable<RunOptions["status"]> {
  const { client } = plan.resolved;
  return {
    intervalNs: client.statusIntervalSec * 1e9,
    print: (progress, operations) => {
      const line = ycsbStatusLine(client.label, wallClockMs(), progress, operations);
      view.line(line);
    },
  };
}

function write(
  context: CliContext,
  plan: YcsbPlan,
  row: Row,
  result: Result,
  startedAtMs: number,
): void {
  const { client } = plan.resolved;
  const figures = ycsbFigures(row, client);
  if (client.exportFile !== undefined) fs.writeFileSync(client.exportFile, figures);
  if (plan.json) context.out(`${JSON.stringify(result)}\n`);
  else if (client.exportFile === undefined) context.out(figures);
  if (client.histogramFileOutput) {
    writeYcsbHistograms(row, client, startedAtMs);
  }
  if (plan.out === undefined) return;
  context.warn(`report: ${saveReport(plan.out, result)}`);
}

function exitCode(
  context: CliContext,
  plan: YcsbPlan,
  outcome: RunOutcome,
  result: Result,
  interrupted: boolean,
): Exit {
  const row = result.rows[0]!;
  const missing = row.perOperation.reduce((sum, each) => sum + (each.returns.NOT_FOUND ?? 0), 0);
  if (missing > 0) {
    context.warn(`${missing} operations found no record: was it loaded with the same properties?`);
  }
  if (outcome.loop.kind === "open" && outcome.loop.invalid) {
    context.warn(`invalid: ${outcome.loop.invalidReason}`);
  }
  for (const note of outcome.notes) context.warn(`${plan.module.name}: ${note}`);
  return exitOf(context, result, outcome.failure, interrupted);
}
