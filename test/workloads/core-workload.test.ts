import { describe, expect, test } from "vitest";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { findPreset, PRESETS, presetOverrides } from "../../workloads/presets.ts";
import { type Operation, OperationKind } from "../../workloads/workload.ts";
import { chiSquareP } from "./chi-square.ts";
import { exponentialLaw, hotspotLaw, ycsbZipfianLaw, zipfLaw } from "./laws.ts";
import { operation, take, text } from "./operation.ts";

const ALPHA = 1e-4;

function core(...overrides: string[]): CoreWorkload {
  const base = ["recordcount=1000", "operationcount=1000"];
  return new CoreWorkload(resolveProperties([], [...base, ...overrides]), { name: "test" });
}

function preset(name: string, ...overrides: string[]): CoreWorkload {
  return core(...presetOverrides(findPreset(name)), ...overrides);
}

function kindCounts(operations: readonly Operation[]): number[] {
  const counts = [0, 0, 0, 0, 0, 0];
  for (const { kind } of operations) counts[kind] = counts[kind]! + 1;
  return counts;
}

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

describe("the mix of kinds", () => {
  test("five kinds of equal weight all come", () => {
    const kinds = ["read", "update", "insert", "scan", "readmodifywrite"];
    const workload = core(...kinds.map((kind) => `${kind}proportion=0.20`));
    const counts = kindCounts(take(workload.runClient(0, 1), 100));
    for (const kind of [0, 1, 2, 3, 4]) expect(counts[kind]).toBeGreaterThan(1);
    expect(counts[OperationKind.delete]).toBe(0);
  });

  test("proportions are weights: they need not add up to 1", () => {
    const workload = core("readproportion=3", "updateproportion=0", "scanproportion=1");
    const counts = kindCounts(take(workload.runClient(0, 1), 40_000));
    expect(chiSquareP(counts, [0.75, 0, 0, 0.25, 0, 0])).toBeGreaterThan(ALPHA);
  });

  test.each<[string, readonly number[]]>([
    ["workloada", [0.5, 0.5, 0, 0, 0, 0]],
    ["workloadb", [0.95, 0.05, 0, 0, 0, 0]],
    ["workloadc", [1, 0, 0, 0, 0, 0]],
    ["workloadd", [0.95, 0, 0.05, 0, 0, 0]],
    ["workloade", [0, 0, 0.05, 0.95, 0, 0]],
    ["workloadf", [0.5, 0, 0, 0, 0.5, 0]],
  ])("%s", (name, law) => {
    const counts = kindCounts(take(preset(name).runClient(0, 1), 20_000));
    if (name === "workloadc") expect(counts[OperationKind.read]).toBe(20_000);
    else expect(chiSquareP(counts, law)).toBeGreaterThan(ALPHA);
  });

  test("no preset leaves a proportion to YCSB's defaults", () => {
    for (const { name, properties } of PRESETS) {
      expect(resolveProperties([], presetOverrides(findPreset(name))).warnings).toEqual([]);
      expect(Object.keys(properties).filter((key) => key.endsWith("proportion"))).toHaveLength(5);
    }
    expect(() => findPreset("workloadg")).toThrow('unknown workload "workloadg"; the nearest is');
  });
});

describe("the load phase", () => {
  test.each([1, 2, 3, 7, 64, 2000])("%i clients insert every key exactly once", (clients) => {
    const workload = core("insertstart=100", "insertcount=500", "insertorder=ordered");
    const seen = new Map<number, string>();
    for (let index = 0; index < clients; index++) {
      const count = workload.loadCount(index, clients);
      expect(count).toBe(Math.floor(500 / clients) + (index < 500 % clients ? 1 : 0));
      for (const insert of take(workload.loadClient(index, clients), count)) {
        expect(insert.kind).toBe(OperationKind.insert);
        expect(insert.field).toBe(-1);
        expect(insert.value.length).toBe(1000);
        expect(seen.has(insert.keyNumber)).toBe(false);
        seen.set(insert.keyNumber, text(insert.key));
      }
    }
    expect(workload.recordCount).toBe(500);
    expect(seen.size).toBe(500);
    for (let k = 100; k < 600; k++) expect(seen.get(k)).toBe(`user${k}`);
  });
});

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

    const workload = preset("workloadd", "seed=1".replace("seed", "ringbench.seed"));
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

