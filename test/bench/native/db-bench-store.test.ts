// The native db_bench beside the engines: by a program that stands for it, and by itself.

import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dbBenchCacheBytes, dbBenchVersion } from "../../../bench/native/db-bench-process.ts";
import { type Result, resultSchema } from "../../../reports/result.ts";
import { DB_BENCHMARK_NAMES } from "../../../workloads/db-benchmarks.ts";
import { hasProgram } from "../../skips/skips.ts";
import { cli } from "../cli/run-cli.ts";
import { type FakeDbBench, installFakeDbBench } from "./fake-db-bench.ts";

let dir = "";

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-native-"));
});

afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

function argv(...more: string[]): string[] {
  return ["engines", "--engines", "null", "--records", "1000", "--dir", dir, "--json", ...more];
}

async function compare(...more: string[]): Promise<{ result: Result; err: string; exit: number }> {
  const { exit, out, err } = await cli(...argv(...more));
  return { exit, err, result: resultSchema.parse(JSON.parse(out)) };
}

function namesOf(result: Result): string[] {
  return result.rows.map(({ engine, benchmark, run }) => `${engine} ${benchmark} ${run}`);
}

describe("a program that stands for db_bench", () => {
  let fake: FakeDbBench;

  beforeEach(() => {
    fake = installFakeDbBench();
  });

  afterEach(() => fake.remove());

  test("its rows stand behind those of the engines, with all that it said", async () => {
    const more = ["--db-bench", "--benchmarks", "fillrandom,readrandom", "--repeat", "2"];
    const { result, exit } = await compare(...more);
    expect(exit).toBe(0);
    expect(namesOf(result)).toEqual([
      ...["null fillrandom 1", "null fillrandom 2", "null readrandom 1", "null readrandom 2"],
      ...["db_bench fillrandom 1", "db_bench fillrandom 2"],
      ...["db_bench readrandom 1", "db_bench readrandom 2"],
    ]);
    expect(result.rows.at(-1)).toMatchObject({
      engineVersion: "RocksDB 9.9.9",
      durability: "os",
      records: 1000,
      operations: 1000,
      concurrency: 1,
      valueBytes: 100,
      cacheBytes: 33_554_432,
      elapsedNs: 2e6,
      opsPerSec: 500_000,
      latencyNs: { mean: 2000, p50: 1600, max: 40_000 },
      errors: 0,
      partial: false,
      stats: { stalls: 3, stallNs: 62.5e9, files: 1, diskBytes: 4000, userBytesWritten: 0 },
    });
    const [read] = result.rows.at(-1)!.perOperation;
    expect(read).toMatchObject({ operation: "READ", returns: { OK: 620, NOT_FOUND: 380 } });
    expect(result.rows.at(-1)!.latencyBuckets![0]!.buckets[0]).toEqual({
      ...{ fromNs: 0, toNs: 1000, count: 200 },
    });
    expect(result.environment.warnings.join()).toContain("Assertions are enabled");
    expect(fake.calls()).toHaveLength(2);
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  test("runs are interleaved: it has its turn among the engines, first in some run", async () => {
    const { err } = await compare("--db-bench", "--benchmarks", "fillseq", "--repeat", "2");
    const order = [...err.matchAll(/\] (null|db_bench) fillseq \.\.\./g)].map(([, name]) => name);
    expect(order).toHaveLength(4);
    expect(order.slice(0, 2).reverse()).toEqual(order.slice(2));
    expect(err).toContain("[4/4]");
  });

  test("several caches are several engines; its own is what it says of it", async () => {
    const caches = ["--db-bench-cache", "same,default,1GiB"];
    const { result } = await compare(...caches, "--benchmarks", "fillseq");
    const shown = result.rows.map(({ engine, cacheBytes }) => [engine, cacheBytes]);
    expect(shown.slice(1)).toEqual([
      ["db_bench", 33_554_432],
      ["db_bench-default", 8 * 2 ** 20],
      ["db_bench-1GiB", 2 ** 30],
    ]);
    const flags = fake.calls().map((call) => call.find((flag) => /cache_size/.test(flag)));
    const sizes = [33_554_432, 8 * 2 ** 20, 2 ** 30].map((bytes) => `--cache_size=${bytes}`);
    expect(flags.sort()).toEqual(sizes.sort());
  });

  test("--db-bench alone runs the whole suite, as --suite does", async () => {
    const { result } = await compare("--db-bench");
    const benchmarksOf = (engine: string) =>
      result.rows.filter((row) => row.engine === engine).map(({ benchmark }) => benchmark);
    expect(benchmarksOf("db_bench")).toEqual(DB_BENCHMARK_NAMES);
    // Engine null has nothing to compact.
    const compacting = DB_BENCHMARK_NAMES.filter((name) => name !== "compact");
    expect(benchmarksOf("null")).toEqual(compacting);
    const { result: whole } = await compare("--suite", "db_bench");
    expect(whole.rows.map(({ benchmark }) => benchmark)).toEqual(compacting);
  });

  test("a failure of its own keeps the rows before it: its words, exit 70", async () => {
    process.env.FAKE_DB_BENCH = "fail";
    const more = ["--db-bench", "--benchmarks", "fillseq,readrandom", "--seed", "0"];
    const { exit, result, err } = await compare(...more);
    expect(exit).toBe(70);
    expect(namesOf(result)).toContain("db_bench fillseq 1");
    expect(result.partial).toBe(true);
    expect(err).toMatch(/ENGINE_NO_SPACE: db_bench ended with code 1: get error.*No space left/);
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  test("Ctrl-C kills it: the rows that there are, nothing left behind", async () => {
    const main = path.resolve("bench/cli/main.ts");
    const more = ["--db-bench", "--benchmarks", "fillseq,readrandom", "--seed", "0"];
    const env = { ...process.env, FAKE_DB_BENCH: "hang" };
    const child = spawn(process.execPath, [main, ...argv(...more)], { env });
    let out = "";
    let err = "";
    // Once: a second Ctrl-C ends the program at once.
    let isSent = false;
    const interrupt = (): void => {
      if (!isSent) child.kill("SIGINT");
      isSent = true;
    };
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
      const hangs = fs.existsSync(path.join(fake.dir, "pid.txt"));
      if (hangs && err.includes("db_bench readrandom ...")) interrupt();
    });
    // The line of its start may come before it hangs, and nothing after it: look once more then.
    const watcher = fs.watch(fake.dir, (_event, name) => {
      if (name === "pid.txt") interrupt();
    });
    const exit = await new Promise((resolve) => child.on("close", resolve));
    watcher.close();
    expect(exit).toBe(130);
    const result = resultSchema.parse(JSON.parse(out));
    expect(result.partial).toBe(true);
    expect(namesOf(result)).toContain("db_bench fillseq 1");
    const pid = Number(fs.readFileSync(path.join(fake.dir, "pid.txt"), "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  test("what makes no sense is named; an open loop is left out", async () => {
    const wrong = await cli(...argv("--db-bench", "--suite", "ycsb"));
    expect(wrong).toMatchObject({ exit: 64 });
    expect(wrong.err).toContain("--db-bench is for suite db_bench");
    expect((await cli(...argv("--db-bench-cache", "big"))).exit).toBe(64);
    const open = ["--db-bench", "--benchmarks", "fillseq", "--rate", "100000"];
    const { result, exit } = await compare(...open);
    expect(exit).toBe(0);
    expect(result.skipped).toEqual([{ engine: "db_bench", reason: "it has no open loop" }]);
  });
});

test("where there is none: one line, no row, exit 0", async () => {
  const before = process.env.PATH;
  process.env.PATH = dir;
  try {
    const { result, exit, err } = await compare("--db-bench", "--benchmarks", "fillseq");
    expect(exit).toBe(0);
    expect(namesOf(result)).toEqual(["null fillseq 1"]);
    expect(result.skipped[0]!.engine).toBe("db_bench");
    const lines = err.split("\n").filter((line) => line.includes("left out"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("rocksdb-tools");
  } finally {
    process.env.PATH = before;
  }
});

describe.skipIf(!hasProgram(process.env, ["db_bench"]))("the real one (needs db_bench)", () => {
  test("says how large its own cache is", () => {
    expect(dbBenchCacheBytes()).toBeGreaterThan(1 << 20);
    expect(dbBenchVersion()).toMatch(/^\d+\.\d+/);
  });

  test("every benchmark gives a row, on one folder", async () => {
    const { result, exit } = await compare("--db-bench", "--records", "4000");
    expect(exit).toBe(0);
    const rows = result.rows.filter(({ engine }) => engine === "db_bench");
    expect(rows.map(({ benchmark }) => benchmark)).toEqual(DB_BENCHMARK_NAMES);
    for (const row of rows) {
      const { benchmark, latencyNs, operations, opsPerSec } = row;
      const least = { fillsync: 4, compact: 1, readseq: 2000, readreverse: 2000 }[
        benchmark as string
      ];
      expect(operations, benchmark).toBeGreaterThanOrEqual(least ?? 4000);
      expect(opsPerSec, benchmark).toBeGreaterThan(0);
      expect(latencyNs!.p50, benchmark).toBeLessThanOrEqual(latencyNs!.p95);
      expect(latencyNs!.p95, benchmark).toBeLessThanOrEqual(latencyNs!.p99);
      expect(latencyNs!.p999, benchmark).toBeLessThanOrEqual(latencyNs!.max);
      expect(row.stats.stalls, benchmark).toBe(0);
    }
    const missing = rows.find(({ benchmark }) => benchmark === "readmissing")!;
    expect(missing.perOperation[0]!.returns).toEqual({ OK: 0, NOT_FOUND: 4000 });
    const mixed = rows.find(({ benchmark }) => benchmark === "mixgraph")!;
    const kinds = mixed.perOperation.map(({ operation }) => operation);
    expect(kinds.sort()).toEqual(["READ", "SCAN", "UPDATE"]);
  });

  test("a read without a fill finds every key, also with threads", async () => {
    const more = ["--benchmarks", "readrandom", "--concurrency", "2", "--db-bench"];
    const { result } = await compare(...more);
    const row = result.rows.find(({ engine }) => engine === "db_bench")!;
    expect(row).toMatchObject({ concurrency: 2, operations: 1000, records: 1000 });
    expect(row.notes.join()).toContain("500 of 500 found by one of its threads");
  });
});
