// Who runs the jobs of a store.

import { EngineError } from "../errors.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { type Job, type JobResult, type JobSteps, runJob } from "./job.ts";

export interface Background {
  /**
   * Runs the job; a flush goes before a compaction, also before one that has begun. Rejects with
   * EngineError. `onProgress` is told about bytes of keys and values as they are worked through.
   */
  run(job: Job, onProgress: (bytes: number) => void): Promise<JobResult>;
  /** Stops at once what can be stopped. */
  close(): Promise<void>;
}

/**
 * Runs the steps of jobs on this thread, between the turns of others: the same calls in the same
 * order give the same steps, so that a simulation can be repeated.
 */
export class InlineBackground implements Background {
  readonly #fileSystem: FileSystem;
  #isClosed = false;

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  async run(job: Job, onProgress: (bytes: number) => void): Promise<JobResult> {
    // Not in the turn of the write that made the job due.
    await undefined;
    const steps: JobSteps = runJob(job, this.#fileSystem);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      onProgress(step.value);
      await undefined;
      // The job cleans up after itself, as after any error.
      if (this.#isClosed) steps.throw(new EngineError("ENGINE_CLOSED", "the engine was closed"));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}
