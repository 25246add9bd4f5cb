// The thread that runs jobs: one at a time, a flush before everything else.

import assert from "node:assert";
import { parentPort, receiveMessageOnPort } from "node:worker_threads";
import { nodeFileSystem } from "../io/node-filesystem.ts";
import { type JobSteps, runJob } from "./job.ts";
import { type JobReport, type JobRequest, plainError } from "./worker-messages.ts";

const port = parentPort;
assert(port !== null, "this file is the entry of a worker thread");

/** Bytes of progress that are told about together. */
const REPORT_BYTES = 128 * 1024;

const waiting: JobRequest[] = [];

function tell(report: JobReport): void {
  port!.postMessage(report);
}

/** Takes in what arrived while a job was running. */
function receive(): void {
  for (let next = receiveMessageOnPort(port!); next !== undefined; ) {
    waiting.push(next.message);
    next = receiveMessageOnPort(port!);
  }
}

function takeFlush(): JobRequest | undefined {
  const at = waiting.findIndex(({ job }) => job.kind === "flush");
  return at < 0 ? undefined : waiting.splice(at, 1)[0];
}

/** Runs the job to its end, and flushes that arrive meanwhile in between. */
function work({ number, job }: JobRequest): void {
  try {
    const steps: JobSteps = runJob(job, nodeFileSystem);
    let unreported = 0;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        tell({ kind: "done", number, result: step.value });
        return;
      }
      unreported += step.value;
      if (unreported >= REPORT_BYTES) {
        tell({ kind: "progress", number, bytes: unreported });
        unreported = 0;
      }
      receive();
      if (job.kind === "flush") continue;
      for (let flush = takeFlush(); flush !== undefined; flush = takeFlush()) work(flush);
    }
  } catch (error) {
    tell({ kind: "failed", number, failure: plainError(error) });
  }
}

port.on("message", (request: JobRequest) => {
  waiting.push(request);
  for (let next = takeFlush() ?? waiting.shift(); next !== undefined; ) {
    work(next);
    receive();
    next = takeFlush() ?? waiting.shift();
  }
});
