// A program that stands for db_bench: it prints what that prints, for benchmarks that it does not
// run. It is told how to behave by FAKE_DB_BENCH, and keeps its words in calls.txt of its folder.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const PROGRAM = `#!${process.execPath}
const fs = require("node:fs");
const path = require("node:path");
const argv = process.argv.slice(2);
if (argv[0] === "--version") {
  console.log("db_bench version 9.9.9");
  process.exit(0);
}
if (argv[0] === "--help") {
  console.log("    -cache_size (Number of bytes to use as a cache of uncompressed data)");
  console.log("      type: int64 default: 8388608");
  process.exit(0);
}
const flag = (name) => argv.find((each) => each.startsWith("--" + name + "="))?.split("=")[1];
fs.appendFileSync(path.join(__dirname, "calls.txt"), argv.join(" ") + "\\n");
fs.mkdirSync(flag("db"), { recursive: true });
fs.writeFileSync(path.join(flag("db"), "000001.sst"), "x".repeat(4000));
const mode = process.env.FAKE_DB_BENCH;
const block = fs.readFileSync(path.join(__dirname, "block.txt"), "utf8");
console.log("WARNING: Assertions are enabled; benchmarks unnecessarily slow");
for (const name of flag("benchmarks").split(",")) {
  if (name === "stats") continue;
  if (mode === "fail" && name === "readrandom") {
    console.error("get error: IO error: No space left on device");
    process.exit(1);
  }
  if (mode === "hang" && name === "readrandom") {
    fs.writeFileSync(path.join(__dirname, "pid.txt"), String(process.pid));
    console.error("... thread 0: (10,10) ops and (5.0,5.0) ops/second in (2.0,2.0) seconds");
    setInterval(() => {}, 1000);
    return;
  }
  process.stdout.write(block.replaceAll("NAME", name));
}
`;

/** What is printed of one benchmark: 1000 operations, 62 % found. */
export const BLOCK = `DB path: [/somewhere]
NAME : 2.000 micros/op 500000 ops/sec 0.002 seconds 1000 operations;   55.3 MB/s (620 of 1000 found)

Microseconds per read:
Count: 1000 Average: 2.0000  StdDev: 1.03
Min: 0  Median: 1.6000  Max: 40
Percentiles: P50: 1.60 P75: 2.33 P99: 5.11 P99.9: 34.00 P99.99: 40.00
------------------------------------------------------
[       0,       1 ]      200  20.000%  20.000% ####
(       1,       2 ]      500  50.000%  70.000% ##########
(       2,       3 ]      150  15.000%  85.000% ###
(       3,       4 ]      130  13.000%  98.000% ###
(       4,       6 ]       18   1.800%  99.800%
(      22,      34 ]        1   0.100%  99.900%
(      34,      51 ]        1   0.100% 100.000%


** Compaction Stats [default] **
 Sum      4/4   110.27 MB   0.0      0.0     0.0      0.0       0.1      0.1
Interval compaction: 0.11 GB write, 8.57 MB/s write, 0.00 GB read, 0.00 MB/s read, 3.0 seconds
Stalls(count): 1 level0_slowdown, 0 memtable_slowdown, interval 3 total count
Block cache LRUCache@0x5#1 capacity: 8.00 MB usage: 0.09 KB table_size: 256
** DB Stats **
Interval writes: 1601K writes, 1601K keys, ingest: 200.00 MB, 15.55 MB/s
Interval stall: 00:01:02.500 H:M:S, 12.0 percent
`;

export interface FakeDbBench {
  readonly dir: string;
  /** The words of each call, without those for the version. */
  calls(): string[][];
  /** Ends its use: the PATH is as it was. */
  remove(): void;
}

/** Puts it on the PATH before all else. */
export function installFakeDbBench(): FakeDbBench {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-fake-"));
  const calls = path.join(dir, "calls.txt");
  fs.writeFileSync(path.join(dir, "db_bench"), PROGRAM, { mode: 0o755 });
  fs.writeFileSync(path.join(dir, "block.txt"), BLOCK);
  const before = process.env.PATH;
  process.env.PATH = `${dir}${path.delimiter}${before}`;
  return {
    dir,
    calls: () => {
      if (!fs.existsSync(calls)) return [];
      const lines = fs.readFileSync(calls, "utf8").trim().split("\n");
      return lines.map((line) => line.split(" "));
    },
    remove: () => {
      process.env.PATH = before;
      delete process.env.FAKE_DB_BENCH;
      fs.rmSync(dir, { recursive: true, force: true });
    },
  };
}
