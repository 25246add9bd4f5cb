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

type Kill = (signal?: NodeJS.Signals) => void;

/** Runs the program; `onError` sees standard error as it grows. */
function run(argv: string[], onError: (err: string, kill: Kill) => void): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...argv], { cwd: dir });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
      onError(err, (signal = "SIGINT") => child.kill(signal));
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

  test("one wish in two signals, as `timeout` sends it, gives a partial result", async () => {
    let sent = false;
    const ended = await run(
      ["engines", "--engines", "memory", ...ENDLESS, "--out", "report"],
      (err, kill) => {
        if (sent || !err.includes("memory readrandom ...")) return;
        sent = true;
        // Two of one kind could arrive as one.
        kill("SIGTERM");
        kill("SIGINT");
      },
    );
    expect(ended.exit).toBe(130);
    const report = path.join(dir, "report");
    const text = fs.readFileSync(path.join(report, "result.json"), "utf8");
    expect(resultSchema.parse(JSON.parse(text)).partial).toBe(true);
    expect(fs.readdirSync(report).filter((name) => name.startsWith("ringbench-"))).toEqual([]);
    fs.rmSync(report, { recursive: true });
  }, 30_000);

  test("again, a second later, ends at once, and still removes the data", async () => {
    const stuck = path.join(dir, "stuck.mjs");
    const memory = path.resolve("engines/memory/module.ts");
    // A store that never answers: only another signal can end this. It ticks, so that the test can
    // go on sending until it is heard.
    fs.writeFileSync(
      stuck,
      `import { memoryModule } from ${JSON.stringify(memory)};
       export const engine = { ...memoryModule, name: "stuck", version: () => "1",
         open: async (options) => {
           const engine = await memoryModule.open(options);
           engine.get = () => {
             setInterval(() => process.stderr.write("tick\\n"), 100);
             return new Promise(() => {});
           };
           return engine;
         } };`,
    );
    const ended = await run(["engines", "--engines", stuck, ...ENDLESS, "--json"], (err, kill) => {
      if (err.includes("tick")) kill();
    });
    expect(ended.exit).toBe(130);
    expect(ended.out).toBe("");
    expect(ended.err.match(/finishing what is under way/g)).toHaveLength(1);
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
