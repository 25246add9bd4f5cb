// The suite on an engine that is watched: how it is opened, emptied and filled, and its rows.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DataDir } from "../../../bench/data-dir.ts";
import { Session } from "../../../bench/session.ts";
import { dbBenchSuite } from "../../../bench/suites/db-bench.ts";
import type { SuiteRun, SuiteSettings } from "../../../bench/suites/suite.ts";
import { systemTimer } from "../../../bench/timer.ts";
import { Watch } from "../../../bench/watch.ts";
import type { EngineModule } from "../../../engines/engine.ts";
import { systemClock } from "../../../engines/io/clock.ts";
import type { Row } from "../../../reports/result.ts";
import { DB_BENCHMARK_NAMES } from "../../../workloads/db-benchmarks.ts";
import { modelModule } from "../../engines/conformance/model-module.ts";

let parent = "";

beforeAll(() => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-suite-"));
});

afterAll(() => {
  expect(fs.readdirSync(parent)).toEqual([]);
  fs.rmSync(parent, { recursive: true });
});

const SETTINGS: SuiteSettings = {
  benchmarks: DB_BENCHMARK_NAMES,
  records: 2000,
  operations: 2000,
  operationsOf: {},
  valueBytes: 100,
  durability: "os",
  clients: 1,
  cacheBytes: 1 << 20,
  latency: true,
  offer: { kind: "closed" },
  seed: 1,
  warmupOperations: 0,
  maxSeconds: undefined,
};

interface Ran {
  readonly rows: Row[];
  /** Levels at which the engine was opened. */
  readonly opened: string[];
  /** What progress was told of. */
  readonly labels: string[];
}

async function run(
  change: Partial<SuiteSettings>,
  supports: Partial<EngineModule["supports"]> = {},
): Promise<Ran> {
  const model = modelModule("none");
  const opened: string[] = [];
  const labels: string[] = [];
  const module: EngineModule = {
    ...model,
    supports: { ...model.supports, ...supports },
    open: (options) => {
      opened.push(options.durability);
      return model.open(options);
    },
  };
  const dataDir = new DataDir(parent);
  const tell = (label: string) => void labels.push(label);
  const progress = { begin: tell, update() {}, end() {}, leftOut: tell };
  const signal = new AbortController().signal;
  const run: SuiteRun = {
    ...{ module, name: module.name, run: 1, engineSettings: {}, dataDir, signal, progress },
    ...{ clock: systemClock, timer: systemTimer, watch: new Watch(systemClock) },
  };
  const rows: Row[] = [];
  try {
    for await (const row of dbBenchSuite.execute({ ...SETTINGS, ...change }, run)) rows.push(row);
  } finally {
    dataDir.close();
  }
  return { rows, opened, labels };
}

