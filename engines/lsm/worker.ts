// Runs jobs on a thread of their own, which is started by the first of them. One thread is enough:
// a job gives way, between its steps, to a flush that waits.
//
// Invariants:
//  I1. Every job that was sent is answered: done, failed, or ended with the thread.
//  I2. The thread keeps the process alive only while a job runs.
//  I3. A close keeps the process alive until the thread is gone.

import { Worker } from "node:worker_threads";
import { EngineError } from "../errors.ts";
import { turn } from "../io/turn.ts";
import type { Background } from "./background.ts";
import type { Job, JobResult } from "./job.ts";
import { engineError, type JobReport, type JobRequest } from "./worker-messages.ts";

interface Pending {
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: (bytes: number) => void;
}

export class WorkerBackground implements Background {
  #worker: Worker | undefined;
  readonly #pending = new Map<number, Pending>();
  #lastNumber = 0;

  run(job: Job, onProgress: (bytes: number) => void): Promise<JobResult> {
    this.#worker ??= this.#start();
    this.#worker.ref();
    const request: JobRequest = { number: ++this.#lastNumber, job };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.number, { resolve, reject, onProgress });
      this.#worker!.postMessage(request);
    });
  }

  async close(): Promise<void> {
    if (this.#worker === undefined) return;
    let isGone = false;
    const gone = this.#worker.terminate().finally(() => {
      isGone = true;
    });
    // I3: while a thread ends, Node may find nothing left that keeps the process, and leave.
    while (!isGone) await turn();
    await gone;
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker-thread.ts", import.meta.url), {
      name: "ringbench-lsm",
      // What a job throws away is small, and its buffers are freed with it: the sooner, the less
      // memory it holds. The default lets 50 MB of it gather.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    worker.on("message", (report: JobReport) => this.#receive(report));
    worker.on("error", (cause) => this.#end(worker, `the worker failed: ${String(cause)}`, cause));
    worker.on("exit", () => this.#end(worker, "the worker thread ended", undefined));
    return worker;
  }

  #receive(report: JobReport): void {
    const pending = this.#pending.get(report.number);
    if (pending === undefined) return;
    if (report.kind === "progress") {
      pending.onProgress(report.bytes);
      return;
    }
    this.#pending.delete(report.number);
    if (this.#pending.size === 0) this.#worker?.unref();
    if (report.kind === "done") pending.resolve(report.result);
    else pending.reject(engineError(report.failure));
  }

  /** I1: whatever ends the thread, nobody waits for ever. The next job starts another. */
  #end(worker: Worker, what: string, cause: unknown): void {
    // After an error the same thread's exit comes too, perhaps when the next one works already.
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new EngineError("ENGINE_IO", what, cause === undefined ? {} : { cause });
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
