// Runs the suite on an engine in a process of its own, under a deadline for each case: an engine
// that hangs, crashes or ends the process fails the case, and the next goes on in a new process.

import { EngineError, type EngineErrorCode } from "../errors.ts";
import type { EngineFacts, ServerLine } from "./case-server.ts";
import { ConformanceFailure } from "./expect.ts";
import { type Child, HangFailure, launch } from "./process.ts";
import { type ConformanceResult, conformanceCases, judgedCase } from "./suite.ts";

/** So many cases may hang; what comes after them is not run, or the user would wait for hours. */
const HANGS_MAX = 3;

export interface SuperviseOptions {
  /** A name, a path or a package, as the registry takes it. */
  readonly specifier: string;
  /** An empty folder for the data of all cases. The caller removes it. */
  readonly tempDir: string;
  readonly seed: number;
  /** How long a case may take. */
  readonly deadlineMs: number;
  /** Cases that run: their name has this in it. Undefined: all. */
  readonly filter: string | undefined;
  /** Aborted: what is under way is given up, and the report is partial. */
  readonly signal: AbortSignal;
  onLoaded(facts: EngineFacts, cases: number): void;
  onBegin(name: string): void;
  onResult(result: ConformanceResult): void;
}

export interface SupervisedReport {
  readonly facts: EngineFacts;
  readonly results: readonly ConformanceResult[];
  /** Interrupted: cases are missing. */
  readonly partial: boolean;
}

/** Throws EngineError when the engine does not load: ENGINE_UNKNOWN, ENGINE_UNAVAILABLE. */
export async function superviseConformance(options: SuperviseOptions): Promise<SupervisedReport> {
  const cases = conformanceCases().filter(({ name }) => name.includes(options.filter ?? ""));
  const results: ConformanceResult[] = [];
  let server: Child | undefined;
  let hangs = 0;
  const stop = () => void server?.kill();
  options.signal.addEventListener("abort", stop);
  try {
    const first = await startServer(options);
    const { facts } = first;
    server = first.child;
    options.onLoaded(facts, cases.length);
    for (const one of cases) {
      if (options.signal.aborted) break;
      options.onBegin(one.name);
      if (hangs < HANGS_MAX) server ??= (await startServer(options)).child;
      let result: ConformanceResult;
      try {
        if (hangs === HANGS_MAX)
          throw new ConformanceFailure(`not run: ${hangs} cases hung before`);
        result = await ask(server!, one.name, options.deadlineMs);
      } catch (error) {
        if (!(error instanceof ConformanceFailure)) throw error;
        await server?.kill();
        server = undefined;
        if (options.signal.aborted) break;
        if (error instanceof HangFailure) hangs++;
        result = { ...judgedCase(one), outcome: "failed", message: error.message };
      }
      results.push(result);
      options.onResult(result);
    }
    return { facts, results, partial: results.length < cases.length };
  } finally {
    options.signal.removeEventListener("abort", stop);
    await server?.kill();
  }
}

async function startServer(
  options: SuperviseOptions,
): Promise<{ child: Child; facts: EngineFacts }> {
  const { specifier, tempDir, seed, deadlineMs } = options;
  const child = launch({ task: "cases", specifier, tempDir, seed }, tempDir);
  let line: ServerLine;
  try {
    line = parse(await child.nextLine(deadlineMs));
  } catch (cause) {
    await child.kill();
    if (!(cause instanceof ConformanceFailure)) throw cause;
    throw unavailable(specifier, cause.message);
  }
  if (line.kind === "loaded") return { child, facts: line };
  await child.kill();
  if (!("message" in line)) throw unavailable(specifier, line.kind);
  const details =
    line.position === undefined ? {} : { cause: errorAt(line.position, line.message) };
  if (line.kind === "unusable" && line.code !== undefined) {
    throw new EngineError(line.code as EngineErrorCode, line.message, details);
  }
  throw unavailable(specifier, line.message, details);
}

function unavailable(specifier: string, why: string, details: { cause?: Error } = {}): EngineError {
  const message = `engine ${specifier} does not load: ${why}`;
  return new EngineError("ENGINE_UNAVAILABLE", message, details);
}

/** An error of another process: with its place where Node puts it, in front of the stack. */
function errorAt(position: string, message: string): Error {
  return Object.assign(new Error(message), { stack: `${position}\n${message}` });
}

/** The result of one case; throws ConformanceFailure when the process does not come to it. */
async function ask(server: Child, name: string, deadlineMs: number): Promise<ConformanceResult> {
  server.tell(name);
  let line = parse(await server.nextLine(deadlineMs));
  if (line.kind === "finished") {
    server.tell("go on");
    line = parse(await server.nextLine(deadlineMs));
  }
  if (line.kind === "result") return line.result;
  throw new ConformanceFailure(line.kind === "crashed" ? line.message : `it said ${line.kind}`);
}

function parse(line: string): ServerLine {
  return JSON.parse(line) as ServerLine;
}
