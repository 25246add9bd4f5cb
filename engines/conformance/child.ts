// The other process of the suite: it holds an engine, or writes until it is killed, or runs cases.
// What it has to say goes to a pipe of its own, as lines.
//
// `hold` and `write` say `open` or the code of the error; `write` then says the number of each
// operation as it is acknowledged. What `cases` says is in case-server.ts.

import fs from "node:fs";
import { flushCompileCache } from "node:module";
import type { Engine } from "../engine.ts";
import { completeOptions } from "../options.ts";
import { loadEngine } from "../registry.ts";
import { serveCases } from "./case-server.ts";
import { applyToEngine } from "./crash-plan.ts";
import { describeError, engineErrorCode } from "./expect.ts";
import { answerToOwnName } from "./own-name.ts";
import type { ChildTask, EngineTask } from "./process.ts";

/** Enough that the parent always kills first; a bound in case it is gone. */
const OPERATIONS_MAX = 200_000;
const LINES_FD = 3;

/** Straight to the descriptor: what was said before the kill was said. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(LINES_FD, bytes, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") process.exit(1);
    }
  }
}

/** `clients` writers; operations are asked for in the order of their numbers. */
async function write(engine: Engine, first: number, clients: number): Promise<void> {
  let next = first;
  const client = async (): Promise<void> => {
    while (next < first + OPERATIONS_MAX) {
      const n = next++;
      const waiting = applyToEngine(engine, n);
      if (waiting !== undefined) await waiting;
      say(String(n));
      // Synchronous engines never wait; the clients take turns all the same.
      if (waiting === undefined) await undefined;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

async function holdOrWrite(task: EngineTask): Promise<void> {
  const module = await loadEngine(task.specifier);
  flushCompileCache(); // At the end is too late: most are killed.
  let engine: Engine;
  try {
    engine = await module.open(completeOptions(task.options));
  } catch (error) {
    say(engineErrorCode(error) ?? describeError(error).replaceAll("\n", "; "));
    return;
  }
  say("open");
  if (task.task === "write") await write(engine, task.first, task.clients);
  // Keeps the process, the engine and its lock, until it is killed or the parent is gone.
  process.stdin.on("end", () => void engine.close().finally(() => process.exit(0))).resume();
}

answerToOwnName();
const task = JSON.parse(process.argv[2]!) as ChildTask;
if (task.task === "cases") await serveCases(task, say, process.stdin);
else await holdOrWrite(task);
