// Which engines and benchmarks take part in `engines`, what is left out, and what is said when
// nothing is left.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resultSchema } from "../../../reports/result.ts";
import { cli } from "./run-cli.ts";

const NULL_MODULE = JSON.stringify(path.resolve("engines/null/module.ts"));
const MAIN = path.resolve("bench/cli/main.ts");
const TINY = path.resolve("docs/examples/tiny-engine.ts");

let dir = "";
const file = (name: string) => path.join(dir, name);
const data = () => ["--dir", file("data")];

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-list-"));
  const changed = (body: string) =>
    `import { nullModule } from ${NULL_MODULE};
     export const engine = { ...nullModule, version: () => "1", ${body} };`;
  const supports = (claim: string) => `supports: { ...nullModule.supports, ${claim} }`;
  const failing = `name: "failing", open: async (options) => {
    const inner = await nullModule.open(options);
    const fail = () => { throw new EngineError("ENGINE_IO", "it never works"); };
    return new Proxy(inner, { get: (of, name) =>
      name === "put" || name === "get" ? fail : name === "stats" ? () => ({})
        : typeof of[name] === "function" ? of[name].bind(of) : of[name] });
  }`;
  const errors = JSON.stringify(path.resolve("engines/errors.ts"));
  fs.writeFileSync(file("a.mjs"), changed('name: "mine"'));
  fs.writeFileSync(file("b.mjs"), changed('name: "mine"'));
  fs.symlinkSync(file("a.mjs"), file("link.mjs"));
  fs.writeFileSync(
    file("weak.mjs"),
    changed(`name: "weak", ${supports('durability: ["memory"]')}`),
  );
  fs.writeFileSync(file("scanless.mjs"), changed(`name: "scanless", ${supports("scan: false")}`));
  fs.writeFileSync(
    file("failing.mjs"),
    `import { EngineError } from ${errors};\n${changed(failing)}`,
  );
  fs.writeFileSync(file("throws.mjs"), '\nfunction f() {\n  throw new Error("broken");\n}\nf();\n');
  fs.writeFileSync(file("syntax.ts"), "const a = 1;\nconst b = ;\n");
});

afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

async function rowsOf(...args: string[]) {
  const { exit, out, err } = await cli("engines", ...args, ...data(), "--json");
  expect({ exit, err }).toMatchObject({ exit: 0 });
  return resultSchema
    .parse(JSON.parse(out))
    .rows.map(({ engine, benchmark, run }) => `${engine} ${benchmark} ${run}`);
}

describe("what the engine has not", () => {
  test("workloade is left out in one line, and the others run", async () => {
    const args = ["--engines", `null,${TINY}`, "--suite", "ycsb", "--records", "50"];
    const { exit, out, err } = await cli("engines", ...args, ...data(), "--json");
    expect({ exit, err }).toMatchObject({ exit: 0 });
    expect(err).toContain("tiny workloade is left out: it has no scans\n");
    const { rows } = resultSchema.parse(JSON.parse(out));
    const letters = (engine: string) =>
      rows.filter((row) => row.engine === engine).map(({ benchmark }) => benchmark.slice(-1));
    expect(letters("tiny").join("")).toBe("abcdf");
    expect(letters("null").join("")).toBe("abcdef");
  });

  test("ycsb run names the scan, and a cure", async () => {
    const args = ["--engine", file("scanless.mjs"), "--dir", file("data"), "--preset", "workloade"];
    const { exit, err } = await cli("ycsb", "run", ...args);
    expect(exit).toBe(64);
    expect(err).toMatch(/^ringbench: ENGINE_UNSUPPORTED: .*no scan.*; choose [^\n]*\n$/);
  });
});

describe("names", () => {
  test("two modules of one name are two engines", async () => {
    const args = ["--benchmarks", "fillseq", "--records", "50"];
    const both = `${file("a.mjs")},${file("b.mjs")},null`;
    expect(await rowsOf("--engines", both, ...args)).toEqual([
      `mine (${file("a.mjs")}) fillseq 1`,
      `mine (${file("b.mjs")}) fillseq 1`,
      "null fillseq 1",
    ]);
    expect(await rowsOf("--engines", file("a.mjs"), ...args)).toEqual(["mine fillseq 1"]);
  });

  test.each([
    ["null,null", "null twice;"],
    ["{dir}/a.mjs,{dir}/../{name}/a.mjs", "twice (as "],
    ["{dir}/a.mjs,{dir}/link.mjs", "twice (as "],
  ])("%s is refused: its rows would pass for runs", async (engines, says) => {
    const list = engines.replaceAll("{dir}", dir).replaceAll("{name}", path.basename(dir));
    const { exit, err, out } = await cli("engines", "--engines", list);
    expect({ exit, out }).toEqual({ exit: 64, out: "" });
    expect(err).toContain(says);
    expect(err).toContain("--repeat");
  });

  test("a benchmark that is listed again is another one", async () => {
    const list = ["--benchmarks", "fillseq,readrandom,readrandom", "--records", "50"];
    expect(await rowsOf("--engines", "null", ...list, "--repeat", "2")).toEqual([
      "null fillseq 1",
      "null fillseq 2",
      "null readrandom 1",
      "null readrandom 2",
      "null readrandom#2 1",
      "null readrandom#2 2",
    ]);
    const { out } = await cli("engines", "--help");
    expect(out).toContain("readrandom#2");
  });
});

