// Which keys the core workload asks for: its laws against those of YCSB.

import { describe, expect, test } from "vitest";
import type { CoreWorkload } from "../../workloads/core-workload.ts";
import { OperationKind } from "../../workloads/workload.ts";
import { chiSquareP } from "./chi-square.ts";
import { core, preset } from "./core.ts";
import { exponentialLaw, hotspotLaw, ycsbZipfianLaw, zipfLaw } from "./laws.ts";
import { operation, take } from "./operation.ts";

const ALPHA = 1e-4;

function keyCounts(workload: CoreWorkload, draws: number, cells: number): number[] {
  const client = workload.runClient(0, 1);
  const filled = operation();
  const counts = new Array<number>(cells).fill(0);
  for (let i = 0; i < draws; i++) {
    client.next(filled);
    counts[filled.keyNumber] = counts[filled.keyNumber]! + 1;
  }
  return counts;
}

describe("which keys are asked for", () => {
  const READS = ["readproportion=1", "updateproportion=0"];
  const N = 1000;

  test("zipfian is scrambled over one key more than there are, and that one is never asked", () => {
    const workload = core(...READS, "requestdistribution=zipfian");
    const counts = keyCounts(workload, 300_000, N + 1);
    expect(counts[N]).toBe(0);
    const order = counts.map((_, key) => key).sort((a, b) => counts[b]! - counts[a]!);
    expect(order.slice(0, 4)).toEqual([144, 610, 213, 679]);
    expect(counts[144]! / 300_000).toBeCloseTo(0.03857, 2.5);
  });

  test("the popular keys of zipfian stay popular while the range grows", () => {
    const mix = ["readproportion=0.5", "updateproportion=0", "insertproportion=0.5"];
    const workload = core(...mix, "requestdistribution=zipfian");
    const client = workload.runClient(0, 1);
    const filled = operation();
    const halves = [new Map<number, number>(), new Map<number, number>()];
    for (let i = 0; i < 40_000; i++) {
      client.next(filled);
      if (filled.kind === OperationKind.insert) {
        if (i < 1000 || filled.keyNumber < 2000) workload.acknowledge(filled.keyNumber);
        continue;
      }
      const half = halves[i < 20_000 ? 0 : 1]!;
      half.set(filled.keyNumber, (half.get(filled.keyNumber) ?? 0) + 1);
    }
    const hottest = halves.map((half) => [...half].sort((a, b) => b[1] - a[1])[0]![0]);
    expect(hottest[0]).toBe(hottest[1]);
  });

  test("uniform, hotspot, sequential", () => {
    const uniform = keyCounts(core(...READS, "requestdistribution=uniform"), 200_000, N);
    expect(chiSquareP(uniform, new Array(N).fill(1 / N))).toBeGreaterThan(ALPHA);
    const hotspot = keyCounts(core(...READS, "requestdistribution=hotspot"), 200_000, N);
    expect(chiSquareP(hotspot, hotspotLaw(N))).toBeGreaterThan(ALPHA);
    const workload = core(...READS, "requestdistribution=sequential", "insertstart=990");
    const [a, b] = [workload.runClient(0, 2), workload.runClient(1, 2)];
    const keys = Array.from({ length: 12 }, (_, i) => take(i % 2 === 0 ? a : b, 1)[0]!.keyNumber);
    expect(keys).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999, 990, 991]);
  });

  test("exponential counts back from the last key, and below 0 is drawn again", () => {
    const counts = keyCounts(core(...READS, "requestdistribution=exponential"), 300_000, N);
    const law = exponentialLaw(N).slice(0, N).reverse();
    const inside = law.reduce((sum, chance) => sum + chance, 0);
    expect(inside).toBeCloseTo(0.9697, 4);
    expect(counts[0]).toBeGreaterThan(0);
    expect(
      chiSquareP(
        counts,
        law.map((chance) => chance / inside),
      ),
    ).toBeGreaterThan(ALPHA);
  });

  test("latest follows the acknowledged inserts, and nothing else is read", () => {
    const counts = keyCounts(core(...READS, "requestdistribution=latest"), 300_000, N);
    const law = [0, ...ycsbZipfianLaw(N - 1, 0.99).reverse()];
    expect(chiSquareP(counts, law)).toBeGreaterThan(ALPHA);

    const workload = preset("workloadd", "ringbench.seed=1");
    const client = workload.runClient(0, 1);
    const filled = operation();
    const unacknowledged = new Set<number>();
    let newest = N - 1;
    let readsOfNewest = 0;
    for (let i = 0; i < 20_000; i++) {
      client.next(filled);
      if (filled.kind === OperationKind.insert) {
        unacknowledged.add(filled.keyNumber);
        // Acknowledge late and in reverse, ten at a time.
        if (unacknowledged.size < 10) continue;
        newest = Math.max(...unacknowledged);
        for (const key of [...unacknowledged].reverse()) workload.acknowledge(key);
        unacknowledged.clear();
      } else {
        expect(unacknowledged.has(filled.keyNumber)).toBe(false);
        if (filled.keyNumber === newest) readsOfNewest++;
      }
    }
    expect(readsOfNewest / 19_000).toBeCloseTo(0.122, 1.7);
  });

  test("a true Zipf law over exactly the keys there are", () => {
    for (const theta of [0.99, 1.3]) {
      const settings = ["requestdistribution=zipfian", "ringbench.truezipf=true"];
      const workload = core(...READS, ...settings, `ringbench.zipfian.theta=${theta}`);
      const counts = keyCounts(workload, 300_000, N);
      expect(counts).toHaveLength(N);
      const places = counts.map((_, key) => key).sort((a, b) => counts[b]! - counts[a]!);
      expect(places.slice(0, 5)).not.toEqual([0, 1, 2, 3, 4]);
      const byRank = places.slice(0, 20).map((key) => counts[key]!);
      const law = zipfLaw(N, theta);
      byRank.forEach((count, rank) => {
        expect(count / 300_000 / law[rank]!).toBeGreaterThan(0.93);
        expect(count / 300_000 / law[rank]!).toBeLessThan(1.07);
      });
    }
  });

  test("an exponent from 1 on takes the true law for latest, too", () => {
    const settings = ["requestdistribution=latest", "ringbench.zipfian.theta=1.5"];
    const counts = keyCounts(core(...READS, ...settings), 200_000, N);
    const law = [0, ...zipfLaw(N - 1, 1.5).reverse()];
    expect(chiSquareP(counts, law)).toBeGreaterThan(ALPHA);
  });
});
