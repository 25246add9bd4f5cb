import { describe, expect, test } from "vitest";
import type { InProcessCluster } from "../../../bench/cluster/in-process-cluster.ts";
import { newOperation } from "../../../bench/operation.ts";
import { Outcome, PENDING } from "../../../bench/outcome.ts";
import { Recorder } from "../../../bench/recorder.ts";
import type { Target } from "../../../bench/target.ts";
import { systemClock } from "../../../engines/io/clock.ts";
import type { CoreWorkload } from "../../../workloads/core-workload.ts";
import { type Operation, OperationKind } from "../../../workloads/workload.ts";
import { bytes, text } from "../../engines/support/stores.ts";
import { countsOf, phase, withCluster, ycsb } from "./clusters.ts";

const KEY = bytes("user1");
const CHECKED = "dataintegrity=true";

const PRESETS = ["workloada", "workloadb", "workloadc", "workloadf", "workloadd", "workloade"];

describe("YCSB on a cluster", () => {
  test.each([
    ["dvv", 16],
    ["dvv", 1],
    ["vector-clock", 16],
    ["lww", 16],
  ] as const)("%s, %i clients: all is found, and as it was written", async (conflicts, clients) => {
    await withCluster({ shape: { conflicts } }, async (cluster) => {
      const load = await phase(cluster, ycsb("workloada", CHECKED), "load", clients);
      expect(load.errors).toBe(0);
      expect(countsOf(load).INSERT).toBe(150);
      for (const preset of PRESETS) {
        const run = await phase(cluster, ycsb(preset, CHECKED), "run", clients);
        expect(run.errorSamples).toEqual([]);
        expect(run.operations).toBe(400);
        for (const { operation, returns } of run.perOperation) {
          expect(Object.keys(returns), `${preset} ${operation}`).toEqual(["OK"]);
        }
        const { READ = 0, VERIFY = 0, ...counts } = countsOf(run);
        expect(VERIFY).toBe(READ);
        if (preset !== "workloadf") continue;
        expect(counts["READ-MODIFY-WRITE"]).toBe(counts.UPDATE);
      }
    });
  });
});

test("a linearizable keyspace: all is found, and as it was written", async () => {
  const shape = { conflicts: "linearizable" } as const;
  await withCluster({ shape, durability: "group" }, async (cluster) => {
    const load = await phase(cluster, ycsb("workloada", CHECKED), "load", 16);
    expect(load.errors).toBe(0);
    for (const preset of ["workloada", "workloadf", "workloadd"]) {
      const run = await phase(cluster, ycsb(preset, CHECKED), "run", 16);
      expect(run.errorSamples).toEqual([]);
      expect(run.operations).toBe(400);
      const { READ = 0, VERIFY = 0 } = countsOf(run);
      expect(VERIFY).toBe(READ);
      expect(READ).toBeGreaterThan(0);
    }
    const target = targetOf(cluster, ycsb("workloada", "fieldcount=1"));
    expect(await drive(target, operationOf(OperationKind.insert, "one"))).toBe(Outcome.ok);
    expect(await drive(target, operationOf(OperationKind.update, "two"))).toBe(Outcome.ok);
    const { values, context } = await cluster.client.get("ycsb", KEY);
    expect({ values: values.map(text), context }).toEqual({ values: ["two"], context: undefined });
    expect(await drive(target, operationOf(OperationKind.delete))).toBe(Outcome.ok);
    expect(await drive(target, operationOf(OperationKind.read))).toBe(Outcome.notFound);
    // It is linearizable key by key, and has no scans.
    const scan = { ...operationOf(OperationKind.scan), scanLength: 3 };
    expect(await drive(target, scan)).toBe(Outcome.error);
    expect(target.fatal).toMatchObject({ code: "CLUSTER_KEYSPACE" });
  });
});

test("bytes of users count once, those of files on every replica", async () => {
  await withCluster({}, async (cluster) => {
    const target = targetOf(cluster, ycsb("workloada", "fieldcount=1"));
    const filesOf = () => {
      return Object.values(cluster.stats().bytesWritten!).reduce((sum, count) => sum + count, 0);
    };
    const before = filesOf();
    const value = "v".repeat(1000);
    for (let i = 0; i < 20; i++) {
      const operation = { ...operationOf(OperationKind.insert, value), key: bytes(`key${i}`) };
      expect(await drive(target, operation)).toBe(Outcome.ok);
    }
    await cluster.flush();
    const keyBytes = 10 * 4 + 10 * 5;
    expect(cluster.stats()).toMatchObject({
      userBytesWritten: 20_000 + keyBytes,
      userBytesRead: 0,
    });
    // Two or three replicas of each have it by now.
    expect(filesOf() - before).toBeGreaterThan(2 * 20_000);
    expect(cluster.stats().spaceAmplification).toBeUndefined();
    const read = { ...operationOf(OperationKind.read), key: bytes("key7") };
    expect(await drive(target, read)).toBe(Outcome.ok);
    expect(cluster.stats().userBytesRead).toBe(1004);
  });
});

