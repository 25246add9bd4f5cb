// Every way to use the program wrongly, or to point it at something that is no good: one line on
// standard error that names the thing, and the nearest that is right; nothing on standard output.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

let dir: string;

/** Stands for a fresh folder, in the words of the tables. */
const D = "D:";

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-errors-"));
  const write = (name: string, text: string) => fs.writeFileSync(path.join(dir, name), text);
  fs.mkdirSync(path.join(dir, "empty"));
  fs.mkdirSync(path.join(dir, "broken"));
  fs.mkdirSync(path.join(dir, "future"));
  write("file", "x");
  write("bad.properties", "recordcount=many\n");
  write("bad-escape.properties", "a=\\u12\n");
  write("bad.hlog", "garbage{{{\n");
  write("no-result.json", "{}");
  write("broken/result.json", "{");
  write("future/result.json", '{"schemaVersion": 99}');
  write("broken.mjs", "throw new Error('it is broken')");
  write("empty.mjs", "export const engine = {};");
});

afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

type Case = readonly [words: string, exit: 64 | 70, ...says: string[]];

const NAMES: readonly Case[] = [
  ["enginse", 64, 'verb "enginse"', '"engines"'],
  ["help", 64, 'verb "help"', '"--help"'],
  ["ycsb runn", 64, 'verb "runn"', '"run"'],
  ["--verison", 64, 'flag "--verison"', '"--version"'],
  ["engines --recrods 5", 64, 'flag "--recrods"', '"--records"'],
  ["engines --db-bnech", 64, 'flag "--db-bnech"', '"--db-bench"'],
  ["engines --suite ycsb --db-bench", 64, "--db-bench is for suite db_bench"],
  ["engines --engines hashlgo", 64, "hashlgo", "hashlog"],
  ["engines --engines null,lvldb", 64, "lvldb", "leveldb"],
  ["engines --engines ,", 64, "--engines names nothing"],
  ["engines --engines D:/none.mjs", 64, "D:/none.mjs"],
  ["engines --engines D:/empty.mjs", 64, "D:/empty.mjs", "name"],
  ["engines --benchmarks filrandom", 64, 'benchmark "filrandom"', '"fillrandom"'],
  ["engines --suite ycsb --benchmarks workloadg", 64, '"workloadg"', "workloada, workloadb"],
  ["engines --suite dbbench", 64, 'suite "dbbench"', "db_bench, ycsb"],
  ["engines --durability synced", 64, 'durability "synced"', "os, group, sync"],
  ["engines --latency of", 64, '--latency "of"', "it is one of on, off"],
  ["engines --rate 5 --arrivals poison", 64, 'arrivals "poison"', "it is one of constant, poisson"],
  ["engines --setting cache", 64, "--setting cache", "engine.name=value"],
  ["engines --engines null --setting nul.x=1", 64, 'engine "nul"', "it is null"],
  ["engines --engines null --setting null.valueBites=1 --dir D:", 64, "valueBites", "valueBytes"],
  ["generate --distribution zipf", 64, 'distribution "zipf"', "uniform, zipfian, scrambled"],
  ["generate", 64, "--distribution <name> is missing", "scrambled"],
  ["ycsb run -thread 4", 64, 'flag "-thread"', '"-threads"'],
  ["ycsb run --engine null --preset workloadx", 64, '"workloadx"', '"workloada"'],
  ["ycsb run --engine null -p recordcont=5", 64, '"recordcont"', '"recordcount"'],
  ["ycsb run --engine null -p requestdistribution=zipf", 64, '"zipf"', '"zipfian"'],
  ["ycsb run --engine null -p a=b --durability o", 64, '"a"', "nearest"],
  [
    "ycsb run --engine null --preset workloada --durability o",
    64,
    'durability "o"',
    "it is one of memory, os, group, sync",
  ],
  ["ycsb run --engine nul --dir D:/empty --preset workloada", 64, "nul", "null"],
];

