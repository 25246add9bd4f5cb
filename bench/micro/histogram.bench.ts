// Recording a latency.

import { systemClock } from "../../engines/io/clock.ts";
import { Histogram } from "../../reports/hdr/histogram.ts";
import { Random } from "../../workloads/random.ts";
import { Outcome } from "../outcome.ts";
import { Recorder } from "../recorder.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const OPERATIONS = 10_000;

export async function histogramBenchmarks(): Promise<MicroBenchmark[]> {
  const random = new Random(1);
  const values = Float64Array.from({ length: OPERATIONS }, () => 100 / (1 - random.nextDouble()));
  const histogram = new Histogram();
  const options = { latency: true, openLoop: false, startNs: 0, notFoundFails: true };
  const recorder = new Recorder(options);
  return [
    {
      name: "record a value",
      operations: OPERATIONS,
      run() {
        for (let i = 0; i < OPERATIONS; i++) histogram.record(values[i]!);
      },
    },
    {
      name: "record an operation, two readings of the clock",
      operations: OPERATIONS,
      run() {
        for (let i = 0; i < OPERATIONS; i++) {
          const sentNs = systemClock.now();
          const doneNs = systemClock.now();
          recorder.record(0, Outcome.ok, sentNs, sentNs, doneNs);
        }
      },
    },
  ];
}
