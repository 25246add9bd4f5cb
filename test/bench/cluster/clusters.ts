// Small clusters in a temporary folder, and YCSB on them.

import { clusterModule, type InProcessCluster } from "../../../bench/cluster/in-process-cluster.ts";
import type { ClusterShape } from "../../../bench/cluster/shape.ts";
import { type RunOptions, type RunOutcome, runPhase } from "../../../bench/run.ts";
import type { MeasuredStore } from "../../../bench/store.ts";
import { systemTimer, type Timer } from "../../../bench/timer.ts";
import type { Durability } from "../../../engines/engine.ts";
import { systemClock } from "../../../engines/io/clock.ts";
import { completeOptions } from "../../../engines/options.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { resolveProperties } from "../../../workloads/core-settings.ts";
import { CoreWorkload } from "../../../workloads/core-workload.ts";
import { findPreset, presetOverrides } from "../../../workloads/presets.ts";
import { inTempDir } from "../../engines/support/stores.ts";

export const SHAPE: ClusterShape = {
  nodes: 3,
  n: 3,
  read: { count: 2 },
  write: { count: 2 },
  conflicts: "dvv",
  fanOut: "all",
  repair: "background",
};

export interface Opening {
  readonly dir: string;
  readonly shape?: Partial<ClusterShape>;
  readonly durability?: Durability;
  readonly errorIfMissing?: boolean;
  readonly timer?: Timer;
}

export async function openCluster(opening: Opening): Promise<InProcessCluster> {
  const { dir, shape = {}, durability = "os", errorIfMissing = false } = opening;
  const memory = await loadEngine("memory");
  const module = clusterModule(memory, { ...SHAPE, ...shape }, opening.timer ?? systemTimer);
  const writeGrouping = "tick";
  return module.open(completeOptions({ dir, durability, errorIfMissing, writeGrouping }));
}

/** Opens one in a folder of its own, and closes it whatever comes. */
export function withCluster<T>(
  opening: Omit<Opening, "dir">,
  use: (cluster: InProcessCluster) => Promise<T>,
): Promise<T> {
  return inTempDir(async (dir) => {
    const cluster = await openCluster({ ...opening, dir });
    try {
      return await use(cluster);
    } finally {
      await cluster.close();
    }
  });
}

export function ycsb(preset: string, ...more: string[]): CoreWorkload {
  const sizes = ["recordcount=150", "operationcount=400", "fieldcount=3", "fieldlength=20"];
  const overrides = [...presetOverrides(findPreset(preset)), ...sizes, ...more];
  return new CoreWorkload(resolveProperties([], overrides), { name: preset });
}

export function phase(
  cluster: InProcessCluster,
  workload: CoreWorkload,
  name: "load" | "run",
  clients: number,
): Promise<RunOutcome> {
  const options: RunOptions<MeasuredStore> = {
    engine: cluster,
    workload,
    phase: name,
    offer: { kind: "closed" },
    clients,
    operations: name === "load" ? 0 : workload.operationCount,
    warmupOperations: 0,
    latency: true,
    notFoundFails: true,
    clock: systemClock,
    timer: systemTimer,
    signal: new AbortController().signal,
  };
  return runPhase(options);
}

export function countsOf({ perOperation }: RunOutcome): Record<string, number> {
  return Object.fromEntries(perOperation.map(({ operation, count }) => [operation, count]));
}
