import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

let dir: string;

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-cli-"));
});

afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

describe("ycsb", () => {
  const workload = ["-p", "recordcount=300", "-p", "fieldlength=10"];

  test("load, then run by another call, prints YCSB's text", async () => {
    const store = ["--engine", "hashlog", "--dir", path.join(dir, "store")];
    const load = await cli("ycsb", "load", ...store, "--preset", "workloada", ...workload);
    expect(load.exit).toBe(0);
    expect(load.out).toMatch(
      /^\[OVERALL\], RunTime\(ms\), \d+\n\[OVERALL\], Throughput\(ops\/sec\), /,
    );
    expect(load.out).toContain("[INSERT], Return=OK, 300\n");
    const more = ["-p", "operationcount=1000", "-threads", "4", "-p", "dataintegrity=false"];
    const run = await cli("ycsb", "run", ...store, "--preset", "workloada", ...workload, ...more);
    expect(run.exit).toBe(0);
    const reads = /\[READ\], Return=OK, (\d+)/.exec(run.out)!;
    const updates = /\[UPDATE\], Return=OK, (\d+)/.exec(run.out)!;
    expect(Number(reads[1]) + Number(updates[1])).toBe(1000);
    expect(run.out).not.toContain("FAILED");
  });

  const vectors = process.env.RINGBENCH_VECTORS;
  test.skipIf(vectors === undefined)(
    "A to F from YCSB's own files, unchanged, on lsm",
    async () => {
      for (const letter of "abcdef") {
        const file = path.join(vectors!, "ycsb", `workload${letter}`);
        const store = ["--engine", "lsm", "--dir", path.join(dir, `lsm-${letter}`), "-P", file];
        const more = ["-p", "recordcount=500", "-p", "operationcount=500"];
        expect(await cli("ycsb", "load", ...store, ...more), letter).toMatchObject({ exit: 0 });
        const { exit, out } = await cli("ycsb", "run", ...store, ...more);
        expect(exit, letter).toBe(0);
        const counts = [
          ...out.matchAll(/^\[(READ|UPDATE|INSERT|SCAN|READ-MODIFY-WRITE)\], Return=OK, (\d+)$/gm),
        ];
        // Of a read-modify-write the read and the update are counted beside it.
        const sum = counts.reduce(
          (all, [, kind, n]) => (kind === "UPDATE" && letter === "f" ? all : all + Number(n)),
          0,
        );
        expect(sum, letter).toBeGreaterThanOrEqual(500);
        expect(out).not.toContain("Return=ERROR");
      }
    },
  );

  test("another engine's folder: exit 70, the code and the file in one line", async () => {
    const store = ["--engine", "memory", "--dir", path.join(dir, "store")];
    const { exit, err } = await cli("ycsb", "run", ...store, "--preset", "workloada", ...workload);
    expect(exit).toBe(70);
    expect(err).toMatch(/^ringbench: ENGINE_WRONG_FOLDER: .*\n$/);
    expect(err).toContain(path.join(dir, "store"));
  });

  test("a folder with nothing in it: exit 70, and nothing is created", async () => {
    const store = ["--engine", "hashlog", "--dir", path.join(dir, "absent")];
    const { exit, err } = await cli("ycsb", "run", ...store, "--preset", "workloada", ...workload);
    expect(exit).toBe(70);
    expect(err).toContain("ENGINE_NOT_FOUND");
    expect(fs.existsSync(path.join(dir, "absent"))).toBe(false);
  });

  test("-target is a schedule: intended latencies, and status lines with -s", async () => {
    const store = ["--engine", "null", "--preset", "workloadc", ...workload];
    const rate = ["-p", "operationcount=1500", "-target", "1000", "-threads", "3"];
    const more = ["-s", "-l", "here", "-p", "status.interval=1", "-p", "measurement.interval=both"];
    const { exit, out, err } = await cli("ycsb", "run", ...store, ...rate, ...more);
    expect(exit).toBe(0);
    expect(out).toContain("[READ], Operations, 1500\n");
    expect(out).toContain("[Intended-READ], Operations, 1500\n");
    expect(Number(/RunTime\(ms\), (\d+)/.exec(out)![1])).toBeGreaterThan(1480);
    expect(err).toMatch(/^here\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3} \d+ sec: \d+ operations; /m);
    expect(err).toMatch(/\[READ: Count=\d+, Max=\d+, Min=\d+, Avg=[\d.]+, 50=/);
  });

  test("maxexecutiontime ends a run without a number of operations", async () => {
    const store = ["--engine", "null", "--preset", "workloadc", "-p", "recordcount=100"];
    const time = ["-p", "operationcount=0", "-p", "maxexecutiontime=1"];
    const { exit, out } = await cli("ycsb", "run", ...store, ...time);
    expect(exit).toBe(0);
    const runtime = Number(/RunTime\(ms\), (\d+)/.exec(out)![1]);
    expect(runtime).toBeGreaterThanOrEqual(990);
  });
});