const VALUES: readonly Case[] = [
  ["engines --records many", 64, '--records "many" is no whole number'],
  ["engines --records 0", 64, '--records "0" must be at least 1'],
  ["engines --records -5", 64, '--records "-5" must be at least 1'],
  ["engines --records=-5", 64, '--records "-5" must be at least 1'],
  ["engines --records 1e30", 64, '--records "1e30"', "at most 9007199254740991"],
  ["engines --records 1.5", 64, '--records "1.5" is no whole number'],
  ["engines --records", 64, "--records <n> lacks its value"],
  ["engines --operations -1", 64, '--operations "-1" must be at least 1'],
  ["engines --concurrency 0", 64, '--concurrency "0"', "at most 65536"],
  ["engines --rate -1", 64, '--rate "-1" must be at least'],
  ["engines --max-time -0.5", 64, '--max-time "-0.5" must be at least'],
  ["engines --warmup -1", 64, '--warmup "-1" must be at least 0'],
  ["engines --value-size 5GiB", 64, '--value-size "5GiB"', "at most 1073741824"],
  ["engines --cache-bytes 5X", 64, '--cache-bytes "5X" is no whole number'],
  ["engines --arrivals poisson", 64, "--arrivals needs --rate"],
  ["generate --distribution uniform --items -4", 64, '--items "-4" must be at least 1'],
  ["generate --distribution zipfian --theta -1", 64, '--theta "-1" must be above 0'],
  ["generate --distribution uniform --theta 0.5", 64, "theta means nothing to uniform"],
  ["generate --distribution uniform --items 1e12", 64, "items must be"],
  ["hlog D:/bad.hlog --from -1", 64, '--from "-1" must be at least 0'],
  ["ycsb run --engine null --preset workloada -threads 0", 64, 'threadcount: "0"', "at least 1"],
  ["ycsb run --engine null --preset workloada -target -5", 64, 'target: "-5"', "at least 0"],
  ["ycsb run --engine null --preset workloada -threads", 64, "--threads <n> lacks its value"],
  ["ycsb run --engine null -p recordcount", 64, '"recordcount" is not of the form name=value'],
  ["ycsb run --engine null -p recordcount=-1", 64, 'recordcount: "-1" must be at least 0'],
  ["ycsb run --engine null -p table=other", 64, "table", "is refused", "give another store"],
];

const WORDS: readonly Case[] = [
  ["", 64, "no verb", "--help"],
  ["engines extra", 64, 'unexpected "extra" after engines'],
  ["ycsb", 64, "ycsb needs one of load, run"],
  ["ycsb run extra", 64, 'unexpected "extra" after run'],
  ["ycsb run --dir x -P f", 64, "--engine is missing", "hashlog"],
  ["ycsb run --engine hashlog -P f", 64, "--dir is missing"],
  ["ycsb run --engine null", 64, "no workload: give -P FILE"],
  ["ycsb run --engine null -db x.y.Z -p a=b", 64, "--engine NAME"],
  ["ycsb run --engine null -load -p a=b", 64, "-load goes with ycsb load"],
  ["ycsb load --engine null -t -p a=b", 64, "-t goes with ycsb run"],
  ["hlog", 64, "hlog needs <file>"],
  ["hlog a b", 64, 'unexpected "b" after hlog'],
  ["report", 64, "report needs <dir>"],
  ["report a b", 64, "several results need --out DIR"],
];