describe("what operations carry", () => {
  test("reads of one field or all, updates of one field or all", () => {
    const [read, update] = ["readproportion=1", "updateproportion=0"];
    const one = take(core(read!, update!, "readallfields=false").runClient(0, 1), 20_000);
    const fields = new Array<number>(10).fill(0);
    for (const { field } of one) fields[field] = fields[field]! + 1;
    expect(chiSquareP(fields, new Array(10).fill(0.1))).toBeGreaterThan(ALPHA);
    expect(one.every(({ value }) => value.length === 0)).toBe(true);
    const all = take(core(read!, update!).runClient(0, 1), 10);
    expect(all.every(({ field }) => field === -1)).toBe(true);

    const updates = ["readproportion=0", "updateproportion=1"];
    for (const { field, value } of take(core(...updates).runClient(0, 1), 50)) {
      expect(field >= 0 && field < 10).toBe(true);
      expect(value.length).toBe(100);
    }
    for (const whole of ["writeallfields=true", "fieldcount=1"]) {
      const workload = core(...updates, whole);
      for (const { field, value } of take(workload.runClient(0, 1), 50)) {
        expect(field).toBe(-1);
        expect(value.length).toBe(workload.fieldCount * 100);
      }
    }
  });

  test("lengths of scans: even, or favouring the shortest", () => {
    const scans = ["readproportion=0", "updateproportion=0", "scanproportion=1"];
    const range = ["minscanlength=3", "maxscanlength=12"];
    const lengths = (...others: string[]) => {
      const counts = new Array<number>(13).fill(0);
      for (const { scanLength } of take(
        core(...scans, ...range, ...others).runClient(0, 1),
        20_000,
      ))
        counts[scanLength] = counts[scanLength]! + 1;
      return counts;
    };
    const even = Array.from({ length: 13 }, (_, i) => (i < 3 ? 0 : 0.1));
    expect(chiSquareP(lengths(), even)).toBeGreaterThan(ALPHA);
    const skewed = [0, 0, 0, ...ycsbZipfianLaw(10, 0.99)];
    expect(chiSquareP(lengths("scanlengthdistribution=zipfian"), skewed)).toBeGreaterThan(ALPHA);
  });

  test("dataintegrity: what is written passes the check, and nothing else does", () => {
    const workload = core("dataintegrity=true", "readproportion=0", "updateproportion=1");
    const [insert] = take(workload.loadClient(0, 1), 1);
    const { keyNumber, key, value } = insert!;
    expect(text(value).slice(0, 100)).toBe(
      "user6284781860667377211:field0:-56807877:2032869390:-165488160:1762371712:-169193395:" +
        "-1039977118:-10",
    );
    expect(workload.check!(keyNumber, key, value)).toBe(true);
    const damaged = Uint8Array.from(value);
    damaged[999]! ^= 1;
    expect(workload.check!(keyNumber, key, damaged)).toBe(false);
    expect(workload.check!(keyNumber, key, value.subarray(1))).toBe(false);
    expect(workload.check!(keyNumber, key, new Uint8Array(0))).toBe(false);

    const [load, run] = [workload.loadClient(0, 1), workload.runClient(0, 1)];
    const records = new Map(take(load, 1000).map((made) => [made.keyNumber, made.value]));
    for (const update of take(run, 50)) {
      const before = records.get(update.keyNumber)!;
      const after = workload.mergeField(before, update.field, update.value);
      expect(workload.check!(update.keyNumber, update.key, after)).toBe(true);
    }
    expect(core().check).toBeUndefined();
  });

  test("updates of varying length merge into records of the load", () => {
    const varying = ["fieldlengthdistribution=uniform", "fieldlength=300", "readproportion=0"];
    const workload = core(...varying, "updateproportion=1");
    const records = take(workload.loadClient(0, 1), 20).map(({ value }) => value);
    for (const { field, value } of take(workload.runClient(0, 1), 200)) {
      for (const record of records) {
        const merged = workload.mergeField(record, field, value);
        expect(Buffer.compare(workload.layout.field(merged, field), value)).toBe(0);
      }
    }
  });
});

describe("replay", () => {
  const settings = presetOverrides(findPreset("workloada"));

  test("the same seed and client give the same operations, the others different ones", () => {
    for (const others of [[], ["fieldlengthdistribution=uniform"], ["scanproportion=1"]]) {
      const stream = (seed: number, index: number) =>
        take(core(...settings, ...others, `ringbench.seed=${seed}`).runClient(index, 4), 200);
      expect(stream(1, 2)).toEqual(stream(1, 2));
      expect(stream(1, 2)).not.toEqual(stream(1, 3));
      expect(stream(1, 2)).not.toEqual(stream(2, 2));
    }
  });

  test("clients do not disturb each other", () => {
    const alone = take(core(...settings).runClient(1, 2), 100);
    const workload = core(...settings);
    const [other, same] = [workload.runClient(0, 2), workload.runClient(1, 2)];
    const together = Array.from({ length: 100 }, () => {
      take(other, 3);
      return take(same, 1)[0]!;
    });
    expect(together).toEqual(alone);
  });

  test("the values in force make the same workload again", () => {
    const first = core(...settings, "fieldcount=3", "ringbench.seed=9");
    const again = Object.entries(first.properties).map(([name, value]) => `${name}=${value}`);
    const second = new CoreWorkload(resolveProperties([], again), { name: "again" });
    expect(take(second.runClient(0, 1), 100)).toEqual(take(first.runClient(0, 1), 100));
  });
});
