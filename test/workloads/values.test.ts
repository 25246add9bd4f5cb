import { describe, expect, test } from "vitest";
import { measureCompression } from "../../workloads/compression.ts";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { DbBenchWorkload } from "../../workloads/db-bench.ts";
import { compressiblePool, poolViews, ycsbPool } from "../../workloads/pool.ts";
import { Random } from "../../workloads/random.ts";
import { chiSquareP } from "./chi-square.ts";
import { operation } from "./operation.ts";

function workload(...overrides: string[]): CoreWorkload {
  const base = ["recordcount=2000", "operationcount=1000"];
  return new CoreWorkload(resolveProperties([], [...base, ...overrides]), { name: "test" });
}

describe("YCSB's random bytes", () => {
  test("byte k of a group is even over its mask, and groups start anew in each cell", () => {
    const pool = ycsbPool(new Random(1), 100, 0);
    expect(pool.length).toBeGreaterThanOrEqual(4 * 1024 * 1024);
    expect(pool.length % 100).toBe(0);
    const masks = [31, 63, 95, 31, 63, 95];
    for (let place = 0; place < 100; place++) {
      const mask = masks[place % 6]!;
      // Bits that the mask keeps are each even: 95 lets bits 0 to 4 and 6 through.
      const values = Array.from({ length: 128 }, (_, v) => v).filter((v) => (v & ~mask) === 0);
      const law = new Array<number>(256).fill(0);
      for (const value of values) law[value + 32] = 1 / values.length;
      const counts = new Array<number>(256).fill(0);
      for (let at = place; at < pool.length; at += 100) counts[pool[at]!] = counts[pool[at]!]! + 1;
      expect(chiSquareP(counts, law), `byte ${place}`).toBeGreaterThan(1e-5);
    }
  });

  test("the deflate ratio of the real one, measured as 0.79, and nothing for lz4", () => {
    const figures = measureCompression(workload());
    expect(figures.sampleBytes).toBeGreaterThan(250_000);
    expect(figures.deflate).toBeCloseTo(0.79, 1.9);
    expect(figures.lz4).toBeGreaterThan(0.95);
  });
});

describe("compressibility", () => {
  test("db_bench's pieces: the first part random, then repeated", () => {
    const pool = compressiblePool(new Random(2), 0.3, 0);
    for (const start of [0, 100, 5000]) {
      const piece = pool.subarray(start, start + 100);
      piece.forEach((byte, i) => {
        expect(byte).toBe(piece[i % 30]);
        expect(byte >= 32 && byte < 127).toBe(true);
      });
      expect(new Set(piece).size).toBeGreaterThan(10);
    }
    expect(new Set(compressiblePool(new Random(2), 0, 0).subarray(0, 100)).size).toBe(1);
  });

  test.each([0.25, 0.5, 0.75, 1])("lz4 gets near the ratio asked for, %f", (ratio) => {
    const ycsb = measureCompression(workload(`ringbench.compressionratio=${ratio}`));
    const options = { benchmark: "fillseq", records: 5000, operations: 5000, seed: 1 };
    const dbBench = measureCompression(
      new DbBenchWorkload({ ...options, compressionRatio: ratio }),
    );
    for (const figures of [ycsb, dbBench]) {
      expect(figures.lz4).toBeGreaterThan(ratio - 0.02);
      expect(figures.lz4).toBeLessThan(ratio + 0.1);
      expect(figures.deflate).toBeLessThan(figures.lz4!);
    }
  });

  test("values of no bytes have the ratio 1", () => {
    expect(measureCompression(workload("fieldlength=0"))).toEqual({
      sampleBytes: 0,
      lz4: 1,
      deflate: 1,
    });
  });
});

test("views of a pool lie inside it, at multiples of the unit", () => {
  const pool = new Uint8Array(1005);
  const views = poolViews(new Random(3), pool, { length: 200, unit: 10, count: 500 });
  expect(views).toHaveLength(500);
  for (const view of views) {
    expect(view.length).toBe(200);
    expect(view.byteOffset % 10).toBe(0);
  }
  expect(Math.max(...views.map((view) => view.byteOffset))).toBe(800);
});

describe("lengths of fields", () => {
  function lengthsOf(core: CoreWorkload, records: number): number[] {
    const client = core.loadClient(0, 1);
    const filled = operation();
    const lengths: number[] = [];
    for (let i = 0; i < records; i++) {
      client.next(filled);
      for (let field = 0; field < core.fieldCount; field++) {
        lengths.push(core.layout.field(filled.value, field).length);
      }
    }
    return lengths;
  }

  function countsOf(lengths: readonly number[]): number[] {
    const counts = new Array<number>(Math.max(...lengths) + 1).fill(0);
    for (const length of lengths) counts[length] = counts[length]! + 1;
    return counts;
  }

  test("constant", () => {
    expect(new Set(lengthsOf(workload("fieldlength=37"), 100))).toEqual(new Set([37]));
  });

  test("uniform from the minimum to the maximum", () => {
    const settings = ["fieldlengthdistribution=uniform", "minfieldlength=5", "fieldlength=24"];
    const law = Array.from({ length: 25 }, (_, length) => (length < 5 ? 0 : 1 / 20));
    expect(chiSquareP(countsOf(lengthsOf(workload(...settings), 2000)), law)).toBeGreaterThan(1e-4);
  });

  test("zipfian favours the minimum", () => {
    const settings = ["fieldlengthdistribution=zipfian", "minfieldlength=5", "fieldlength=24"];
    const counts = countsOf(lengthsOf(workload(...settings), 2000));
    expect(counts.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(counts[5]! / 20_000).toBeCloseTo(1 / 3.654, 1.5);
    expect(counts[5]!).toBeGreaterThan(counts[6]!);
  });

  test("histogram, from a text passed in", () => {
    const resolved = resolveProperties(
      ["recordcount=2000\nfieldlengthdistribution=histogram\nfieldlengthhistogram=lengths.txt"],
      [],
    );
    expect(resolved.core.fieldLengthHistogramFile).toBe("lengths.txt");
    const fieldLengthHistogram = "BlockSize\t50\n0\t9\n1\t10\n2\t1\n";
    const core = new CoreWorkload(resolved, { name: "test", fieldLengthHistogram });
    const counts = countsOf(lengthsOf(core, 1000));
    expect(counts[50]! / 10_000).toBeCloseTo(0.5, 1.5);
    expect(counts[50]! + counts[100]!).toBe(10_000);
    expect(() => new CoreWorkload(resolved, { name: "test" })).toThrow("lengths.txt");
  });
});
