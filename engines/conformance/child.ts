// The other process of the suite. Says `open` or the code of the error; then, for `write`, the
// number of each operation as it is acknowledged, one a line, until it is killed.

import fs from "node:fs";
import type { Engine } from "../engine.ts";
import { EngineError } from "../errors.ts";
import { nodeFileSystem } from "../io/node-filesystem.ts";
import { loadEngine } from "../registry.ts";
import { applyToEngine } from "./crash-plan.ts";
import type { ChildTask } from "./process.ts";

/** Enough that the parent always kills first; a bound in case it is gone. */
const OPERATIONS_MAX = 200_000;

/** Straight to the descriptor: what was said before the kill was said. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(1, bytes, done);
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

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as ChildTask;
  const module = await loadEngine(task.specifier);
  let engine: Engine;
  try {
    engine = await module.open({ ...task.options, fileSystem: nodeFileSystem });
  } catch (error) {
    say(error instanceof EngineError ? error.code : String(error));
    return;
  }
  say("open");
  if (task.task === "write") await write(engine, task.first, task.clients);
  // Keeps the process, the engine and its lock, until it is killed or the parent is gone.
  process.stdin.on("end", () => void engine.close().finally(() => process.exit(0))).resume();
}

await main();
