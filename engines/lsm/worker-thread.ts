// The thread that runs jobs: one at a time, a flush before everything else.
//
// A job is a long run of synchronous steps, yet it goes back to the event loop every
// `TURN_BYTES`: what the compressor hands out lies in buffers of its own, and those are freed by
// the loop alone. A compaction that never went back kept every block it had written.

import assert from "node:assert";
import { parentPort } from "node:worker_threads";
import { nodeFileSystem } from "../io/node-filesystem.ts";
import { turn } from "../io/turn.ts";
import { type JobSteps, runJob } from "./job.ts";
import { type JobReport, type JobRequest, plainError } from "./worker-messages.ts";

const port = parentPort;
assert(port !== null, "this file is the entry of a worker thread");

/** Keys and values between two turns of the event loop, each of which reports the progress. */
const TURN_BYTES = 128 * 1024;

const waiting: JobRequest[] = [];
let isWorking = false;

function tell(report: JobReport): void {
  port!.postMessage(report);
}

function takeFlush(): JobRequest | undefined {
  const at = waiting.findIndex(({ job }) => job.kind === "flush");
  return at < 0 ? undefined : waiting.splice(at, 1)[0];
}

/** Runs the job to its end, and flushes that arrive meanwhile in between. */
async function work({ number, job }: JobRequest): Promise<void> {
  try {
    const steps: JobSteps = runJob(job, nodeFileSystem);
    let bytes = 0;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        tell({ kind: "done", number, result: step.value });
        return;
      }
      bytes += step.value;
      if (bytes < TURN_BYTES) continue;
      tell({ kind: "progress", number, bytes });
      bytes = 0;
      await turn();
      if (job.kind === "flush") continue;
      for (let flush = takeFlush(); flush !== undefined; flush = takeFlush()) await work(flush);
    }
  } catch (error) {
    tell({ kind: "failed", number, failure: plainError(error) });
  }
}

port.on("message", async (request: JobRequest) => {
  waiting.push(request);
  if (isWorking) return;
  isWorking = true;
  for (let next = takeFlush() ?? waiting.shift(); next !== undefined; ) {
    await work(next);
    next = takeFlush() ?? waiting.shift();
  }
  isWorking = false;
});
