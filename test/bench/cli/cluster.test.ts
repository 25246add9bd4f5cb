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
    const cluster = { nodes: 3, n: 3, r: 1, w: 3, conflicts: "dvv" };
    const settings = { ...cluster, fanOut: "all", repair: "background" };
    expect(row!.cluster).toEqual(settings);
    const { config } = resultSchema.parse(JSON.parse(run.out));
    expect(config.cluster).toEqual({ "memory x3 n3 r1 w3": settings });
    // Three replicas write what came once; a record is merged out of what is read.
    const { stats } = row!;
    expect(stats.writeAmplification).toBeGreaterThan(3);
    expect(stats.writeAmplification).toBeLessThan(9);
    const other = await cli("ycsb", "run", ...store, ...workload, "--n", "2");
    expect(other).toMatchObject({ exit: 64 });
    expect(other.err).toContain("give --engine memory --nodes 3 --n 3 --conflicts dvv, or");
    const alone = await cli("ycsb", "run", "--engine", "memory", ...store.slice(4), ...workload);
    expect(alone).toMatchObject({ exit: 64 });
    expect(alone.err).toContain("give --engine memory --nodes 3 --n 3 --conflicts dvv");
    const none = [...store.slice(0, 4), "--dir", path.join(dir, "nothing")];
    const unloaded = await cli("ycsb", "run", ...none, ...workload);
    expect(unloaded).toMatchObject({ exit: 64 });
    expect(unloaded.err).toMatch(
      /load it first, by ringbench ycsb load --engine memory --nodes 3 --n 3/,
    );
    expect(fs.existsSync(path.join(dir, "nothing"))).toBe(false);
  });

  test("an engine's folder is no cluster's", async () => {
    const store = ["--engine", "memory", "--dir", path.join(dir, "alone")];
    const workload = ["--preset", "workloadc", ...SMALL];
    expect(await cli("ycsb", "load", ...store, ...workload)).toMatchObject({ exit: 0 });
    const { exit, err } = await cli("ycsb", "run", ...store, ...workload, "--nodes", "3");
    expect(exit).toBe(64);
    expect(err).toContain("holds data of engine memory, which is no cluster: leave --nodes out");
  });

  test("verify checks the ring and every store of every node", async () => {
    const folder = path.join(dir, "verified");
    const store = ["--engine", "memory", "--nodes", "3", "--dir", folder];
    await cli("ycsb", "load", ...store, "--preset", "workloada", ...SMALL);
    const { exit, out } = await cli("verify", folder, "--json");
    expect(exit).toBe(0);
    const { engine, clean, stores, recordsChecked } = JSON.parse(out);
    expect([engine, clean]).toEqual(["cluster:memory:nodes=3:n=3:dvv", true]);
    const data = stores.filter((each: { dir: string }) => each.dir.includes("keyspaces"));
    expect(data.map((each: { dir: string }) => path.relative(folder, each.dir))).toEqual(
      ["n1", "n2", "n3"].map((node) => path.join(node, "keyspaces", "ycsb", "data")),
    );
    for (const each of data) expect(each.recordsChecked).toBeGreaterThanOrEqual(100);
    expect(recordsChecked).toBeGreaterThanOrEqual(300);
    const [log] = fs.readdirSync(data[1].dir).filter((name: string) => name.endsWith(".log"));
    const file = path.join(data[1].dir, log!);
    const bytes = fs.readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    fs.writeFileSync(file, bytes);
    const damaged = await cli("verify", folder);
    expect(damaged.exit).toBe(1);
    expect(damaged.out).toContain(`PROBLEM ${file}`);
    expect(damaged.out).toContain(`${data[0].dir}: memory, `);
    fs.writeFileSync(path.join(folder, "RING"), "no ring");
    expect((await cli("verify", folder)).out).toContain(`PROBLEM ${path.join(folder, "RING")}`);
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
    expect(Object.keys(config.cluster as object)).toEqual(names.slice(2));
    expect(rows.map(({ cluster }) => cluster?.r)).toEqual([undefined, undefined, 1, 2]);
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
    ["--nodes 3 --level TREE", /unknown level "TREE"; it is one of ONE, TWO, THREE, QUORUM/],
    ["--nodes 3 --level ANY", /unknown level "ANY"; it is one of ONE/],
    ["--nodes 3 --conflicts newest", /"newest"; it is one of dvv, vector-clock, lww, linear/],
    ["--nodes 3 --conflicts linearizable --r 1 --w 1", /--r says nothing with/],
    [
      "--nodes 3 --conflicts linearizable",
      /a vote must outlive a loss of power; give --durability group/,
    ],
    ["--nodes 3 --level ONE,TWO", /one level/],
    ["--nodes 3 --r 1,2 --w 1", /list as many/],
    ["--nodes 3 --r 1,1 --w 2,2", /--r 1 with --w 2 is there twice/],
    ["--nodes 3 --level ONE,ONE", /--level ONE is there twice/],
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
