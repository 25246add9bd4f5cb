import { describe, expect, test } from "vitest";
import { DbBenchWorkload } from "../../workloads/db-bench.ts";
import {
  MixgraphKeys,
  mixgraphKind,
  mixgraphScanLength,
  mixgraphValueBytes,
} from "../../workloads/mixgraph.ts";
import { Random } from "../../workloads/random.ts";
import { OperationKind } from "../../workloads/workload.ts";
import { hashBigInt } from "./big-fnv.ts";
import { chiSquareP } from "./chi-square.ts";
import { take, text } from "./operation.ts";

const DRAWS = 300_000;

function drawn(next: () => number, cells: number, draws = DRAWS): number[] {
  const counts = new Array<number>(cells).fill(0);
  for (let i = 0; i < draws; i++) {
    const cell = next();
    counts[cell] = counts[cell]! + 1;
  }
  return counts;
}

/** The hotness of the x-th range, from 1: the paper's two-term exponential, worked out here. */
function hotness(x: number): number {
  return 14.18 * Math.exp(-2.917 * x) + 0.0164 * Math.exp(-0.08082 * x);
}

describe("key ranges", () => {
  test("are asked for by the two-term exponential, wherever they lie", () => {
    const random = new Random(11);
    const keys = new MixgraphKeys(3000, new Random(5));
    expect(keys.rangeSize).toBe(100);
    const counts = drawn(() => Math.floor(keys.next(random) / 100), 30);
    const amplify = Math.floor(1 / hotness(30)) + 1;
    const shares = Array.from({ length: 30 }, (_, i) => Math.floor(amplify * hotness(i + 1)));
    const sum = shares.reduce((total, share) => total + share, 0);
    // The cold ranges have equal shares: which of them is which cannot be told, so those of one
    // share are one cell. By their counts the cells lie far apart.
    const sorted = [...counts].sort((a, b) => b - a);
    const cells = [...new Set(shares)].map((share) => {
      const same = shares.filter((each) => each === share).length;
      const taken = sorted.splice(0, same).reduce((total, count) => total + count, 0);
      return { law: (same * share) / sum, taken };
    });
    const p = chiSquareP(
      cells.map(({ taken }) => taken),
      cells.map(({ law }) => law),
    );
    expect(p).toBeGreaterThan(1e-4);
    expect(cells[0]!.law).toBeCloseTo(0.807, 2);
  });

  test("lie elsewhere by another seed, and nowhere else by the same", () => {
    const hottest = (seed: number) => {
      const keys = new MixgraphKeys(300, new Random(seed));
      const random = new Random(1);
      const counts = drawn(() => Math.floor(keys.next(random) / 10), 30, 2000);
      return counts.indexOf(Math.max(...counts));
    };
    const places = [1, 2, 3, 4, 5, 6].map(hottest);
    expect(new Set(places).size).toBeGreaterThan(2);
    expect(places).toEqual([1, 2, 3, 4, 5, 6].map(hottest));
  });

  test("few records are one range, and every key number is one of theirs", () => {
    for (const records of [1, 2, 29, 30, 31, 1000]) {
      const keys = new MixgraphKeys(records, new Random(3));
      const random = new Random(4);
      for (let i = 0; i < 2000; i++) {
        const key = keys.next(random);
        expect(Number.isInteger(key) && key >= 0 && key < records, `${records}: ${key}`).toBe(true);
      }
    }
  });
});

test("a key within its range follows the power law of its hashed rank", () => {
  const size = 400;
  const keys = new MixgraphKeys(30 * size, new Random(7));
  const random = new Random(8);
  const counts = drawn(() => keys.next(random) % size, size);
  const law = new Array<number>(size).fill(0);
  for (let i = 0; i < size; i++) {
    const rank = Math.ceil((i / size / 0.002312) ** (1 / 0.3467));
    const offset = Number(hashBigInt(BigInt(rank)) % BigInt(size));
    law[offset] = law[offset]! + 1 / size;
  }
  expect(chiSquareP(counts, law)).toBeGreaterThan(1e-4);
});

