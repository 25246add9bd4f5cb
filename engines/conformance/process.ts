// Another process that opens the engine: to hold the folder, or to write until it is killed.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EngineOptions } from "../engine.ts";
import type { CaseContext, OpenOverrides } from "./context.ts";
import { ConformanceFailure } from "./expect.ts";

/** What the child is asked to do, as the JSON of its first argument. */
export interface ChildTask {
  readonly specifier: string;
  /** `hold`: open, say so, wait. `write`: open, and write from operation `first` on. */
  readonly task: "hold" | "write";
  readonly options: Omit<EngineOptions, "fileSystem">;
  readonly first: number;
  /** Clients that write at once; each waits for its own acknowledgement. */
  readonly clients: number;
}

export interface ChildRequest {
  readonly task: ChildTask["task"];
  readonly dir: string;
  readonly overrides?: OpenOverrides;
  readonly first?: number;
  readonly clients?: number;
}

export interface Child {
  /** The next line of its standard output; throws when it ended, with what it said. */
  nextLine(): Promise<string>;
  /** SIGKILL; resolves once it is gone. Lines that came before stay readable in `lines`. */
  kill(): Promise<void>;
  /** All lines so far. */
  readonly lines: readonly string[];
}

/** How long a child may stay silent before it counts as stuck. */
const SILENCE_MS_MAX = 60_000;

// The child runs from the sources and from the build: whatever this file is, it is too.
const CHILD_PATH = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js", import.meta.url),
);

export function startChild(context: CaseContext, request: ChildRequest): Child {
  const { fileSystem: _, ...options } = context.engineOptions(request.dir, request.overrides);
  const task: ChildTask = {
    specifier: context.options.specifier!,
    task: request.task,
    options,
    first: request.first ?? 0,
    clients: request.clients ?? 1,
  };
  const child = spawn(process.execPath, [CHILD_PATH, JSON.stringify(task)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lines: string[] = [];
  let taken = 0;
  let rest = "";
  let complaints = "";
  let ended = false;
  let wake: () => void = () => {};
  child.stdout.setEncoding("utf8").on("data", (data: string) => {
    const parts = (rest + data).split("\n");
    rest = parts.pop()!;
    for (const line of parts) lines.push(line);
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (data: string) => {
    complaints += data;
  });
  const gone = new Promise<void>((resolve) => {
    child.on("close", () => {
      ended = true;
      wake();
      resolve();
    });
    child.on("error", (error) => {
      complaints += error.message;
    });
  });
  const kill = (): Promise<void> => {
    child.kill("SIGKILL");
    return gone;
  };
  context.onFinish(() => child.kill("SIGKILL"));
  return {
    lines,
    kill,
    async nextLine() {
      while (taken === lines.length) {
        if (ended) throw new ConformanceFailure(`the other process ended: ${complaints.trim()}`);
        await silenceOrWake((resolve) => {
          wake = resolve;
        });
      }
      return lines[taken++]!;
    },
  };
}

/** Waits until `register`ed is called; throws after too long. */
async function silenceOrWake(register: (resolve: () => void) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () => reject(new ConformanceFailure("the other process is stuck")),
        SILENCE_MS_MAX,
      );
      register(resolve);
    });
  } finally {
    clearTimeout(timer);
  }
}
