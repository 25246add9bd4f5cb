// The thread that judges histories, one file after the other: a search may take minutes in which
// nothing else has a turn, and the other thread hears the user meanwhile.

import assert from "node:assert";
import { parentPort, workerData } from "node:worker_threads";
import { failureOf } from "./failure.ts";
import { judgeFile } from "./history-judgement.ts";
import type { HistoryNote, HistoryTask } from "./history-messages.ts";
import { UsageError } from "./usage.ts";

const port = parentPort;
assert(port !== null, "this file is the entry of a worker thread");
const { files, options } = workerData as HistoryTask;

function noteOf(file: string): HistoryNote {
  try {
    return { kind: "judged", result: judgeFile(file, options) };
  } catch (error) {
    if (error instanceof UsageError) return { kind: "refused", file, message: error.message };
    return { kind: "failed", failure: failureOf(error) };
  }
}

for (const file of files) {
  const note = noteOf(file);
  port.postMessage(note);
  if (note.kind === "failed") break;
}
