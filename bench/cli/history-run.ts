// Judges histories on a thread of its own, until they are done or Ctrl-C ends it: what was judged
// by then stays.
//
//  I1. This thread is free whatever the other one does: a signal is heard at once.
//  I2. However the thread ends, nobody waits for ever.

import { Worker } from "node:worker_threads";
import type { CliContext } from "./context.ts";
import type { Failure } from "./failure.ts";
import type { FileResult } from "./history-judgement.ts";
import type { HistoryNote, HistoryTask } from "./history-messages.ts";
import { Interrupt } from "./interrupt.ts";
import { Exit } from "./usage.ts";

export interface Judgements {
  readonly results: FileResult[];
  readonly refused: { readonly file: string; readonly message: string }[];
  /** Files are missing: it was interrupted, or it failed. */
  readonly isPartial: boolean;
  readonly failure: Failure | undefined;
}

const NS_PER_DAY = 86_400e9;

/** `onResult` is told of each verdict when it is there. */
export async function judgeFiles(
  context: CliContext,
  task: HistoryTask,
  onResult: (result: FileResult) => void,
): Promise<Judgements> {
  const results: FileResult[] = [];
  const refused: { file: string; message: string }[] = [];
  let failure: Failure | undefined;
  const interrupt = new Interrupt(context);
  // A thread that is being ended does not keep the process, and a timer does (I2).
  const cancel = context.timer.after(NS_PER_DAY, () => {});
  try {
    const thread = new URL("./history-thread.ts", import.meta.url);
    const worker = new Worker(thread, { workerData: task });
    interrupt.signal.addEventListener("abort", () => void worker.terminate());
    await new Promise<void>((resolve) => {
      worker.on("message", (note: HistoryNote) => {
        if (note.kind === "failed") failure = note.failure;
        else if (note.kind === "refused") refused.push({ file: note.file, message: note.message });
        else {
          results.push(note.result);
          onResult(note.result);
        }
      });
      worker.on("error", (error) => {
        failure = failureOfThread(error);
      });
      worker.on("exit", () => resolve());
    });
  } finally {
    cancel();
    interrupt.close();
  }
  const isPartial = results.length + refused.length < task.files.length;
  return { results, refused, isPartial, failure };
}

function failureOfThread(error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  const line =
    code === "ERR_WORKER_OUT_OF_MEMORY"
      ? "failed: a history did not fit in memory; cut it, or take fewer --max-states"
      : `failed: ${message}`;
  return { exit: Exit.failed, line };
}
