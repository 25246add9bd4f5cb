// A db_bench that runs: found on the PATH, started, listened to, and killed when nobody wants it
// any more.

import { spawn, spawnSync } from "node:child_process";
import { EngineError } from "../../engines/errors.ts";

const PROGRAM = "db_bench";

/** The version of the db_bench on the PATH; undefined when there is none, or none that runs. */
export function dbBenchVersion(): string | undefined {
  const { stdout, stderr, error } = spawnSync(PROGRAM, ["--version"], { encoding: "utf8" });
  if (error !== undefined) return undefined;
  return /version (\S+)/.exec(`${stdout}\n${stderr}`)?.[1] ?? "of unknown version";
}

/** Bytes of the block cache that it takes by itself, by its help; undefined: it does not say. */
export function dbBenchCacheBytes(): number | undefined {
  const { stdout, stderr, error } = spawnSync(PROGRAM, ["--help"], { encoding: "utf8" });
  if (error !== undefined) return undefined;
  const help = `${stdout}\n${stderr}`;
  const found = /^ *-cache_size \([^)]*\)\s+type: int64\s+default: (\d+)/m.exec(help);
  return found === null ? undefined : Number(found[1]);
}

export interface DbBenchProcessOptions {
  readonly flags: readonly string[];
  /** Aborted: it is killed at once, and `run` resolves. */
  readonly signal: AbortSignal;
  /** Each line as it is printed, without its end. */
  readonly onOutput: (line: string) => void;
  readonly onErrorOutput: (line: string) => void;
}

/** Resolves when it has ended. Throws ENGINE_IO or ENGINE_NO_SPACE when it failed by itself. */
export async function runDbBenchProcess(options: DbBenchProcessOptions): Promise<void> {
  const { signal } = options;
  if (signal.aborted) return;
  const child = spawn(PROGRAM, options.flags, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  process.on("exit", kill);
  let complaint = "";
  const onError = (line: string): void => {
    if (line.trim() !== "" && !line.includes("ops/second")) complaint = line.trim();
    options.onErrorOutput(line);
  };
  listen(child.stdout, options.onOutput);
  listen(child.stderr, onError);
  try {
    const ended = await new Promise<string | undefined>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, by) => {
        resolve(code === 0 ? undefined : by === null ? `code ${code}` : `signal ${by}`);
      });
    });
    if (ended === undefined || signal.aborted) return;
    const code = /no space left/i.test(complaint) ? "ENGINE_NO_SPACE" : "ENGINE_IO";
    throw new EngineError(code, `${PROGRAM} ended with ${ended}: ${complaint}`);
  } finally {
    signal.removeEventListener("abort", kill);
    process.off("exit", kill);
  }
}

function listen(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
