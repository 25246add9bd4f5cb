// Runs cases in a process that may hang, crash or be ended by the engine: its parent sees to that
// (supervisor.ts). Both sides speak in lines of JSON, one question at a time.
//
//   server                                     supervisor
//   {"kind":"loaded", ...facts}     ->
//                                   <-         "name of a case"
//   {"kind":"finished"}             ->
//                                   <-         "go on"
//   {"kind":"result","result":...}  ->
//
// A turn of the event loop lies between the end of a case and its result: a rejection that nobody
// handled ends the process in it, and counts against the case that caused it.

import { flushCompileCache } from "node:module";
import { createInterface } from "node:readline";
import type { EngineModule } from "../engine.ts";
import { positionOf } from "../error-position.ts";
import { nodeFileSystem } from "../io/node-filesystem.ts";
import { loadEngine } from "../registry.ts";
import { CaseContext, type ConformanceOptions } from "./context.ts";
import { describeError, engineErrorCode } from "./expect.ts";
import type { CasesTask } from "./process.ts";
import { type ConformanceResult, conformanceCases, runConformanceCase } from "./suite.ts";

/** What a report says of an engine. */
export interface EngineFacts {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly supports: EngineModule["supports"];
}

export type ServerLine =
  | ({ readonly kind: "loaded" } & EngineFacts)
  | ({ readonly kind: "unusable"; readonly code: string | undefined } & Complaint)
  | { readonly kind: "finished" }
  | { readonly kind: "result"; readonly result: ConformanceResult }
  | ({ readonly kind: "crashed" } & Complaint);

interface Complaint {
  readonly message: string;
  /** `file:line:column` of the mistake, where Node says so. */
  readonly position: string | undefined;
}

type Speak = (line: string) => void;

export async function serveCases(
  task: CasesTask,
  say: Speak,
  questions: NodeJS.ReadableStream,
): Promise<void> {
  const tell = (line: ServerLine): void => say(JSON.stringify(line));
  const crash = (what: string) => (error: unknown) => {
    const message = `${what}: ${describeError(error)}`;
    tell({ kind: "crashed", message, position: positionOf(error) });
    process.exit(1);
  };
  process.on("unhandledRejection", crash("a rejection that nobody handles"));
  process.on("uncaughtException", crash("an exception that nobody catches"));
  const options: ConformanceOptions = {
    fileSystem: nodeFileSystem,
    tempDir: task.tempDir,
    seed: task.seed,
    specifier: task.specifier,
  };
  const module = await usableModule(task, options, tell);
  if (module === undefined) process.exit(1);
  flushCompileCache(); // At the end is too late: it is killed.
  const byName = new Map(conformanceCases().map((one) => [one.name, one]));
  let result: ConformanceResult | undefined;
  for await (const line of createInterface({ input: questions })) {
    if (result !== undefined) {
      tell({ kind: "result", result });
      result = undefined;
      continue;
    }
    result = await runConformanceCase(byName.get(line)!, module, options);
    tell({ kind: "finished" });
  }
  process.exit(0);
}

/** Loads the engine, and opens it once: that a package behind it is absent shows now. */
async function usableModule(
  task: CasesTask,
  options: ConformanceOptions,
  tell: (line: ServerLine) => void,
): Promise<EngineModule | undefined> {
  try {
    const module = await loadEngine(task.specifier);
    await probe(module, options);
    const { name, description, supports } = module;
    tell({ kind: "loaded", name, description, supports, version: module.version() });
    return module;
  } catch (error) {
    const position = positionOf(error instanceof Error ? error.cause : undefined);
    const message = describeMessage(error);
    tell({ kind: "unusable", code: engineErrorCode(error), message, position });
    return undefined;
  }
}

async function probe(module: EngineModule, options: ConformanceOptions): Promise<void> {
  const context = new CaseContext(module, options, "probe");
  try {
    await (await module.open(context.engineOptions(context.newDir()))).close();
  } catch (error) {
    // Whatever else is wrong, the cases will say it in their own words.
    if (engineErrorCode(error) === "ENGINE_UNAVAILABLE") throw error;
  }
}

function describeMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