/** One operation from its start to its end. */
async function drive(target: Target, operation: Operation): Promise<Outcome> {
  let answer = target.start(0, operation);
  while (answer === PENDING) {
    try {
      const value = await target.pending;
      answer = target.resume(0, operation, value);
    } catch (error) {
      answer = target.fail(0, operation, error);
    }
  }
  target.finish(0, operation, answer, 0, 0, 1);
  return answer;
}

function targetOf(cluster: InProcessCluster, workload: CoreWorkload): Target {
  const recorder = new Recorder({
    ...{ latency: true, openLoop: false, startNs: 0, notFoundFails: true },
  });
  return cluster.newTarget({ workload, clients: 1, clock: systemClock, recorder });
}

const operationOf = (kind: OperationKind, value = ""): Operation => {
  return { ...newOperation(), kind, key: KEY, value: bytes(value) };
};

describe("one operation on a cluster", () => {
  const workload = ycsb("workloada", "fieldcount=1");

  test("writes of siblings see what they replace: none is left behind", async () => {
    await withCluster({}, async (cluster) => {
      const target = targetOf(cluster, workload);
      expect(await drive(target, operationOf(OperationKind.read))).toBe(Outcome.notFound);
      expect(await drive(target, operationOf(OperationKind.insert, "one"))).toBe(Outcome.ok);
      for (const value of ["two", "three"]) {
        expect(await drive(target, operationOf(OperationKind.update, value))).toBe(Outcome.ok);
        const { values } = await cluster.client.get("ycsb", KEY);
        expect(values.map(text)).toEqual([value]);
      }
      expect(target.notes!()).toEqual([]);
      expect(await drive(target, operationOf(OperationKind.delete))).toBe(Outcome.ok);
      expect(await drive(target, operationOf(OperationKind.read))).toBe(Outcome.notFound);
    });
  });

  test("siblings are counted, and end with the next update", async () => {
    await withCluster({}, async (cluster) => {
      const target = targetOf(cluster, workload);
      for (const value of ["b", "c", "a"]) await cluster.client.put("ycsb", KEY, bytes(value));
      expect(await drive(target, operationOf(OperationKind.read))).toBe(Outcome.ok);
      expect(target.notes!()).toEqual(["1 reads found several siblings, at most 3 of a key"]);
      expect(await drive(target, operationOf(OperationKind.update, "d"))).toBe(Outcome.ok);
      expect(await drive(target, operationOf(OperationKind.read))).toBe(Outcome.ok);
      expect(target.notes!()).toEqual(["2 reads found several siblings, at most 3 of a key"]);
      const { values } = await cluster.client.get("ycsb", KEY);
      expect(values.map(text)).toEqual(["d"]);
    });
  });

  test("of siblings the bytewise greatest is what was read", async () => {
    await withCluster({}, async (cluster) => {
      const target = targetOf(cluster, ycsb("workloada"));
      for (const letter of ["b", "c", "a"]) {
        await cluster.client.put("ycsb", KEY, bytes(letter.repeat(60)));
      }
      const field = { ...operationOf(OperationKind.update, "x".repeat(20)), field: 2 };
      expect(await drive(target, field)).toBe(Outcome.ok);
      const { values } = await cluster.client.get("ycsb", KEY);
      expect(values.map(text)).toEqual(["c".repeat(40) + "x".repeat(20)]);
    });
  });

  test("an update of a field of nothing finds nothing; a merge keeps the others", async () => {
    await withCluster({}, async (cluster) => {
      const fields = ycsb("workloada");
      const target = targetOf(cluster, fields);
      const update = { ...operationOf(OperationKind.update, "x".repeat(20)), field: 1 };
      expect(await drive(target, update)).toBe(Outcome.notFound);
      const record = "a".repeat(20) + "b".repeat(20) + "c".repeat(20);
      await drive(target, operationOf(OperationKind.insert, record));
      expect(await drive(target, update)).toBe(Outcome.ok);
      const { values } = await cluster.client.get("ycsb", KEY);
      expect(text(values[0])).toBe("a".repeat(20) + "x".repeat(20) + "c".repeat(20));
    });
  });

  test("an error of one operation is counted; a client that is closed ends the run", async () => {
    await withCluster({}, async (cluster) => {
      const target = targetOf(cluster, workload);
      const long = { ...operationOf(OperationKind.insert), key: new Uint8Array(70_000) };
      expect(await drive(target, long)).toBe(Outcome.error);
      expect(target.fatal).toBeUndefined();
      cluster.client.close();
      expect(await drive(target, operationOf(OperationKind.read))).toBe(Outcome.error);
      expect(target.fatal).toMatchObject({ code: "CLUSTER_CLOSED" });
    });
  });
});
