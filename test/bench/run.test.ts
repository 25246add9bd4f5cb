import { describe, expect, test } from "vitest";
import { type RunOptions, runPhase } from "../../bench/run.ts";
import { shareOut } from "../../bench/share-out.ts";
import { corruption, EngineError } from "../../engines/errors.ts";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { findPreset, presetOverrides } from "../../workloads/presets.ts";
import { MapEngine } from "./map-engine.ts";
import { VirtualTime } from "./virtual-time.ts";

function coreWorkload(letter: string, ...more: string[]): CoreWorkload {
  const preset = presetOverrides(findPreset(`workload${letter}`));
  const sizes = ["recordcount=200", "operationcount=1000"];
  return new CoreWorkload(resolveProperties([], [...preset, ...sizes, ...more]), { name: letter });
}

interface Given extends Partial<RunOptions> {
  readonly workload: CoreWorkload;
  readonly engine: RunOptions["engine"];
}

function optionsOf(time: VirtualTime, given: Given): RunOptions {
  return {
    phase: "run",
    offer: { kind: "closed" },
    clients: 1,
    operations: 1000,
    warmupOperations: 0,
    latency: true,
    notFoundFails: true,
    clock: time,
    timer: time,
    signal: new AbortController().signal,
    ...given,
  };
}

async function loadThenRun(letter: string, promises: boolean, clients: number, ...more: string[]) {
  const time = new VirtualTime();
  const map = new MapEngine({ promises });
  const engine = map.asEngine();
  const workload = coreWorkload(letter, ...more);
  const loading = runPhase(optionsOf(time, { workload, engine, phase: "load", clients }));
  const load = await time.runUntil(loading);
  const running = runPhase(optionsOf(time, { workload, engine, clients }));
  return { map, load, run: await time.runUntil(running), workload };
}

function countsOf(outcome: { perOperation: readonly { operation: string; count: number }[] }) {
  return Object.fromEntries(outcome.perOperation.map((each) => [each.operation, each.count]));
}

describe.each([
  ["that answers at once", false],
  ["that answers with promises", true],
])("YCSB on a store %s", (_name, promises) => {
  test.each(["a", "b", "c", "d", "e", "f"])(
    "workload %s, 3 clients: all is found",
    async (letter) => {
      const { map, load, run } = await loadThenRun(letter, promises, 3);
      expect(load.operations).toBe(200);
      expect(run.operations).toBe(1000);
      expect(run.errors).toBe(0);
      expect(run.partial).toBe(false);
      for (const each of run.perOperation) expect(Object.keys(each.returns)).toEqual(["OK"]);
      const inserts = countsOf(run).INSERT ?? 0;
      expect(map.data.size).toBe(200 + inserts);
      expect(inserts > 0).toBe(letter === "d" || letter === "e");
    },
  );

  test("workload f counts READ, UPDATE and READ-MODIFY-WRITE", async () => {
    const counts = countsOf((await loadThenRun("f", promises, 2)).run);
    expect(counts.READ).toBe(1000);
    expect(counts.UPDATE).toBe(counts["READ-MODIFY-WRITE"]);
    expect(counts.UPDATE).toBeGreaterThan(400);
  });

  test("an update of one field leaves the others", async () => {
    const size = ["fieldcount=4", "fieldlength=8", "readproportion=0", "updateproportion=1"];
    const time = new VirtualTime();
    const map = new MapEngine({ promises });
    const engine = map.asEngine();
    const workload = coreWorkload("a", ...size);
    await time.runUntil(runPhase(optionsOf(time, { workload, engine, phase: "load" })));
    const before = new Map([...map.data].map(([key, value]) => [key, value.slice()]));
    await time.runUntil(runPhase(optionsOf(time, { workload, engine, operations: 1 })));
    const changed = [...map.data].filter(
      ([key, value]) => !before.get(key)!.every((b, i) => b === value[i]),
    );
    expect(changed).toHaveLength(1);
    const [key, value] = changed[0]!;
    const fields = [0, 1, 2, 3].filter((field) =>
      value
        .subarray(8 * field, 8 * field + 8)
        .some((b, i) => b !== before.get(key)![8 * field + i]),
    );
    expect(fields).toHaveLength(1);
    expect(value).toHaveLength(32);
  });

  test("dataintegrity: values are checked, and a wrong byte is found", async () => {
    const good = await loadThenRun("c", promises, 2, "dataintegrity=true");
    expect(countsOf(good.run).VERIFY).toBe(1000);
    expect(good.run.errors).toBe(0);
    for (const value of good.map.data.values()) value[5] = value[5]! ^ 1;
    const time = new VirtualTime();
    const bad = await time.runUntil(
      runPhase(optionsOf(time, { workload: good.workload, engine: good.map.asEngine() })),
    );
    const verify = bad.perOperation.find((each) => each.operation === "VERIFY");
    expect(verify!.returns).toEqual({ UNEXPECTED_STATE: 1000 });
    expect(bad.errors).toBe(1000);
  });

  test("a damaged record is an error with a sample, and the run goes on", async () => {
    let reads = 0;
    const map = new MapEngine({
      promises,
      before: (what) => {
        if (what === "get" && reads++ === 10) throw corruption("/d/1.log", 77, "checksum");
      },
    });
    const time = new VirtualTime();
    const engine = map.asEngine();
    const workload = coreWorkload("c");
    await time.runUntil(runPhase(optionsOf(time, { workload, engine, phase: "load" })));
    const run = await time.runUntil(runPhase(optionsOf(time, { workload, engine })));
    expect(run.operations).toBe(1000);
    expect(run.errors).toBe(1);
    expect(run.errorSamples[0]).toContain("ENGINE_CORRUPTION: /d/1.log is damaged at offset 77");
  });

  test("an engine that was closed ends the run", async () => {
    const map = new MapEngine({
      promises,
      before: () => {
        throw new EngineError("ENGINE_CLOSED", "closed");
      },
    });
    const time = new VirtualTime();
    const options = optionsOf(time, { workload: coreWorkload("c"), engine: map.asEngine() });
    await expect(time.runUntil(runPhase(options))).rejects.toThrow("closed");
  });
});

