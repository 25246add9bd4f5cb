import { describe, expect, test } from "vitest";
import { DbBenchWorkload } from "../../workloads/db-bench.ts";
import {
  DB_BENCHMARK_NAMES,
  dbBenchOperations,
  findDbBenchmark,
} from "../../workloads/db-benchmarks.ts";
import { OperationKind } from "../../workloads/workload.ts";
import { chiSquareP } from "./chi-square.ts";
import { operation, take, text } from "./operation.ts";

function workload(benchmark: string, records = 1000, operations = records): DbBenchWorkload {
  return new DbBenchWorkload({ benchmark, records, operations, seed: 1 });
}

/** db_bench's key: eight bytes big-endian, then "0" up to the length. */
function keyOf(keyNumber: number, bytes = 16): string {
  const key = Buffer.alloc(bytes, "0");
  key.writeBigUInt64BE(BigInt(keyNumber), 0);
  return key.toString("latin1");
}

describe("db_bench", () => {
  test("fillseq writes every key in order, several clients in turn", () => {
    const keys = take(workload("fillseq").runClient(0, 1), 1000);
    keys.forEach((put, i) => {
      expect(put.kind).toBe(OperationKind.insert);
      expect(put.keyNumber).toBe(i);
      expect(text(put.key)).toBe(keyOf(i));
      expect(put.value.length).toBe(100);
      expect(put.field).toBe(-1);
    });
    const second = take(workload("fillseq").runClient(1, 3), 3).map((put) => put.keyNumber);
    expect(second).toEqual([1, 4, 7]);
  });

  test("fillrandom draws with replacement: about 63 % of the keys", () => {
    const puts = take(workload("fillrandom", 20_000).runClient(0, 1), 20_000);
    const distinct = new Set(puts.map((put) => put.keyNumber)).size;
    expect(distinct / 20_000).toBeCloseTo(1 - 1 / Math.E, 1.9);
  });

  test("random benchmarks draw evenly from all records", () => {
    const names = ["overwrite", "readrandom", "readmissing", "seekrandom", "deleterandom"];
    for (const name of [...names, "fillrandom", "readwhilewriting"]) {
      const counts = new Array<number>(100).fill(0);
      for (const { keyNumber } of take(workload(name, 100).runClient(0, 1), 20_000)) {
        counts[keyNumber] = counts[keyNumber]! + 1;
      }
      expect(chiSquareP(counts, new Array(100).fill(0.01)), name).toBeGreaterThan(1e-4);
    }
  });

  test("readmissing asks for keys one byte longer than those there are", () => {
    for (const read of take(workload("readmissing").runClient(0, 1), 20)) {
      expect(text(read.key)).toBe(keyOf(read.keyNumber, 17));
    }
  });

  test("the load has every key once, scattered, whoever shares in it", () => {
    for (const clients of [1, 3, 7]) {
      const filled = workload("readrandom");
      const keys: number[] = [];
      for (let index = 0; index < clients; index++) {
        const count = filled.loadCount(index, clients);
        const inserts = take(filled.loadClient(index, clients), count);
        keys.push(...inserts.map((insert) => insert.keyNumber));
      }
      expect(new Set(keys).size).toBe(1000);
      expect(keys).toHaveLength(1000);
      expect(keys.slice(0, 10)).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test("readseq and readreverse are one scan of all, from either end", () => {
    const [forward] = take(workload("readseq", 500, 400).runClient(0, 1), 1);
    expect(forward).toMatchObject({ kind: OperationKind.scan, keyNumber: 0, scanLength: 400 });
    const [backward] = take(workload("readreverse", 500).runClient(0, 1), 1);
    expect(backward).toMatchObject({ kind: OperationKind.scan, keyNumber: 499, scanLength: 500 });
    expect(findDbBenchmark("readseq")).toMatchObject({ shape: "scan", reverse: false });
    expect(findDbBenchmark("readreverse")).toMatchObject({ shape: "scan", reverse: true });
    expect(take(workload("seekrandom").runClient(0, 1), 1)[0]!.scanLength).toBe(1);
  });

  test("values move through the pool and repeat only after it", () => {
    const client = workload("fillrandom").runClient(0, 1);
    const values = take(client, 2000).map((put) => text(put.value));
    expect(new Set(values).size).toBe(2000);
    const empty = new DbBenchWorkload({
      benchmark: "fillseq",
      records: 10,
      operations: 10,
      seed: 1,
      valueBytes: 0,
    });
    expect(take(empty.runClient(0, 1), 3)[2]!.value.length).toBe(0);
  });

  test("numbers above 2^32 have their key, and every benchmark fills its operation", () => {
    const far = new DbBenchWorkload({
      benchmark: "readrandom",
      records: 2 ** 45,
      operations: 1,
      seed: 2,
    });
    for (const read of take(far.runClient(0, 1), 20))
      expect(text(read.key)).toBe(keyOf(read.keyNumber));
    for (const name of DB_BENCHMARK_NAMES) {
      const filled = operation();
      filled.keyNumber = -1;
      workload(name).runClient(0, 1).next(filled);
      expect(filled.keyNumber).toBeGreaterThanOrEqual(0);
      if (name !== "mixgraph") expect(filled.kind, name).toBe(findDbBenchmark(name).kind);
      expect(findDbBenchmark(name).store).toBe(/^fill/.test(name) ? "empty" : "filled");
    }
  });

  test("fillsync has a thousandth of the operations, on a thousandth of the keys", () => {
    const synced = workload("fillsync", 50_000, 50);
    expect(synced.keyCount).toBe(50);
    expect(synced.recordCount).toBe(50_000);
    const keys = new Set(take(synced.runClient(0, 1), 2000).map((put) => put.keyNumber));
    expect(Math.max(...keys)).toBe(49);
    expect(workload("fillsync", 10).keyCount).toBe(1);
    const operations = (name: string, asked: number) =>
      dbBenchOperations(findDbBenchmark(name), asked);
    expect(operations("fillsync", 1e6)).toBe(1000);
    expect(operations("fillsync", 999)).toBe(1);
    expect(operations("compact", 1e6)).toBe(1);
    expect(operations("readrandom", 1e6)).toBe(1e6);
  });

  test("fillbatch writes in key order", () => {
    const keys = take(workload("fillbatch").runClient(0, 1), 5).map((put) => put.keyNumber);
    expect(keys).toEqual([0, 1, 2, 3, 4]);
  });

  test("fills come first, and deletes last", () => {
    const stores = DB_BENCHMARK_NAMES.map((name) => findDbBenchmark(name).store);
    expect(stores.lastIndexOf("empty")).toBe(
      stores.filter((store) => store === "empty").length - 1,
    );
    expect(DB_BENCHMARK_NAMES.at(-1)).toBe("deleterandom");
  });

  test("the same seed and client replay", () => {
    const stream = (index: number) => take(workload("fillrandom").runClient(index, 2), 100);
    expect(stream(0)).toEqual(stream(0));
    expect(stream(0)).not.toEqual(stream(1));
  });

  test("what is wrong is named", () => {
    const good = { benchmark: "fillseq", records: 10, operations: 10, seed: 1 };
    expect(() => new DbBenchWorkload({ ...good, benchmark: "readrandm" })).toThrow(
      'unknown benchmark "readrandm"; the nearest is "readrandom"',
    );
    expect(() => new DbBenchWorkload({ ...good, records: 0 })).toThrow("records must be");
    expect(() => new DbBenchWorkload({ ...good, keyBytes: 7 })).toThrow("key size must be");
    expect(() => new DbBenchWorkload({ ...good, compressionRatio: 2 })).toThrow("ratio");
  });
});
