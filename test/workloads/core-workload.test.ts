import { describe, expect, test } from "vitest";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { findPreset, PRESETS, presetOverrides } from "../../workloads/presets.ts";
import { type Operation, OperationKind } from "../../workloads/workload.ts";
import { chiSquareP } from "./chi-square.ts";
import { core, preset } from "./core.ts";
import { ycsbZipfianLaw } from "./laws.ts";
import { take, text } from "./operation.ts";

const ALPHA = 1e-4;

function kindCounts(operations: readonly Operation[]): number[] {
  const counts = [0, 0, 0, 0, 0, 0];
  for (const { kind } of operations) counts[kind] = counts[kind]! + 1;
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
