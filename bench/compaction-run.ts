// One compaction of the whole store (db_bench's compact): one operation. It cannot be interrupted.

import { encodeBase64 } from "../reports/hdr/codec.ts";
import { Histogram } from "../reports/hdr/histogram.ts";
import type { RunOptions, RunOutcome } from "./run.ts";

const BEAT_NS = 1e8;

export async function runCompaction(
  options: Pick<RunOptions, "engine" | "clock" | "timer" | "latency" | "onProgress" | "watch">,
): Promise<RunOutcome> {
  const { engine, clock, timer, watch } = options;
  watch?.begin(engine);
  const startNs = clock.now();
  let cancel = () => {};
  const beat = (): void => {
    const nowNs = clock.now();
    const progress = { finished: 0, total: 1, elapsedNs: nowNs - startNs, opsPerSec: 0 };
    options.onProgress?.(progress);
    watch?.beat(nowNs, progress);
    cancel = timer.after(BEAT_NS, beat);
  };
  beat();
  let doneNs = startNs;
  try {
    await engine.compact();
    doneNs = clock.now();
  } finally {
    cancel();
  }
  const elapsedNs = doneNs - startNs;
  const watched = watch?.end();
  const histogram = new Histogram();
  histogram.record(elapsedNs);
  const service = histogram.summary();
  const timed = options.latency ? { service, serviceHistogram: encodeBase64(histogram) } : {};
  return {
    elapsedNs,
    operations: 1,
    errors: 0,
    errorSamples: [],
    latencyNs: options.latency ? service : undefined,
    perOperation: [{ operation: "COMPACT", count: 1, returns: { OK: 1 }, ...timed }],
    intervals: [],
    warmup: { operations: 0, ms: 0 },
    loop: { kind: "closed", clients: 1 },
    partial: false,
    notes: [],
    ...(watched === undefined ? {} : { watched }),
  };
}
