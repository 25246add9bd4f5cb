// What is measured outside the schedulers: batches, passes, a compaction, a writer beside.

import { describe, expect, test } from "vitest";
import { runBatchPass } from "../../bench/batch-pass.ts";
import { runCompaction } from "../../bench/compaction-run.ts";
import { runScanPass } from "../../bench/scan-pass.ts";
import { runBesideWriter } from "../../bench/writer-beside.ts";
import type { Batch, Engine, MaybePromise } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { DbBenchWorkload } from "../../workloads/db-bench.ts";
import { MapEngine } from "./map-engine.ts";
import { VirtualTime } from "./virtual-time.ts";

const BATCH_NS = 50_000;

/** An engine that takes so long for a batch, and counts them. */
function batchEngine(time: VirtualTime, promises: boolean, failAt = Number.POSITIVE_INFINITY) {
  const sizes: number[] = [];
  const keys = new Set<string>();
  const batch = (batch: Batch): MaybePromise<void> => {
    if (sizes.length === failAt) throw new EngineError("ENGINE_NO_SPACE", "full");
    sizes.push(batch.count);
    batch.forEach((key) => {
      keys.add(Buffer.from(key).toString("hex"));
    });
    if (promises) return time.promiseAt(time.currentNs + BATCH_NS, undefined);
    time.spend(BATCH_NS);
    return undefined;
  };
  return { sizes, keys, engine: { batch, stats: () => ({}) } as unknown as Engine };
}

function commonOf(time: VirtualTime, engine: Engine, expected: number) {
  const signal = new AbortController().signal;
  return { engine, clock: time, timer: time, signal, latency: true, expected };
}

function workload(benchmark: string, records: number) {
  return new DbBenchWorkload({ benchmark, records, operations: records, seed: 1 });
}

describe("batches", () => {
  test.each([false, true])(
    "every put once, the last batch short; promises %s",
    async (promises) => {
      const time = new VirtualTime();
      const { sizes, keys, engine } = batchEngine(time, promises);
      const fill = { workload: workload("fillbatch", 2500), clients: 1, batchSize: 1000 };
      const run = runBatchPass({ ...commonOf(time, engine, 2500), ...fill });
      const outcome = await time.runUntil(run);
      expect(sizes).toEqual([1000, 1000, 500]);
      expect(keys.size).toBe(2500);
      expect(outcome.operations).toBe(2500);
      expect(outcome.perOperation).toMatchObject([{ operation: "INSERT", returns: { OK: 2500 } }]);
      // The latency of a put is that of its batch.
      expect(outcome.latencyNs!.p50).toBeGreaterThanOrEqual(BATCH_NS);
      expect(outcome.latencyNs!.p50).toBeLessThan(1.2 * BATCH_NS);
    },
  );

  test("several clients share the puts, each with a batch under way", async () => {
    const time = new VirtualTime();
    const { sizes, keys, engine } = batchEngine(time, true);
    const fill = { workload: workload("fillbatch", 4000), clients: 4, batchSize: 500 };
    const run = runBatchPass({ ...commonOf(time, engine, 4000), ...fill });
    const outcome = await time.runUntil(run);
    expect(sizes).toEqual(new Array(8).fill(500));
    expect(keys.size).toBe(4000);
    expect(outcome.loop).toEqual({ kind: "closed", clients: 4 });
    // Four at a time, one behind the other: two rounds.
    expect(outcome.elapsedNs).toBeLessThan(4 * BATCH_NS);
  });

  test("a batch that fails ends the run with its error", async () => {
    const time = new VirtualTime();
    const { engine } = batchEngine(time, false, 1);
    const fill = { workload: workload("fillbatch", 3000), clients: 2, batchSize: 1000 };
    const run = runBatchPass({ ...commonOf(time, engine, 3000), ...fill });
    await expect(time.runUntil(run)).rejects.toMatchObject({ code: "ENGINE_NO_SPACE" });
  });

  test("a limit of time ends it, and the row says of how many", async () => {
    const time = new VirtualTime();
    const { engine } = batchEngine(time, false);
    const fill = { workload: workload("fillbatch", 1_000_000), clients: 1, batchSize: 100 };
    const common = { ...commonOf(time, engine, 1_000_000), maxSeconds: 0.2 };
    const outcome = await time.runUntil(runBatchPass({ ...common, ...fill }));
    expect(outcome.cutShortOf).toBe(1_000_000);
    expect(outcome.partial).toBe(false);
    expect(outcome.operations).toBeGreaterThan(100_000);
    expect(outcome.operations).toBeLessThan(600_000);
    expect(outcome.notes.join()).toContain("time limit");
  });
});

