// Many logical clients on a real engine on a real disk: what was acknowledged is in its files, and
// writers of one moment share a sync or a write.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runPhase } from "../../bench/run.ts";
import { systemTimer } from "../../bench/timer.ts";
import type { Durability, Engine } from "../../engines/engine.ts";
import { systemClock } from "../../engines/io/clock.ts";
import { openEngine } from "../../engines/registry.ts";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { findPreset, presetOverrides } from "../../workloads/presets.ts";

const CLIENTS = 64;
const RECORDS = 1280;
const OPERATIONS = 1920;

let dir: string;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-group-"));
});

afterEach(() => {
  fs.rmSync(dir, { recursive: true, force: true });
});

/** Reads of the latest records, and three times as many inserts; values follow from the keys. */
function integrityWorkload(records: number): CoreWorkload {
  const sizes = [`recordcount=${records}`, `operationcount=${OPERATIONS}`, "fieldlength=10"];
  const preset = presetOverrides(findPreset("workloadd"));
  const mix = ["readproportion=0.25", "insertproportion=0.75", "dataintegrity=true"];
  return new CoreWorkload(resolveProperties([], [...preset, ...sizes, ...mix]), { name: "d" });
}

function drive(engine: Engine, workload: CoreWorkload, phase: "load" | "run") {
  return runPhase({
    ...{ engine, workload, phase, clients: CLIENTS, operations: OPERATIONS },
    ...{ offer: { kind: "closed" }, warmupOperations: 0, latency: true, notFoundFails: true },
    ...{ clock: systemClock, timer: systemTimer, signal: new AbortController().signal },
  });
}

/** How many of the first `count` records the store has, each with the value of its key. */
async function intactRecords(store: string, count: number) {
  const workload = integrityWorkload(count);
  const engine = await openEngine("hashlog", { dir: store, errorIfMissing: true });
  let intact = 0;
  const operation = {
    ...{ kind: 2 as const, keyNumber: 0, field: -1, scanLength: 0 },
    ...{ key: new Uint8Array(0), value: new Uint8Array(0) },
  };
  const client = workload.loadClient(0, 1);
  for (let i = 0; i < count; i++) {
    client.next(operation);
    const value = await engine.get(operation.key);
    if (value !== undefined && workload.check!(i, operation.key, value)) intact++;
  }
  await engine.close();
  return intact;
}

describe.each([
  // What shares: fdatasync at `group`; at `os` nothing is synced, and the write is shared.
  ["group", "syncs"],
  ["os", "writes"],
] as const)("hashlog at %s, 64 clients", (durability: Durability, shared) => {
  test("what was acknowledged is in the files, and shared a call", async () => {
    const store = path.join(dir, "store");
    const options = { dir: store, durability, writeGrouping: "tick" } as const;
    const engine = await openEngine("hashlog", options);
    const workload = integrityWorkload(RECORDS);
    const load = await drive(engine, workload, "load");
    expect(load.errors).toBe(0);
    expect(load.perOperation.map(({ operation, returns }) => [operation, returns])).toEqual([
      ["INSERT", { OK: RECORDS }],
    ]);
    const loaded = engine.stats();
    // Twenty rounds of 64 would do; a store that shares nothing needs one for each.
    expect(loaded[shared]).toBeGreaterThan(0);
    expect(loaded[shared]).toBeLessThan(RECORDS / 8);
    if (durability === "os") expect(loaded.syncs ?? 0).toBeLessThan(10);

    const run = await drive(engine, workload, "run");
    expect(run.operations).toBe(OPERATIONS);
    expect(run.errors).toBe(0);
    const counts = Object.fromEntries(run.perOperation.map((each) => [each.operation, each.count]));
    expect(counts.READ! + counts.INSERT!).toBe(OPERATIONS);
    expect(counts.INSERT).toBeGreaterThan(OPERATIONS / 2);
    expect(counts.VERIFY).toBe(counts.READ);
    expect(engine.stats()[shared]! - loaded[shared]!).toBeLessThan(counts.INSERT! / 8);

    // A copy of the files while the store is open, as a crash would leave them: nothing that was
    // acknowledged may still be in memory only.
    const copy = path.join(dir, "copy");
    fs.cpSync(store, copy, { recursive: true });
    const acknowledged = RECORDS + counts.INSERT!;
    expect(await intactRecords(copy, acknowledged)).toBe(acknowledged);
    await engine.close();
    expect(await intactRecords(store, acknowledged)).toBe(acknowledged);
  });
});