test("0.83 gets, 0.14 puts, 0.03 scans", () => {
  const random = new Random(2);
  const counts = drawn(() => mixgraphKind(random), 6);
  const law = new Array<number>(6).fill(0);
  law[OperationKind.read] = 0.83;
  law[OperationKind.update] = 0.14;
  law[OperationKind.scan] = 0.03;
  expect(chiSquareP(counts, law)).toBeGreaterThan(1e-4);
});

/** P(X <= x) of the generalized Pareto law with theta 0. */
function paretoCdf(x: number, k: number, sigma: number): number {
  return x <= 0 ? 0 : 1 - (1 + (k * x) / sigma) ** (-1 / k);
}

/** The law of ceil(X) modulo `max`, 0 .. max: of values above `max` only, or of all. */
function cutLaw(k: number, sigma: number, max: number, keepsMax: boolean): number[] {
  const law = new Array<number>(max + 1).fill(0);
  const upTo = 4e6;
  for (let x = 1; x <= upTo; x++) {
    const cell = x < max || (keepsMax && x === max) ? x : x % max;
    law[cell] = law[cell]! + paretoCdf(x, k, sigma) - paretoCdf(x - 1, k, sigma);
  }
  // What lies further out is spread evenly by the modulus.
  const rest = 1 - paretoCdf(upTo, k, sigma);
  for (let cell = 0; cell < max; cell++) law[cell] = law[cell]! + rest / max;
  return law;
}

test("sizes of values follow the generalized Pareto law", () => {
  const random = new Random(21);
  const counts = drawn(() => mixgraphValueBytes(random), 1025);
  expect(chiSquareP(counts, cutLaw(0.2615, 25.45, 1024, true))).toBeGreaterThan(1e-4);
  const mean = counts.reduce((sum, count, size) => sum + count * size, 0) / DRAWS;
  // The mean of the law is sigma / (1 - k) = 34.5, rounding up adds about a half.
  expect(mean).toBeGreaterThan(33.5);
  expect(mean).toBeLessThan(36);
});

test("lengths of scans follow the generalized Pareto law, modulo 10,000", () => {
  const random = new Random(22);
  const counts = drawn(() => mixgraphScanLength(random), 10_001);
  const law = cutLaw(2.517, 14.236, 10_000, false);
  // None is of no records.
  law[1] = law[1]! + law[0]!;
  law[0] = 0;
  expect(chiSquareP(counts, law)).toBeGreaterThan(1e-4);
});

describe("the workload", () => {
  const workload = (seed = 1) =>
    new DbBenchWorkload({ benchmark: "mixgraph", records: 9000, operations: 100, seed });

  test("puts have values of their size, which differ; the others have none", () => {
    const operations = take(workload().runClient(0, 1), 5000);
    const values = new Set<string>();
    for (const { kind, value, scanLength, key } of operations) {
      expect(key).toHaveLength(16);
      if (kind !== OperationKind.update) expect(value).toHaveLength(0);
      else values.add(text(value));
      expect(scanLength > 0).toBe(kind === OperationKind.scan);
    }
    expect(values.size).toBeGreaterThan(200);
  });

  test("replays by seed and client; clients share the hot keys", () => {
    const stream = (seed: number, client: number) =>
      take(workload(seed).runClient(client, 2), 300).map(({ kind, keyNumber }) => [
        kind,
        keyNumber,
      ]);
    expect(stream(1, 0)).toEqual(stream(1, 0));
    expect(stream(1, 0)).not.toEqual(stream(1, 1));
    const hottest = (client: number) => {
      const shared = workload().runClient(client, 2);
      const ranges = take(shared, 2000).map(({ keyNumber }) => Math.floor(keyNumber / 300));
      const counts = drawn(() => ranges.pop()!, 30, 2000);
      return counts.indexOf(Math.max(...counts));
    };
    expect(hottest(0)).toBe(hottest(1));
  });
});