describe("a pass of a cursor", () => {
  const chunk = { count: 10, key: () => new Uint8Array(1), value: () => new Uint8Array(1) };

  function scanEngine(time: VirtualTime, chunks: number) {
    let closed = 0;
    let left = chunks;
    const next = () => {
      time.spend(20_000);
      return left-- > 0 ? chunk : undefined;
    };
    const scan = () => ({ next, close: () => void closed++ });
    return { engine: { scan } as unknown as Engine, closed: () => closed };
  }

  test("ends with the records, and lets go of its cursor", async () => {
    const time = new VirtualTime();
    const { engine, closed } = scanEngine(time, 30);
    const pass = { ...commonOf(time, engine, 300), reverse: false, limit: 300 };
    const outcome = await time.runUntil(runScanPass(pass));
    expect(outcome.operations).toBe(300);
    expect(outcome.partial).toBe(false);
    expect(closed()).toBe(1);
  });

  test("whoever interrupts gets a partial row, and the cursor is let go of", async () => {
    const time = new VirtualTime();
    const { engine, closed } = scanEngine(time, 1e9);
    const controller = new AbortController();
    time.at(0.3e9, () => controller.abort());
    const common = { ...commonOf(time, engine, 1e10), signal: controller.signal };
    const outcome = await time.runUntil(runScanPass({ ...common, reverse: true, limit: 1e10 }));
    expect(outcome.partial).toBe(true);
    expect(outcome.operations).toBeGreaterThan(1000);
    expect(closed()).toBe(1);
  });
});

test("a compaction is one operation, and progress goes on meanwhile", async () => {
  const time = new VirtualTime();
  const compact = () => time.promiseAt(time.currentNs + 0.55e9, undefined);
  const engine = { compact, stats: () => ({}) } as unknown as Engine;
  const elapsed: number[] = [];
  const options = { engine, clock: time, timer: time, latency: true };
  const onProgress = ({ elapsedNs }: { elapsedNs: number }) => void elapsed.push(elapsedNs);
  const outcome = await time.runUntil(runCompaction({ ...options, onProgress }));
  expect(outcome.operations).toBe(1);
  expect(outcome.elapsedNs).toBeGreaterThanOrEqual(0.55e9);
  expect(outcome.latencyNs!.max / 0.55e9).toBeCloseTo(1, 2);
  expect(outcome.perOperation).toMatchObject([{ operation: "COMPACT", returns: { OK: 1 } }]);
  expect(elapsed.length).toBeGreaterThanOrEqual(5);
});

describe("a writer beside", () => {
  function setUp(promises: boolean, costNs: number) {
    const time = new VirtualTime();
    const did = { get: 0, put: 0, scan: 0 };
    const before = (what: "get" | "put" | "scan") => {
      did[what]++;
      time.spend(costNs);
    };
    const map = new MapEngine({ promises, before });
    const readers = {
      ...commonOf(time, map.asEngine(), 5000),
      workload: workload("readwhilewriting", 500),
      phase: "run" as const,
      offer: { kind: "closed" as const },
      clients: 1,
      operations: 5000,
      warmupOperations: 0,
      notFoundFails: false,
    };
    return { time, did, readers, writer: workload("overwrite", 500) };
  }

  test.each([false, true])("only the reads count; promises %s", async (promises) => {
    const { time, did, readers, writer } = setUp(promises, 5000);
    const outcome = await time.runUntil(runBesideWriter(readers, writer, undefined));
    expect(did.get).toBe(5000);
    expect(outcome.operations).toBe(5000);
    expect(outcome.perOperation.map(({ operation }) => operation)).toEqual(["READ"]);
    const [, count] = /overwrote ([\d,]+) keys/.exec(outcome.notes.join())!;
    expect(Number(count!.replaceAll(",", ""))).toBe(did.put);
    // On a store that answers at once both have half of the time.
    if (!promises) {
      expect(did.put).toBeGreaterThan(4000);
      expect(did.put).toBeLessThan(6000);
    }
  });

  test("its rate is kept", async () => {
    const { time, did, readers, writer } = setUp(false, 20_000);
    const outcome = await time.runUntil(runBesideWriter(readers, writer, 1000));
    const expected = (outcome.elapsedNs / 1e9) * 1000;
    expect(did.put / expected).toBeGreaterThan(0.8);
    expect(did.put / expected).toBeLessThan(1.2);
    expect(outcome.notes.join()).toContain("limited to 1000/s");
  });

  test("a writer that cannot go on ends the readers, with its error", async () => {
    const { time, readers, writer } = setUp(false, 1000);
    let gets = 0;
    const map = new MapEngine({
      promises: false,
      before: (what) => {
        time.spend(1000);
        if (what === "put") throw new EngineError("ENGINE_CLOSED", "closed");
        gets++;
      },
    });
    const run = runBesideWriter({ ...readers, engine: map.asEngine() }, writer, undefined);
    await expect(time.runUntil(run)).rejects.toMatchObject({ code: "ENGINE_CLOSED" });
    expect(gets).toBeLessThan(2000);
  });

  test("whoever interrupts ends both", async () => {
    const { time, readers, writer } = setUp(false, 5000);
    const controller = new AbortController();
    time.at(5e6, () => controller.abort());
    const run = runBesideWriter({ ...readers, signal: controller.signal }, writer, undefined);
    const outcome = await time.runUntil(run);
    expect(outcome.partial).toBe(true);
    expect(outcome.operations).toBeLessThan(5000);
  });
});
