// What only a process of its own can show: signals, closed pipes, exit codes.

import { spawn, spawnSync } from "node:child_process";
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

test("output that cannot be written is one line and exit 70", async () => {
  if (!fs.existsSync("/dev/full")) return;
  const full = fs.openSync("/dev/full", "w");
  try {
    for (const argv of [["--help"], ["sim", "--schema"], ["hlog", "--help"]]) {
      const stdio = ["ignore", full, "pipe"] as const;
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...argv], {
        ...{ cwd: dir, stdio: [...stdio], encoding: "utf8" },
      });
      expect({ argv, status }).toEqual({ argv, status: 70 });
      expect(stderr).toMatch(/^ringbench: standard output cannot be written: ENOSPC.*\n$/);
    }
  } finally {
    fs.closeSync(full);
  }
}, 30_000);

test("an old Node is told so in one line, before anything is loaded", () => {
  const old = 'Object.defineProperty(process, "versions", { value: { node: "18.19.1" } })';
  const preload = `data:text/javascript,${encodeURIComponent(old)}`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", preload, MAIN, "--help"], {
    ...{ cwd: dir, encoding: "utf8" },
  });
  expect(status).toBe(70);
  expect(stderr).toBe(
    "ringbench: needs Node 24 or newer, and this is 18.19.1: install one, or put it on the PATH\n",
  );
  const { engines } = JSON.parse(fs.readFileSync("package.json", "utf8"));
  expect(engines.node).toBe(">=24");
}, 30_000);

describe("a simulation", () => {
  test("Ctrl-C keeps the seeds that were run, labelled partial", async () => {
    let sent = false;
    const flags = ["--scenario", "register", "--seeds", "100000", "--minutes", "0.02", "--json"];
    const { exit, out } = await run(["sim", ...flags], (err, kill) => {
      if (sent || !err.includes("of 100000 seeds")) return;
      sent = true;
      kill();
    });
    expect(exit).toBe(130);
    const { partial, seeds } = JSON.parse(out);
    expect(partial).toBe(true);
    expect(seeds).toBeGreaterThanOrEqual(10);
  }, 60_000);
});

describe("histories", () => {
  test("Ctrl-C in the middle of a judgement keeps the verdicts before it", async () => {
    const event = (process: number, type: string, f: string, value: unknown) =>
      JSON.stringify({ process, type, f, key: "x", value });
    const quick = path.join(dir, "quick.jsonl");
    fs.writeFileSync(quick, event(0, "invoke", "put", 1));
    // Writes of unknown outcome, all of them read, and at the end a value that nobody wrote.
    const calls = Array.from({ length: 40 }, (_, i) => event(i, "invoke", "put", i));
    const asked = Array.from({ length: 40 }, (_, i) => event(100 + i, "invoke", "get", null));
    const answered = Array.from({ length: 40 }, (_, i) => event(100 + i, "ok", "get", i));
    const never = [event(200, "invoke", "get", null), event(200, "ok", "get", "never")];
    const slow = path.join(dir, "slow.jsonl");
    fs.writeFileSync(slow, [...calls, ...asked, ...answered, ...never].join("\n"));
    const flags = ["--model", "register", "--format", "jsonl", "--max-states", "1e12"];
    const child = spawn(process.execPath, [MAIN, "check-history", quick, slow, ...flags], {
      cwd: dir,
    });
    let [out, err] = ["", ""];
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.stdout.on("data", (chunk) => {
      out += chunk;
      child.kill("SIGINT");
    });
    const exit = await new Promise((resolve) => child.on("close", resolve));
    expect({ exit, err: err.includes("1 of 2 files are not judged") }).toEqual({
      ...{ exit: 130, err: true },
    });
    expect(out).toMatch(/quick\.jsonl: linearizable/);
    expect(out).not.toContain("slow.jsonl");
    fs.rmSync(quick);
    fs.rmSync(slow);
  }, 30_000);
});