describe("the whole suite", () => {
  let ran: Ran;
  const rowOf = (name: string) => ran.rows.find(({ benchmark }) => benchmark === name)!;

  beforeAll(async () => {
    ran = await run({});
  });

  test("a row for each, in the order given, without errors", () => {
    expect(ran.rows.map(({ benchmark }) => benchmark)).toEqual(DB_BENCHMARK_NAMES);
    for (const row of ran.rows) {
      expect(row.errors, row.benchmark).toBe(0);
      expect(row.partial, row.benchmark).toBe(false);
      expect(row.latencyNs!.max, row.benchmark).toBeGreaterThan(0);
    }
    expect(ran.labels.filter((label) => / fill$/.test(label))).toEqual([]);
  });

  test("operations: a thousandth, one, as many as there are, or all", () => {
    const operations = Object.fromEntries(ran.rows.map((row) => [row.benchmark, row.operations]));
    expect(operations).toMatchObject({ fillsync: 2, fillbatch: 2000, compact: 1, mixgraph: 2000 });
    expect(operations).toMatchObject({ readwhilewriting: 2000, deleterandom: 2000 });
    // A pass meets what fillrandom and overwrite left: 1 - e^-2 of the keys.
    expect(operations.readseq! / 2000).toBeCloseTo(1 - Math.exp(-2), 1);
    expect(operations.readreverse).toBe(operations.readseq);
  });

  test("fillsync is at sync and says so, and the rest at the level of the run", () => {
    expect(rowOf("fillsync").durability).toBe("sync");
    expect(rowOf("fillsync").notes.join()).toMatch(/at durability sync; the run is at os/);
    for (const { benchmark, durability } of ran.rows.slice(1)) {
      expect(durability, benchmark).toBe("os");
    }
    expect(ran.opened[0]).toBe("sync");
    expect(ran.opened.slice(1).every((level) => level === "os")).toBe(true);
  });

  test("figures of the engine are those of the row", () => {
    const bytes = Object.fromEntries(
      ran.rows.map(({ benchmark, stats }) => [benchmark, stats.userBytesWritten]),
    );
    expect(bytes).toMatchObject({ fillbatch: 2000 * 116, fillrandom: 2000 * 116 });
    expect(bytes).toMatchObject({ overwrite: 2000 * 116, readrandom: 0, readseq: 0, compact: 0 });
    // What the writer beside the readers wrote, as its note says.
    const notes = rowOf("readwhilewriting").notes.join();
    const [, count] = /overwrote ([\d,]+) keys/.exec(notes)!;
    expect(bytes.readwhilewriting).toBe(Number(count!.replaceAll(",", "")) * 116);
  });

  test("mixgraph reads, puts and scans, and counts what its gets found", () => {
    const kinds = new Map(rowOf("mixgraph").perOperation.map((each) => [each.operation, each]));
    expect(kinds.get("READ")!.count / 2000).toBeCloseTo(0.83, 1);
    expect(kinds.get("UPDATE")!.count / 2000).toBeCloseTo(0.14, 1);
    expect(kinds.get("SCAN")!.count).toBeGreaterThan(20);
    const found = kinds.get("READ")!.returns.OK!;
    expect(rowOf("mixgraph").notes).toContain(`${found} of ${kinds.get("READ")!.count} gets found`);
  });
});

test("what the engine cannot do is left out, with a line that says why", async () => {
  const without = { scan: false, compact: false, durability: ["os"] as const };
  const { rows, labels } = await run({}, without);
  const there = rows.map(({ benchmark }) => benchmark);
  const left = DB_BENCHMARK_NAMES.filter((name) => !there.includes(name as never));
  expect(left).toEqual([
    ...["fillsync", "readseq", "readreverse", "seekrandom", "mixgraph", "compact"],
  ]);
  expect(labels).toContain("model compact is left out: it has no compaction");
  expect(labels).toContain("model mixgraph is left out: it has no scans");
  expect(labels).toContain("model fillsync is left out: it cannot give durability sync");
});

test("after fillsync, which writes a few keys, reads are filled anew", async () => {
  const { rows, labels } = await run({ benchmarks: ["fillsync", "readrandom", "readseq"] });
  expect(labels).toContain("model fill");
  expect(rows[1]!.perOperation[0]!.returns).toEqual({ OK: 2000 });
  expect(rows[2]!.operations).toBe(2000);
});

test("a session gives its engine at the level that is asked for, on the same data", async () => {
  const model = modelModule("none");
  const dataDir = new DataDir(parent);
  const watch = new Watch(systemClock);
  const common = { module: model, durability: "os", cacheBytes: 0, clients: 1 } as const;
  const session = new Session({ ...common, settings: {}, dataDir, watch });
  const key = new Uint8Array([1]);
  const first = await session.engine();
  await first.put(key, key);
  expect(first.durability).toBe("os");
  expect(await session.engine()).toBe(first);
  const synced = await session.engine("sync");
  expect(synced.durability).toBe("sync");
  expect(await synced.get(key)).toEqual(key);
  expect((await session.engine()).durability).toBe("os");
  await session.empty();
  expect(await (await session.engine()).get(key)).toBeUndefined();
  await session.close();
  dataDir.close();
});

test("operations that are given for one benchmark are not divided", async () => {
  const { rows } = await run({ benchmarks: ["fillsync"], operationsOf: { fillsync: 7 } });
  expect(rows[0]!.operations).toBe(7);
});

test("numbers out of range are found before anything runs", () => {
  expect(() => dbBenchSuite.check({ ...SETTINGS, records: 0 })).toThrow("records must be");
  expect(() => dbBenchSuite.check({ ...SETTINGS, benchmarks: ["readrandm"] })).toThrow(
    'the nearest is "readrandom"',
  );
});