describe("a load whose inserts fail", () => {
  function failing(times: number) {
    let failures = 0;
    return new MapEngine({
      promises: false,
      before: (what) => {
        if (what === "put" && failures++ < times) throw new EngineError("ENGINE_IO", "no");
      },
    });
  }

  test("tries again after the pause, as often as it may", async () => {
    const time = new VirtualTime();
    const map = failing(2);
    const insertRetry = { limit: 2, delayNs: () => 3e9, keepGoing: false };
    const workload = coreWorkload("a");
    const given = { workload, engine: map.asEngine(), phase: "load", insertRetry } as const;
    const load = await time.runUntil(runPhase(optionsOf(time, given)));
    expect(map.data.size).toBe(200);
    expect(load.errors).toBe(2);
    expect(time.currentNs).toBeGreaterThan(6e9);
  });

  test("ends when the tries are used up", async () => {
    const time = new VirtualTime();
    const insertRetry = { limit: 1, delayNs: () => 1, keepGoing: false };
    const engine = failing(2).asEngine();
    const given = { workload: coreWorkload("a"), engine, phase: "load", insertRetry } as const;
    await expect(time.runUntil(runPhase(optionsOf(time, given)))).rejects.toThrow("no");
  });

  test("goes on with the next record when it is told to", async () => {
    const time = new VirtualTime();
    const map = failing(2);
    const insertRetry = { limit: 0, delayNs: () => 1, keepGoing: true };
    const workload = coreWorkload("a");
    const given = { workload, engine: map.asEngine(), phase: "load", insertRetry } as const;
    await time.runUntil(runPhase(optionsOf(time, given)));
    expect(map.data.size).toBe(198);
  });
});

