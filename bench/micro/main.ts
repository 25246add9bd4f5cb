// `npm run bench:micro [NAME...]`: the micro-benchmarks whose file names contain one of the names.

import { Bench } from "tinybench";
import { formatNanoseconds } from "../../reports/format.ts";
import { histogramBenchmarks } from "./histogram.bench.ts";
import { indexBenchmarks } from "./index.bench.ts";
import { keyBenchmarks } from "./keys.bench.ts";
import { levelBenchmarks } from "./level.bench.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";
import { recordBenchmarks } from "./record.bench.ts";
import { ringBenchmarks } from "./ring.bench.ts";
import { simulationBenchmarks } from "./simulation.bench.ts";
import { versionBenchmarks } from "./versions.bench.ts";

const SUITES: Readonly<Record<string, () => Promise<readonly MicroBenchmark[]>>> = {
  index: indexBenchmarks,
  record: recordBenchmarks,
  keys: keyBenchmarks,
  histogram: histogramBenchmarks,
  level: levelBenchmarks,
  ring: ringBenchmarks,
  simulation: simulationBenchmarks,
  versions: versionBenchmarks,
};

const wanted = process.argv.slice(2);
for (const [name, makeBenchmarks] of Object.entries(SUITES)) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  const bench = new Bench({ name, time: 500, warmupTime: 100 });
  const benchmarks = await makeBenchmarks();
  for (const each of benchmarks) bench.add(each.name, each.run);
  await bench.run();
  for (const [i, task] of bench.tasks.entries()) {
    const { result } = task;
    if (!("latency" in result)) throw new Error(`${name}: ${task.name} did not run`);
    // A task does many operations, so that the cost of timing it does not count.
    const perOperationNs = (result.latency.mean * 1e6) / benchmarks[i]!.operations;
    const median = (result.latency.p50 * 1e6) / benchmarks[i]!.operations;
    const label = `${name}: ${task.name}`.padEnd(48);
    console.log(
      `${label} mean ${formatNanoseconds(perOperationNs)}, median ${formatNanoseconds(median)}, ` +
        `± ${result.latency.rme.toFixed(1)} %`,
    );
  }
}
