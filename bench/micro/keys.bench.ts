// Generating keys and operations.

import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { DbBenchWorkload } from "../../workloads/db-bench.ts";
import { findPreset, presetOverrides } from "../../workloads/presets.ts";
import type { WorkloadClient } from "../../workloads/workload.ts";
import { newOperation } from "../operation.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const OPERATIONS = 10_000;
const RECORDS = 1_000_000;

export async function keyBenchmarks(): Promise<MicroBenchmark[]> {
  const ycsb = ["workloada", "workloadc", "workloadd"].map((name) =>
    benchmark(`YCSB ${name}`, coreClient(name)),
  );
  const random = new DbBenchWorkload({
    benchmark: "readrandom",
    records: RECORDS,
    operations: OPERATIONS,
    seed: 1,
  });
  return [...ycsb, benchmark("db_bench readrandom", random.runClient(0, 1))];
}

function coreClient(preset: string): WorkloadClient {
  const sizes = [`recordcount=${RECORDS}`, `operationcount=${RECORDS}`];
  const resolved = resolveProperties([], [...presetOverrides(findPreset(preset)), ...sizes]);
  return new CoreWorkload(resolved, { name: preset }).runClient(0, 1);
}

function benchmark(name: string, client: WorkloadClient): MicroBenchmark {
  const operation = newOperation();
  return {
    name,
    operations: OPERATIONS,
    run() {
      for (let i = 0; i < OPERATIONS; i++) client.next(operation);
    },
  };
}