const FILES: readonly Case[] = [
  ["ycsb run --engine null -P D:/none", 64, "cannot read D:/none: there is no such file"],
  ["ycsb run --engine null -P D:/empty", 64, "cannot read D:/empty: it is a folder"],
  ["ycsb run --engine null -P D:/bad.properties", 64, "recordcount", '"many"'],
  ["ycsb run --engine null -P D:/bad-escape.properties", 64, "D:/bad-escape.properties", "u12"],
  [
    "ycsb run --engine null -p fieldlengthdistribution=histogram -p fieldlengthhistogram=D:/none",
    64,
    "cannot read D:/none",
  ],
  ["ycsb load --engine hashlog --dir D:/file --preset workloada", 64, "--dir D:/file", "is a file"],
  [
    "ycsb run --engine hashlog --dir D:/empty --preset workloada",
    70,
    "ENGINE_NOT_FOUND",
    "D:/empty",
  ],
  [
    "ycsb run --engine null --preset workloada --out D:/file/x",
    64,
    "--out D:/file/x",
    "D:/file is",
  ],
  ["ycsb run --engine null --preset workloada -p exportfile=D:/empty", 64, "exportfile D:/empty"],
  ["ycsb run --engine null --preset workloada -p exportfile=D:/no/x", 64, "no folder D:/no"],
  [
    "ycsb run --engine null --preset workloada -p hdrhistogram.fileoutput=true " +
      "-p hdrhistogram.output.path=D:/no/x",
    64,
    "hdrhistogram.output.path D:/no/x",
  ],
  ["engines --engines null --dir D:/file", 64, "--dir D:/file can be no folder: it is a file"],
  ["engines --engines null --out D:/file", 64, "--out D:/file can be no folder: it is a file"],
  ["hlog D:/none.hlog", 64, "cannot read D:/none.hlog: there is no such file"],
  ["hlog D:/empty", 64, "cannot read D:/empty: it is a folder"],
  ["hlog D:/bad.hlog", 70, "HDR_LOG: D:/bad.hlog: line 1"],
  ["report D:/none", 64, "cannot read D:/none: there is no such file"],
  ["report D:/empty", 64, "there is no result.json in D:/empty"],
  ["report D:/broken", 70, "REPORT_JSON: D:/broken/result.json is not JSON"],
  ["report D:/future", 70, "REPORT_VERSION: D:/future/result.json", "99"],
  ["report D:/no-result.json", 70, "REPORT_VERSION: D:/no-result.json"],
  ["report D:/broken --out D:/file", 64, "--out D:/file"],
];

test.each([
  ["a name that there is not", NAMES],
  ["a value that does not do", VALUES],
  ["words that are missing, or too many", WORDS],
  ["files and folders", FILES],
] as const)("%s", async (_what, cases) => {
  const here = (text: string) => text.replaceAll(`${D}/`, `${dir}/`).replaceAll(D, dir);
  for (const [words, code, ...says] of cases) {
    const argv = words.split(" ").filter((word) => word !== "");
    const { exit, out, err } = await cli(...argv.map(here));
    expect({ words, exit, err }).toMatchObject({ exit: code });
    expect({ words, out, lines: err.split("\n").length - 1 }).toEqual({ words, out: "", lines: 1 });
    expect(err).toMatch(/^ringbench: /);
    for (const each of says) expect(err).toContain(here(each));
  }
});

test("an engine of the user's own that does not load ends the run in one line", async () => {
  const args = ["--engines", `${dir}/broken.mjs`, "--benchmarks", "fillseq", "--records", "10"];
  const { exit, err } = await cli("engines", ...args, "--dir", path.join(dir, "data"));
  expect(exit).toBe(70);
  expect(err).toContain(
    `ringbench: ENGINE_UNAVAILABLE: engine ${dir}/broken.mjs does not load: it is broken;`,
  );
  expect(err.trimEnd().split("\n")).toHaveLength(1);
});

test("a folder that holds a result is not written over", async () => {
  const out = path.join(dir, "twice");
  const args = ["engines", "--engines", "null", "--benchmarks", "fillseq", "--records", "10"];
  expect((await cli(...args, "--out", out)).exit).toBe(0);
  const { exit, err } = await cli(...args, "--out", out);
  expect(exit).toBe(64);
  expect(err).toBe(
    `ringbench: --out ${out} holds a result already: choose another, or remove it\n`,
  );
});