describe("when nothing was run", () => {
  test.each([
    ["no engine has the level", ["--engines", "D/weak.mjs"], "only memory"],
    [
      "none of the benchmarks",
      ["--engines", "D/scanless.mjs", "--benchmarks", "readseq"],
      "no scans",
    ],
  ])("%s: it cannot tell, exit 2", async (_what, args, says) => {
    const argv = args.map((word) => word.replace("D/", `${dir}/`));
    const { exit, out, err } = await cli("engines", ...argv, "--records", "10", ...data());
    expect({ exit, out }).toEqual({ exit: 2, out: "" });
    expect(err).toContain(says);
    expect(err).toMatch(/nothing was run[^\n]*\n$/);
  });
});

describe("a module that does not load", () => {
  test("by its syntax: what, file and line; by Node itself, which reads it", () => {
    const argv = ["engines", "--engines", file("syntax.ts"), ...data()];
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...argv], { encoding: "utf8" });
    expect({ status, stderr }).toMatchObject({ status: 70 });
    expect(stderr).toContain("does not load: Expression expected;");
    expect(stderr).toMatch(/ \(at \S+\/syntax\.ts:2\)\n$/);
  });

  test.each([["throws.mjs", "broken", "at f (", "/throws.mjs:3:9"]])(
    "%s: what, file and line, exit 70",
    async (name, ...says) => {
      const { exit, out, err } = await cli("engines", "--engines", `null,${file(name)}`, ...data());
      expect({ exit, out, lines: err.trimEnd().split("\n").length }).toEqual({
        ...{ exit: 70, out: "", lines: 1 },
      });
      for (const each of says) expect(err).toContain(each);
      const ycsb = ["load", "--engine", file(name), "--preset", "workloada", ...data()];
      expect((await cli("ycsb", ...ycsb)).err).toBe(err);
    },
  );

  test("a path that is not there: no such file", async () => {
    for (const verb of [["engines", "--engines"], ["conform"], ["ycsb", "load", "--engine"]]) {
      const rest = verb[0] === "ycsb" ? ["--preset", "workloada", ...data()] : [];
      const { exit, err } = await cli(...verb, "./none.ts", ...rest);
      expect({ exit, err }).toEqual({
        exit: 64,
        err: "ringbench: engine ./none.ts: no such file\n",
      });
    }
  });
});

describe("flags that would change nothing are refused", () => {
  test.each([
    ["engines --engines null --histogram --latency off", "--histogram", "--latency off"],
    ["engines --engines null --write-rate 5", "--write-rate", "readwhilewriting"],
    ["engines --engines lsm --setting hashlog.segmentSizeBytes=1", "hashlog", "not in this run"],
    ["engines --engines null --benchmarks workloada", "workloada", "--suite ycsb"],
    ["engines --engines null --suite ycsb --benchmarks fillseq", "fillseq", "--suite db_bench"],
    ["ycsb run --engine null --preset workloada -threads 2 -p threadcount=3", "threadcount"],
    ["ycsb run --engine null --preset workloada -target 2 -p target=3", "-target", "-p target"],
    ["ycsb run --engine null --preset workloada -P workloads/x", "--preset", "-P"],
  ])("%s", async (words, ...says) => {
    const { exit, out, err } = await cli(...words.split(" "));
    expect({ exit, out, lines: err.trimEnd().split("\n").length }).toEqual({
      ...{ exit: 64, out: "", lines: 1 },
    });
    for (const each of says) expect(err).toContain(each);
  });
});

test("a setting in bytes takes a unit", async () => {
  const args = ["--engines", "lsm", "--benchmarks", "fillseq", "--records", "50"];
  const setting = ["--setting", "lsm.memtableBytes=1MiB", "--setting", "lsm.blockBytes=8K"];
  const { exit, out, err } = await cli("engines", ...args, ...setting, ...data(), "--json");
  expect({ exit, err }).toMatchObject({ exit: 0 });
  const { config } = resultSchema.parse(JSON.parse(out));
  expect(config.engineSettings).toEqual({ lsm: { memtableBytes: 2 ** 20, blockBytes: 8192 } });
});

test("a row in which everything failed has no rate and no latencies", async () => {
  const args = ["--engines", file("failing.mjs"), "--benchmarks", "fillseq", "--records", "50"];
  const out = file("failed");
  const { exit, ...said } = await cli("engines", ...args, "--out", out);
  expect(exit).toBe(70);
  const line = said.out.split("\n").find((each) => each.startsWith("failing"))!;
  expect(line.split(/\s{2,}/)).toEqual(["failing", "1", "–", "–", "–", "–", "–", "50"]);
  expect(said.err).toContain("failing fillseq: all 50 operations failed\n");
  const page = fs.readFileSync(path.join(out, "report.html"), "utf8");
  const total = /<tr class="total">.*?<\/tr>/s.exec(page)![0];
  expect([...total.matchAll(/<td>(.*?)<\/td>/gs)].map(([, cell]) => cell).slice(0, 7)).toEqual(
    new Array(7).fill("–"),
  );
});
