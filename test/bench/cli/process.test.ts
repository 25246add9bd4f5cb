// What only a process of its own can show: signals, closed pipes, exit codes.

import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resultSchema } from "../../../reports/result.ts";

const MAIN = path.resolve("bench/cli/main.ts");
const ENDLESS = ["--operations", "1e12", "--records", "1000", "--benchmarks", "readrandom"];

let dir: string;

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-process-"));
});

afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program; `onError` sees standard error as it grows. */
function run(argv: string[], onError: (err: string, kill: () => void) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...argv], { cwd: dir });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
      onError(err, () => child.kill("SIGINT"));
    });
    child.on("error", reject);
    child.on("close", (exit) => resolve({ exit, out, err }));
  });
}

describe("Ctrl-C", () => {
  test("once: the rows there are, labelled partial, exit 130, no data left behind", async () => {
    let sent = false;
    const ended = await run(
      ["engines", "--engines", "hashlog", ...ENDLESS, "--json"],
      (err, kill) => {
        if (sent || !err.includes("hashlog readrandom ...")) return;
        sent = true;
        kill();
      },
    );
    expect(ended.exit).toBe(130);
    const result = resultSchema.parse(JSON.parse(ended.out));
    expect(result.partial).toBe(true);
    for (const row of result.rows) expect(row.partial).toBe(true);
    expect(ended.err).toContain("interrupted: the result is partial");
    expect(fs.readdirSync(dir)).toEqual([]);
  }, 30_000);

  test("ycsb run writes its figures too", async () => {
    let sent = false;
    const workload = ["--preset", "workloadc", "-p", "recordcount=100", "-p", "operationcount=0"];
    const status = ["-s", "-p", "status.interval=1", "--json"];
    const ended = await run(
      ["ycsb", "run", "--engine", "null", ...workload, ...status],
      (err, kill) => {
        if (sent || !err.includes("current ops/sec")) return;
        sent = true;
        kill();
      },
    );
    expect(ended.exit).toBe(130);
    const result = resultSchema.parse(JSON.parse(ended.out));
    expect(result.partial).toBe(true);
    expect(result.rows[0]!.operations).toBeGreaterThan(0);
  }, 30_000);

  test("twice ends at once, and still removes the data", async () => {
    let sent = 0;
    const stuck = path.join(dir, "stuck.mjs");
    const memory = path.resolve("engines/memory/module.ts");
    // A store that never answers: only the second signal can end this.
    fs.writeFileSync(
      stuck,
      `import { memoryModule } from ${JSON.stringify(memory)};
       export const engine = { ...memoryModule, name: "stuck", version: () => "1",
         open: async (options) => {
           const engine = await memoryModule.open(options);
           engine.get = () => new Promise(() => {});
           return engine;
         } };`,
    );
    const ended = await run(["engines", "--engines", stuck, ...ENDLESS, "--json"], (err, kill) => {
      if (sent === 0 && err.includes("stuck readrandom ...")) {
        sent = 1;
        kill();
      } else if (sent === 1 && err.includes("once more ends at once")) {
        sent = 2;
        kill();
      }
    });
    expect(ended.exit).toBe(130);
    expect(ended.out).toBe("");
    expect(fs.readdirSync(dir)).toEqual(["stuck.mjs"]);
    fs.rmSync(stuck);
  }, 30_000);
});

test("a closed pipe on standard output is no error", async () => {
  const child = spawn(process.execPath, [MAIN, "generate", "--distribution", "uniform", "--json"], {
    cwd: dir,
  });
  child.stdout.destroy();
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const exit = await new Promise((resolve) => child.on("close", resolve));
  expect(err).toBe("");
  expect(exit).toBe(0);
}, 30_000);
