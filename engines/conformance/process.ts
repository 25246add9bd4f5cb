// Other processes of the suite, and what they say: lines on a pipe of their own, so that an engine
// that prints disturbs nobody. Each wait has a deadline: a process that hangs is found out.

import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { EngineOptions } from "../engine.ts";
import type { CaseContext, OpenOverrides } from "./context.ts";
import { ConformanceFailure } from "./expect.ts";

/** What crosses into another process: files, clock and listener are its own. */
type SentOptions = Omit<EngineOptions, "fileSystem" | "clock" | "onEvent">;

/** `hold`: open, say so, wait. `write`: open, and write from operation `first` on. */
export interface EngineTask {
  readonly task: "hold" | "write";
  readonly specifier: string;
  readonly options: SentOptions;
  readonly first: number;
  /** Clients that write at once; each waits for its own acknowledgement. */
  readonly clients: number;
}

/** Runs cases of the suite as they are asked for. */
export interface CasesTask {
  readonly task: "cases";
  readonly specifier: string;
  readonly tempDir: string;
  readonly seed: number;
}

/** What the child is asked to do, as the JSON of its first argument. */
export type ChildTask = EngineTask | CasesTask;

export interface ChildRequest {
  readonly task: EngineTask["task"];
  readonly dir: string;
  readonly overrides?: OpenOverrides;
  readonly first?: number;
  readonly clients?: number;
}

export interface Child {
  /**
   * The next line that it says. Throws ConformanceFailure when it ended, or stays silent for
   * `silenceMsMax`, 60 s when absent.
   */
  nextLine(silenceMsMax?: number): Promise<string>;
  /** Sends it a line. */
  tell(line: string): void;
  /** SIGKILL; resolves once it is gone. Lines that came before stay readable in `lines`. */
  kill(): Promise<void>;
  /** All lines so far. */
  readonly lines: readonly string[];
}

/** The process is there and says nothing. */
export class HangFailure extends ConformanceFailure {
  constructor(silenceMs: number) {
    super(`no answer within ${silenceMs / 1000} s: it hangs`);
    this.name = "HangFailure";
  }
}

/** How long a child may stay silent before it counts as stuck. */
const SILENCE_MS_MAX = 60_000;
/** How much of standard error is kept for the message. */
const COMPLAINTS_CHARACTERS = 8192;
/** The descriptor on which a child speaks. */
const LINES_FD = 3;

// The child runs from the sources and from the build: whatever this file is, it is too.
const CHILD_PATH = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js", import.meta.url),
);

/** Another process that opens the engine: to hold the folder, or to write until it is killed. */
export function startChild(context: CaseContext, request: ChildRequest): Child {
  const all = context.engineOptions(request.dir, request.overrides);
  const { fileSystem: _, clock: __, onEvent: ___, ...options } = all;
  const { specifier, tempDir } = context.options;
  const { task, first = 0, clients = 1 } = request;
  const child = launch({ task, specifier: specifier!, options, first, clients }, tempDir);
  context.onFinish(() => void child.kill());
  return child;
}

/**
 * Starts a child. What Node compiles for it goes into a folder in `tempDir`, from which the next
 * ones take it: the suite starts many, and most of what each does is to begin.
 */
export function launch(task: ChildTask, tempDir: string): Child {
  const child = spawn(process.execPath, [CHILD_PATH, JSON.stringify(task)], {
    stdio: ["pipe", "ignore", "pipe", "pipe"],
    env: { NODE_COMPILE_CACHE: path.join(tempDir, "compile-cache"), ...process.env },
  });
  const lines: string[] = [];
  let taken = 0;
  let rest = "";
  let complaints = "";
  let ended: string | undefined;
  let wake: () => void = () => {};
  const pipe = child.stdio[LINES_FD] as NodeJS.ReadableStream;
  pipe.setEncoding("utf8").on("data", (data: string) => {
    const parts = (rest + data).split("\n");
    rest = parts.pop()!;
    for (const line of parts) lines.push(line);
    wake();
  });
  child.stderr!.setEncoding("utf8").on("data", (data: string) => {
    complaints = (complaints + data).slice(-COMPLAINTS_CHARACTERS);
  });
  // It may be gone when it is told something: that shows when its answer is waited for.
  child.stdin!.on("error", () => {});
  const gone = new Promise<void>((resolve) => {
    child.on("close", (code, signal) => {
      ended ??= signal === null ? `exit code ${code}` : signal;
      wake();
      resolve();
    });
    child.on("error", (error) => {
      complaints += error.message;
    });
  });
  return {
    lines,
    kill() {
      child.kill("SIGKILL");
      return gone;
    },
    tell(line) {
      child.stdin!.write(`${line}\n`);
    },
    async nextLine(silenceMsMax = SILENCE_MS_MAX) {
      while (taken === lines.length) {
        if (ended !== undefined) throw processEnded(ended, lastWords(complaints));
        await silenceOrWake(silenceMsMax, (resolve) => {
          wake = resolve;
        });
      }
      return lines[taken++]!;
    },
  };
}

/**
 * What Node prints as it dies of a module that does not compile: only then does it say where.
 * Nothing of the module runs, as the whole of it is compiled first.
 */
export function dyingWords(url: string): string {
  const { stderr } = spawnSync(process.execPath, ["-e", `import(${JSON.stringify(url)})`], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: SILENCE_MS_MAX,
  });
  return stderr;
}

/** The process is gone before it said what was waited for. */
function processEnded(how: string, complaints: string): ConformanceFailure {
  const why = complaints === "" ? "" : `: ${complaints}`;
  return new ConformanceFailure(`the process ended (${how})${why}`);
}

/** Of what a process printed to standard error: the line that names the error, or the last. */
function lastWords(complaints: string): string {
  const all = complaints
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^Node\.js v/.test(line));
  return (all.find((line) => /^\w*(?:Error|Exception)\b/.test(line)) ?? all.at(-1) ?? "").trim();
}

/** Waits until `register`ed is called; throws after too long. */
async function silenceOrWake(
  silenceMsMax: number,
  register: (resolve: () => void) => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new HangFailure(silenceMsMax)), silenceMsMax);
      register(resolve);
    });
  } finally {
    clearTimeout(timer);
  }
}
