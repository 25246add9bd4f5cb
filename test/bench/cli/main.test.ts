import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resultSchema } from "../../../reports/result.ts";
import { cli } from "./run-cli.ts";

let dir: string;

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-cli-"));
});

afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

describe("help", () => {
  test.each(["engines", "report", "hlog", "generate"])("%s has an example", async (verb) => {
    const { exit, out } = await cli(verb, "--help");
    expect(exit).toBe(0);
    expect(out).toContain(`$ ringbench ${verb}`);
  });

  test("ycsb, its phases, and the program", async () => {
    for (const argv of [["ycsb"], ["ycsb", "run"], ["ycsb", "load"]]) {
      expect((await cli(...argv, "--help")).out).toContain("$ ringbench ycsb run");
    }
    const { out } = await cli("--help");
    for (const verb of ["engines", "ycsb", "report", "hlog", "generate"])
      expect(out).toContain(verb);
    expect(out).toContain("130");
  });

  test("what there is not yet is not in it", async () => {
    for (const verb of ["engines", "ycsb", "report", "hlog", "generate"]) {
      const argv = verb === "ycsb" ? [verb, "run", "--help"] : [verb, "--help"];
      const { out } = await cli(...argv);
      expect(out).not.toMatch(/--cluster|faults/);
    }
    const { out } = await cli("engines", "--help");
    expect(out).toMatch(
      /--operations <n>\s+operations of a benchmark \(default: as many as\s+records/,
    );
    expect(out).toMatch(/--suite <name>\s+db_bench or ycsb \(default: "db_bench"\)/);
  });

  test("--version", async () => {
    const { exit, out } = await cli("--version");
    expect(exit).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("engines", () => {
  const quick = ["--engines", "null", "--records", "2000", "--json"];

  test("--json is a result by the schema, with a row for each benchmark and run", async () => {
    const { exit, out, err } = await cli("engines", ...quick, "--repeat", "2", "--dir", dir);
    expect(exit).toBe(0);
    const result = resultSchema.parse(JSON.parse(out));
    expect(result.rows.map(({ benchmark, run }) => [benchmark, run])).toEqual([
      ["fillrandom", 1],
      ["fillrandom", 2],
      ["readrandom", 1],
      ["readrandom", 2],
      ["readseq", 1],
      ["readseq", 2],
    ]);
    for (const row of result.rows) {
      expect(row.operations).toBe(2000);
      expect(row.records).toBe(2000);
      expect(row.opsPerSec).toBeGreaterThan(0);
      expect(row.latencyNs!.p50).toBeLessThanOrEqual(row.latencyNs!.max);
      expect(row.errors).toBe(0);
      expect(row.durability).toBe("os");
    }
    expect(result.partial).toBe(false);
    expect(result.config).toMatchObject({ suite: "db_bench", records: 2000, cacheBytes: 33554432 });
    expect(err).toContain("[6/6] null readseq");
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  test("suite ycsb on an engine with data; --latency off has counts and no latency", async () => {
    const args = [
      "--engines",
      "memory",
      "--suite",
      "ycsb",
      "--records",
      "300",
      "--value-size",
      "100",
    ];
    const run = ["--benchmarks", "workloada,workloadd,workloade", "--latency", "off", "--json"];
    const { exit, out } = await cli("engines", ...args, ...run, "--dir", dir);
    expect(exit).toBe(0);
    const result = resultSchema.parse(JSON.parse(out));
    expect(result.rows.map((row) => row.benchmark)).toEqual([
      "workloada",
      "workloadd",
      "workloade",
    ]);
    for (const row of result.rows) {
      expect(row.operations).toBe(300);
      expect(row.latencyNs).toBeUndefined();
      expect(row.errors).toBe(0);
      for (const each of row.perOperation) expect(Object.keys(each.returns)).toEqual(["OK"]);
    }
    expect(result.config.warmupOperations).toContain("the workload's own mix");
    expect(result.config.compression).toMatchObject({ lz4Ratio: expect.any(Number) });
    expect(result.rows[0]!.notes).toContain("field updates read, merge and write a whole record");
  });

  test("rows are in the order of the engines that were asked for, whoever ran first", async () => {
    const args = ["--engines", "memory,null", "--benchmarks", "readseq,fillseq", "--seed", "1"];
    const more = ["--records", "200", "--repeat", "2", "--json", "--dir", dir];
    const { out, err } = await cli("engines", ...args, ...more);
    const { rows, config } = resultSchema.parse(JSON.parse(out));
    expect(rows.map(({ engine, benchmark, run }) => `${engine} ${benchmark} ${run}`)).toEqual([
      ...["memory readseq 1", "memory readseq 2", "memory fillseq 1", "memory fillseq 2"],
      ...["null readseq 1", "null readseq 2", "null fillseq 1", "null fillseq 2"],
    ]);
    expect(err.indexOf("null readseq ...")).toBeLessThan(err.indexOf("memory readseq ..."));
    expect(config).toMatchObject({ benchmarks: ["readseq", "fillseq"] });
    expect(config.warmupOperations).toContain("only before reads");
    const { lz4Ratio } = config.compression as { lz4Ratio: number };
    expect(Math.abs(lz4Ratio - 0.5)).toBeLessThan(0.1);
  });

  test("a read with no fill before it finds every record", async () => {
    const args = [
      "--engines",
      "hashlog",
      "--records",
      "500",
      "--benchmarks",
      "readrandom,readreverse",
    ];
    const { exit, out } = await cli(
      "engines",
      ...args,
      "--concurrency",
      "4",
      "--json",
      "--dir",
      dir,
    );
    expect(exit).toBe(0);
    const { rows } = resultSchema.parse(JSON.parse(out));
    expect(rows[0]!.perOperation[0]!.returns).toEqual({ OK: 500 });
    expect(rows[1]!.operations).toBe(500);
  });

  test("an engine without the durability is left out: one line, no row, exit 0", async () => {
    const module = path.join(dir, "weak.mjs");
    const nullModule = path.resolve("engines/null/module.ts");
    fs.writeFileSync(
      module,
      `import { nullModule } from ${JSON.stringify(nullModule)};
       const supports = { ...nullModule.supports, durability: ["memory"] };
       export const engine = { ...nullModule, name: "weak", version: () => "1", supports };`,
    );
    const args = ["--engines", `${module},null`, "--benchmarks", "fillseq", "--records", "100"];
    const { exit, out, err } = await cli(
      "engines",
      ...args,
      "--json",
      "--dir",
      path.join(dir, "d"),
    );
    fs.rmSync(module);
    expect(exit).toBe(0);
    const result = resultSchema.parse(JSON.parse(out));
    expect(result.rows.map((row) => row.engine)).toEqual(["null"]);
    expect(result.skipped).toEqual([
      { engine: module, reason: "it cannot give durability os, only memory" },
    ]);
    expect(err).toContain("is left out: it cannot give durability os, only memory\n");
  });

  test("open loop has a rate, a law of arrivals, and the generator's lateness", async () => {
    const load = ["--rate", "20_000", "--arrivals", "poisson", "--concurrency", "4"];
    const args = ["--benchmarks", "readrandom", "--operations", "2e3", "--dir", dir];
    const { exit, out } = await cli("engines", ...quick, ...load, ...args);
    expect(exit).toBe(0);
    const [row] = resultSchema.parse(JSON.parse(out)).rows;
    expect(row!.loop).toMatchObject({ kind: "open", arrivals: "poisson", ratePerSec: 20_000 });
    expect(row!.loop.kind === "open" && row!.loop.latenessNs!.p50).toBeGreaterThan(0);
    expect(row!.perOperation[0]!.response!.p50).toBeGreaterThan(0);
    expect(row!.warmup.operations).toBe(100);
    expect(row!.operations).toBe(2000);
  });

  test("report --schema prints the JSON Schema of a result", async () => {
    const { exit, out } = await cli("report", "--schema");
    expect(exit).toBe(0);
    const schema = JSON.parse(out);
    expect(schema.properties.schemaVersion).toEqual({ type: "number", const: 1 });
    expect(schema.required).toContain("rows");
  });

  test("--out writes a report, and report builds it again", async () => {
    const out = path.join(dir, "report");
    const args = ["--engines", "null", "--records", "200", "--benchmarks", "fillseq", "--out", out];
    const first = await cli("engines", ...args);
    expect(first.exit).toBe(0);
    expect(first.out).toContain(`report: ${path.join(out, "report.html")}`);
    expect(first.out).toContain("fillseq");
    const tables = ["events.csv", "intervals.csv", "rows.csv", "samples.csv"];
    expect(fs.readdirSync(out).sort()).toEqual(
      [...tables, "histograms", "report.html", "result.json"].sort(),
    );
    fs.rmSync(path.join(out, "report.html"));
    const again = await cli("report", out);
    expect(again).toMatchObject({ exit: 0, out: `${path.join(out, "report.html")}\n` });
    expect(fs.existsSync(path.join(out, "report.html"))).toBe(true);
    fs.rmSync(out, { recursive: true });
  });
});

describe("generate and hlog", () => {
  test("generate --json counts every draw", async () => {
    const args = ["--distribution", "latest", "--items", "50", "--count", "1e4", "--seed", "3"];
    const { exit, out } = await cli("generate", ...args, "--json");
    expect(exit).toBe(0);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ distribution: "latest", items: 50, seed: 3 });
    expect(document.counts).toHaveLength(50);
    expect(document.counts[0]).toBe(0);
    expect(document.counts.reduce((sum: number, each: number) => sum + each, 0)).toBe(10_000);
  });

  test("generate without --json is a table", async () => {
    const { out } = await cli("generate", "--distribution", "uniform", "--items", "30");
    expect(out).toContain("30 of 30 items were drawn");
  });

  test("hlog reads what a run wrote", async () => {
    const out = path.join(dir, "hlog");
    const args = ["--engines", "null", "--records", "300", "--benchmarks", "fillseq", "--out", out];
    await cli("engines", ...args);
    const [file] = fs.readdirSync(path.join(out, "histograms")).filter((n) => n.endsWith(".hlog"));
    const log = path.join(out, "histograms", file!);
    const summary = JSON.parse((await cli("hlog", log, "--json")).out);
    expect(summary).toMatchObject({ intervals: 1, totalCount: 300 });
    const { out: text } = await cli("hlog", log);
    expect(text).toContain("count      300");
    expect(text).toContain("unit       nanoseconds");
    fs.writeFileSync(log, "#[StartTime: 1 (seconds since epoch)]\n0,1,1,HISTFAAA!!\n");
    const damaged = await cli("hlog", log);
    expect(damaged.exit).toBe(70);
    expect(damaged.err.trimEnd().split("\n")).toHaveLength(1);
    fs.rmSync(out, { recursive: true });
  });
});
