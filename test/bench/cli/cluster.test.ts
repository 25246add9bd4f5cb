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

const SMALL = ["-p", "recordcount=100", "-p", "operationcount=200", "-p", "fieldlength=10"];

describe("a cluster in the process", () => {
  test("ycsb loads it, and runs on it by another call", async () => {
    const store = ["--engine", "memory", "--nodes", "3", "--dir", path.join(dir, "store")];
    const workload = ["--preset", "workloada", ...SMALL, "-threads", "8"];
    const load = await cli("ycsb", "load", ...store, ...workload);
    expect(load).toMatchObject({ exit: 0 });
    expect(load.out).toContain("[INSERT], Return=OK, 100\n");
    const quorum = ["--r", "1", "--w", "3"];
    const run = await cli("ycsb", "run", ...store, ...workload, ...quorum, "--json");
    expect(run).toMatchObject({ exit: 0 });
    const [row] = resultSchema.parse(JSON.parse(run.out)).rows;
    expect(row).toMatchObject({ engine: "memory x3 n3 r1 w3", durability: "os", errors: 0 });
    expect(row!.operations).toBe(200);
    expect(row!.notes[0]).toContain("N 3, R 1, W 3");
    const other = await cli("ycsb", "run", ...store, ...workload, "--n", "2");
    expect(other).toMatchObject({ exit: 70 });
    expect(other.err).toContain("ENGINE_WRONG_FOLDER");
  });

  test("engines has rows of clusters beside those of the engines", async () => {
    const what = ["--engines", "memory,null", "--suite", "ycsb", "--benchmarks", "workloadb"];
    const size = ["--records", "100", "--operations", "200", "--value-size", "50"];
    const shape = ["--nodes", "3", "--r", "1,2", "--w", "1,2", "--concurrency", "4"];
    const { exit, out, err } = await cli(
      ...["engines", ...what, ...size, ...shape, "--dir", dir, "--json"],
    );
    expect(exit).toBe(0);
    const { rows, skipped, config } = resultSchema.parse(JSON.parse(out));
    const names = ["memory", "null", "memory x3 n3 r1 w1", "memory x3 n3 r2 w2"];
    expect(rows.map(({ engine }) => engine)).toEqual(names);
    for (const row of rows) expect([row.durability, row.errors]).toEqual(["os", 0]);
    expect(config.engines).toEqual(["memory", "null"]);
    const left = ["null x3 n3 r1 w1", "null x3 n3 r2 w2"];
    expect(skipped.map(({ engine }) => engine)).toEqual(left);
    expect(err).toContain("engine null x3 n3 r1 w1 is left out: engine null keeps nothing");
  });

  test.each([
    ["--r 1", /--r is for a cluster: give --nodes/],
    ["--fan-out r", /--fan-out is for a cluster/],
    ["--nodes 0", /--nodes "0" must be at least 1/],
    ["--nodes 2 --n 3", /--n 3 replicas on --nodes 2/],
    ["--nodes 3 --r 1", /--r needs --w/],
    ["--nodes 3 --w 1", /--w needs --r/],
    ["--nodes 3 --r 1 --w 1 --level ONE", /give one or the others/],
    ["--nodes 3 --r 4 --w 1", /CLUSTER_SETTINGS: R 4 is over N 3/],
    ["--nodes 3 --level TREE", /unknown level "TREE"; the nearest is "THREE"/],
    ["--nodes 3 --level ANY", /level ANY is for writes/],
    ["--nodes 3 --conflicts newest", /newest/],
    ["--nodes 3 --conflicts linearizable --r 1 --w 1", /--r says nothing with/],
    ["--nodes 3 --conflicts linearizable", /a vote must outlive a loss of power/],
    ["--nodes 3 --level ONE,TWO", /one level/],
    ["--nodes 3 --r 1,2 --w 1", /list as many/],
  ])("ycsb run %s is refused", async (flags, message) => {
    const store = ["--engine", "memory", "--dir", path.join(dir, "none")];
    const workload = ["--preset", "workloadc", ...SMALL];
    const { exit, err } = await cli("ycsb", "run", ...store, ...workload, ...flags.split(" "));
    expect(err).toMatch(message);
    expect(exit).toBe(64);
    expect(fs.existsSync(path.join(dir, "none"))).toBe(false);
  });

  test("engines: only suite ycsb has clusters", async () => {
    const { exit, err } = await cli("engines", "--engines", "memory", "--nodes", "3");
    expect(exit).toBe(64);
    expect(err).toContain("--nodes is for suite ycsb: add --suite ycsb");
  });
});
