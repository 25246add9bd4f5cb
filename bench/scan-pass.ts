// One pass of a cursor over a store, from one end to the other (db_bench's readseq and
// readreverse).
//
// Every record counts as an operation. A store hands records out in chunks, so the latency of
// a record is the time of its chunk divided by the records in it; rows carry a note that says so.

import type { Engine } from "../engines/engine.ts";
import { OperationKind } from "../workloads/workload.ts";
import { readChunk } from "./chunks.ts";
import { Recorder } from "./recorder.ts";
import type { Progress, RunOptions, RunOutcome } from "./run.ts";
import type { Timer } from "./timer.ts";

/** How often progress is reported, and how long the event loop may wait, in nanoseconds. */
const REPORT_NS = 1e8;

export interface ScanPassOptions
  extends Pick<RunOptions, "engine" | "clock" | "timer" | "signal" | "latency" | "onProgress"> {
  readonly reverse: boolean;
  /** The most records that are read. */
  readonly limit: number;
  /** Records that the pass is expected to have, for progress. */
  readonly expected: number;
}

export async function runScanPass(options: ScanPassOptions): Promise<RunOutcome> {
  const { clock, engine } = options;
  const startNs = clock.now();
  const recorder = new Recorder({
    latency: options.latency,
    openLoop: false,
    startNs,
    notFoundFails: false,
  });
  let reportNs = startNs + REPORT_NS;
  for (const pass = new Pass(engine, options); ; ) {
    const sentNs = clock.now();
    const next = pass.read();
    const count = typeof next === "number" ? next : await next;
    const doneNs = clock.now();
    if (count === 0) break;
    recorder.recordShared(OperationKind.scan, count, sentNs, doneNs);
    if (doneNs < reportNs) continue;
    reportNs = doneNs + REPORT_NS;
    recorder.beat(doneNs);
    options.onProgress?.(progressOf(recorder.operations, options, doneNs - startNs));
    await turnOf(options.timer);
    if (!options.signal.aborted) continue;
    await pass.close();
    break;
  }
  const recording = recorder.finish(clock.now());
  return {
    ...recording,
    loop: { kind: "closed", clients: 1 },
    partial: options.signal.aborted && recording.operations < options.expected,
    notes: [
      "each record of the scan is an operation; its latency is an equal share of its chunk's",
    ],
  };
}

class Pass {
  readonly #cursor;
  readonly #count = (chunk: Parameters<typeof readChunk>[0] | undefined): number => {
    if (chunk !== undefined) return readChunk(chunk);
    void this.close();
    return 0;
  };

  constructor(engine: Engine, options: ScanPassOptions) {
    this.#cursor = engine.scan({ reverse: options.reverse, limit: options.limit });
  }

  /** Records that were read: 0 at the end. */
  read(): number | Promise<number> {
    const chunk = this.#cursor.next();
    return chunk instanceof Promise ? chunk.then(this.#count) : this.#count(chunk);
  }

  async close(): Promise<void> {
    await this.#cursor.close();
  }
}

function turnOf(timer: Timer): Promise<void> {
  return new Promise((resolve) => timer.nextTurn(resolve));
}

function progressOf(finished: number, options: ScanPassOptions, elapsedNs: number): Progress {
  const opsPerSec = (finished * 1e9) / elapsedNs;
  return { finished, total: options.expected, elapsedNs, opsPerSec };
}
