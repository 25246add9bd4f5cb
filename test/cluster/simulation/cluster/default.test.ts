import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { defaultScenario } from "../../../../cluster/simulation/cluster/default.ts";
import { isRegular } from "../../../../cluster/simulation/cluster/shape.ts";
import { reduce } from "../../../../cluster/simulation/shrink.ts";
import {
  drawPlan,
  type SimulationOptions,
  type SimulationResult,
} from "../../../../cluster/simulation/simulate.ts";
import { Random } from "../../../../workloads/random.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

const SHORT = 0.1;

function run(options: Partial<SimulationOptions>): Promise<SimulationResult> {
  return runScenario(defaultScenario, { seeds: [7], minutes: SHORT, ...options });
}

describe("the default scenario", () => {
  test("a seed has one digest, and two seeds have two", async () => {
    const first = await run({});
    expect(first).toEqual(await run({}));
    expect((await run({ seeds: [8] })).digest).not.toBe(first.digest);
  });

  test("no promise is broken in a few short seeds", async () => {
    const { violations, checked, operations, virtualHours } = await run({ seeds: upTo(12) });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    expect(operations / virtualHours / 3600).toBeGreaterThan(20);
    expect(Object.keys(checked).sort()).toEqual([
      ...["answers", "convergence", "hints", "liveness", "lost-writes", "many", "processes"],
      ...["regular", "sessions", "siblings"],
    ]);
  });

  test("what fails is made smaller, and still fails the same way", async () => {
    const planted = { seeds: [1], planted: "read-one-less" };
    const { violations } = await run({ ...planted, shrinkAttemptsMax: 12 });
    const { plan, kept, checker } = violations.find((it) => it.checker === "answers")!;
    const smaller = reduce(plan, kept!);
    expect(smaller.operations.length).toBeLessThan(plan.operations.length / 20);
    const again = await run({ ...planted, kept: kept! });
    expect(again.violations.map((it) => it.checker)).toContain(checker);
  });

  test("seeds differ in everything that can be set", () => {
    const seen = new Map<string, Set<string>>();
    const add = (name: string, value: unknown): void => {
      seen.set(name, (seen.get(name) ?? new Set()).add(JSON.stringify(value)));
    };
    for (const seed of upTo(20)) {
      const { shape, nodes, faults } = drawPlan(
        defaultScenario,
        new Random(seed),
        SHORT,
      ) as never as {
        shape: Parameters<typeof isRegular>[0];
        nodes: { engine: string }[];
        faults: { kind: string }[];
      };
      const { keyspace, ask, ringNodes } = shape;
      add("nodes", nodes.length);
      add("centres", new Set(ringNodes.map(({ dc }) => dc)).size);
      for (const { engine } of nodes) add("engines", engine);
      for (const n of Object.values(keyspace.replicas)) add("replicas", n);
      add("conflicts", keyspace.conflicts);
      add("quorum", keyspace.quorum);
      add("durability", keyspace.durability);
      add("repair", ask.mode.repair);
      add("fanOut", ask.mode.fanOut);
      add("pending", shape.pendingNode !== undefined);
      add("regular", isRegular(shape));
      if (ask.write.level !== undefined) add("write level", ask.write.level);
      if (ask.read.level !== undefined) add("read level", ask.read.level);
      for (const { kind } of faults) add("fault", kind);
    }
    const counts = Object.fromEntries([...seen].map(([name, values]) => [name, values.size]));
    expect(counts).toMatchObject({ centres: 3, engines: 3, conflicts: 3, quorum: 2, repair: 3 });
    expect(counts).toMatchObject({ fanOut: 2, pending: 2, regular: 2 });
    for (const name of ["durability", "nodes", "replicas", "write level", "read level"]) {
      expect(counts[name], name).toBeGreaterThan(2);
    }
    expect(counts.fault).toBeGreaterThan(12);
  });

  test("the list of marks is that of the product", () => {
    const folders = ["replication", "hints", "versioning", "client"];
    const files = folders.flatMap((folder) => {
      const dir = path.join("cluster", folder);
      return fs.readdirSync(dir).map((name) => path.join(dir, name));
    });
    const found = new Set<string>();
    for (const file of [...files, "cluster/node.ts", "cluster/client.ts"]) {
      const text = fs.readFileSync(file, "utf8");
      for (const [, site, name] of text.matchAll(/\.(mark|buggify)\(\s*"([^"]+)"/g)) {
        found.add(site === "buggify" ? `buggify ${name}` : name!);
      }
    }
    expect([...found].sort()).toEqual([...defaultScenario.marks!].sort());
  });

  if (!isNightly) return;

  test("200 seeds of a minute: nothing is broken, and everything has happened", async () => {
    let fewest = Number.POSITIVE_INFINITY;
    const { violations, faultsByKind, marks } = await run({
      seeds: upTo(200),
      minutes: 1,
      onSeed: (_seed, outcome) => {
        fewest = Math.min(fewest, outcome.operations);
      },
    });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    expect(fewest).toBeGreaterThanOrEqual(2000);
    expect(Object.keys(faultsByKind).length).toBeGreaterThanOrEqual(15);
    for (const [kind, count] of Object.entries(faultsByKind)) {
      expect(count, kind).toBeGreaterThanOrEqual(200);
    }
    const never = Object.entries(marks).filter(([, count]) => count === 0);
    expect(never).toEqual([]);
  }, 1_800_000);
});
