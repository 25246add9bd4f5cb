// YCSB's core workloads A to F on one engine or cluster.
//
// Steps, for each benchmark in the order given, on one folder:
//  1. What the engine's manifest cannot do is left out, with a line.
//  2. If the store is empty, or the workload before inserted records, it is emptied and loaded,
//     untimed: every workload begins with exactly the records that it names.
//  3. The workload runs and gives a row.

import type { Row } from "../../reports/result.ts";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { findPreset, PRESETS, presetOverrides } from "../../workloads/presets.ts";
import { OperationKind } from "../../workloads/workload.ts";
import { makeRow } from "../row.ts";
import { runPhase } from "../run.ts";
import { Session } from "../session.ts";
import type { MeasuredStore } from "../store.ts";
import { operationsOf, type Suite, type SuiteRun, type SuiteSettings, warmupOf } from "./suite.ts";

const FIELD_COUNT = 10;
const NAMES = PRESETS.map((preset) => preset.name);

export const ycsbSuite: Suite = {
  name: "ycsb",
  benchmarks: NAMES,
  defaults: NAMES,
  defaultValueBytes: 1000,
  warmupScope: "the workload's own mix, its updates and inserts too",
  check(settings) {
    for (const name of settings.benchmarks) workloadOf(settings, name);
  },
  sample: (settings) => workloadOf(settings, settings.benchmarks[0]!),
  execute: runYcsbSuite,
};

/** As `Suite.execute`, on whatever can be measured. */
export async function* runYcsbSuite<S extends MeasuredStore>(
  settings: SuiteSettings,
  run: SuiteRun<S>,
): AsyncGenerator<Row, void, undefined> {
  const session = new Session({ ...run, ...settings, settings: run.engineSettings });
  try {
    let loaded = false;
    for (const name of settings.benchmarks) {
      if (run.signal.aborted) return;
      const workload = workloadOf(settings, name);
      if (scans(workload) && !run.module.supports.scan) {
        run.progress.leftOut(`${run.name} ${name} is left out: it has no scans`);
        continue;
      }
      if (!loaded) {
        await session.empty();
        run.progress.begin(`${run.name} load`, false);
        const onProgress = run.progress.update.bind(run.progress);
        await session.fill(workload, { ...run, onProgress });
        run.progress.end(undefined);
        if (run.signal.aborted) return;
      }
      loaded = workload.settings.insertProportion === 0;
      const row = await benchmark(settings, run, session, workload);
      if (row.operations > 0 || !row.partial) yield row;
    }
  } finally {
    await session.empty();
  }
}

function workloadOf(settings: SuiteSettings, name: string): CoreWorkload {
  const fieldLength = Math.max(1, Math.ceil(settings.valueBytes / FIELD_COUNT));
  const warmup = warmupOf(settings, name);
  const overrides = [
    ...presetOverrides(findPreset(name)),
    `recordcount=${settings.records}`,
    // The warm-up inserts too: the generators must leave room for it.
    `operationcount=${operationsOf(settings, name) + warmup}`,
    `fieldcount=${FIELD_COUNT}`,
    `fieldlength=${fieldLength}`,
    `ringbench.seed=${settings.seed}`,
  ];
  return new CoreWorkload(resolveProperties([], overrides), { name });
}

async function benchmark<S extends MeasuredStore>(
  settings: SuiteSettings,
  run: SuiteRun<S>,
  session: Session<S>,
  workload: CoreWorkload,
): Promise<Row> {
  const engine = await session.engine();
  const statsBefore = engine.stats();
  run.progress.begin(`${run.name} ${workload.name}`, true);
  const outcome = await runPhase({
    engine,
    workload,
    phase: "run",
    offer: settings.offer,
    clients: settings.clients,
    operations: operationsOf(settings, workload.name),
    warmupOperations: warmupOf(settings, workload.name),
    ...(settings.maxSeconds === undefined ? {} : { maxSeconds: settings.maxSeconds }),
    latency: settings.latency,
    notFoundFails: true,
    clock: run.clock,
    timer: run.timer,
    signal: run.signal,
    watch: run.watch,
    onProgress: run.progress.update.bind(run.progress),
  });
  const facts = {
    ...settings,
    module: run.module,
    engine,
    statsBefore,
    benchmark: workload.name,
    run: run.run,
    valueBytes: workload.layout.recordBytesMax,
    concurrency: settings.clients,
    notes: [...(run.module.notes ?? []), ...coreNotes(workload)],
  };
  const row = makeRow(facts, outcome);
  run.progress.end(row);
  return row;
}

/** Whether some of its operations are scans, which not every engine has. */
export function scans(workload: CoreWorkload): boolean {
  return workload.settings.proportions.some(
    ({ value, weight }) => weight > 0 && value === OperationKind.scan,
  );
}

/** How the store answers what it has no call for; for rows of any core workload. */
export function coreNotes(workload: CoreWorkload): string[] {
  const { settings } = workload;
  const notes: string[] = [];
  const writesFields = workload.settings.proportions.some(
    ({ value, weight }) =>
      weight > 0 && (value === OperationKind.update || value === OperationKind.readModifyWrite),
  );
  if (writesFields && !settings.writeAllFields && settings.fieldCount > 1) {
    notes.push("field updates read, merge and write a whole record");
  }
  if (!settings.readAllFields) notes.push("reads of one field read the whole record");
  if (workload.check !== undefined) notes.push("values that are read are checked");
  return notes;
}