describe("a phase", () => {
  const slow = (time: VirtualTime) => {
    const map = new MapEngine({ promises: false, before: () => time.spend(1e6) });
    return map.asEngine();
  };

  test("warm-up operations come before the measured ones", async () => {
    const time = new VirtualTime();
    const given = { workload: coreWorkload("c"), engine: slow(time), warmupOperations: 150 };
    const run = await time.runUntil(runPhase(optionsOf(time, { ...given, operations: 500 })));
    expect(run.warmup.operations).toBe(150);
    expect(run.operations).toBe(500);
    expect(run.elapsedNs / 1e6).toBeCloseTo(500, -1);
  });

  test("ends after its time, and is complete", async () => {
    const time = new VirtualTime();
    const given = { workload: coreWorkload("c"), engine: slow(time), maxSeconds: 2, operations: 0 };
    const run = await time.runUntil(runPhase(optionsOf(time, given)));
    expect(run.operations).toBeGreaterThan(1950);
    expect(run.operations).toBeLessThan(2150);
    expect(run.partial).toBe(false);
    expect(run.cutShortOf, "nothing was asked for but the time").toBeUndefined();
    expect(run.intervals.length).toBeGreaterThanOrEqual(2);
  });

  test("says so when the time was up before all operations were done", async () => {
    const time = new VirtualTime();
    const engine = slow(time);
    const given = { workload: coreWorkload("c"), engine, maxSeconds: 2, operations: 5000 };
    const run = await time.runUntil(runPhase(optionsOf(time, given)));
    expect(run.operations).toBeLessThan(5000);
    expect(run.cutShortOf).toBe(5000);
    expect(run.notes.join()).toContain("of 5000");
  });

  test.each([true, false])(
    "open loop with spin %s: timers are set for nothing but the beat",
    async (spin) => {
      let timers = 0;
      class Counting extends VirtualTime {
        override after(delayNs: number, callback: () => void): () => void {
          timers++;
          return super.after(delayNs, callback);
        }
      }
      const time = new Counting(5000);
      const offer = {
        kind: "open",
        arrivals: "constant",
        ratePerSec: 100,
        schedule: "client",
      } as const;
      const engine = new MapEngine({ promises: false }).asEngine();
      const given = { workload: coreWorkload("c"), engine, offer, spin, operations: 100 };
      const run = await time.runUntil(runPhase(optionsOf(time, given)));
      expect(run.operations).toBe(100);
      // The store takes no time at all: what there is to see is the generator's.
      expect(run.loop).toMatchObject({ invalid: false });
      expect(run.notes.join()).toContain("the load generator's own lateness");
      if (spin) expect(timers).toBeLessThan(15);
      else expect(timers).toBeGreaterThan(90);
    },
  );

  test("interrupted, it keeps what there is and is partial", async () => {
    const time = new VirtualTime();
    const controller = new AbortController();
    time.at(5e8, () => controller.abort());
    const given = { workload: coreWorkload("c"), engine: slow(time), signal: controller.signal };
    const run = await time.runUntil(runPhase(optionsOf(time, { ...given, operations: 5000 })));
    expect(run.partial).toBe(true);
    expect(run.operations).toBeGreaterThan(400);
    expect(run.operations).toBeLessThan(600);
  });

  test("open loop: the warm-up is cut after its operations, lateness is reported", async () => {
    const time = new VirtualTime();
    const map = new MapEngine({ promises: false, before: () => time.spend(1e5) });
    const offer = {
      kind: "open",
      arrivals: "poisson",
      ratePerSec: 1000,
      schedule: "shared",
    } as const;
    const given = { workload: coreWorkload("c"), engine: map.asEngine(), offer, clients: 4 };
    const run = await time.runUntil(
      runPhase(optionsOf(time, { ...given, warmupOperations: 500, operations: 3000 })),
    );
    expect(run.warmup.operations).toBe(500);
    expect(run.operations).toBe(3000);
    expect(run.loop.kind === "open" && run.loop.latenessNs!.max).toBeGreaterThan(0);
    expect(run.loop).toMatchObject({ kind: "open", ratePerSec: 1000, clients: 4, invalid: false });
    expect((run.operations * 1e9) / run.elapsedNs).toBeGreaterThan(900);
  });
});

test("operations are shared out as YCSB does", () => {
  expect(shareOut(10, 4)).toEqual([3, 3, 2, 2]);
  expect(shareOut(2, 4)).toEqual([1, 1, 0, 0]);
});
