import { describe, expect, test } from "vitest";
import { type RunOptions, runPhase } from "../../bench/run.ts";
import { runScanPass } from "../../bench/scan-pass.ts";
import { type LiveState, Watch } from "../../bench/watch.ts";
import type { Engine, EngineEvent, EngineStats } from "../../engines/engine.ts";
import { resolveProperties } from "../../workloads/core-settings.ts";
import { CoreWorkload } from "../../workloads/core-workload.ts";
import { MapEngine } from "./map-engine.ts";
import { VirtualTime } from "./virtual-time.ts";

const MS = 1e6;

/** A store that takes 1 ms an operation, flushes after every 500th, and counts. */
function tellingEngine(time: VirtualTime, say: (event: EngineEvent) => void) {
  let operations = 0;
  const map = new MapEngine({
    promises: false,
    before: () => {
      time.spend(MS);
      if (++operations % 500 !== 0) return;
      say({ kind: "flush", phase: "begin", id: operations, detail: "memory" });
      time.spend(20 * MS);
      say({ kind: "flush", phase: "end", id: operations, bytes: 4096 });
    },
  });
  const engine = map.asEngine() as Engine & { stats(): EngineStats };
  engine.stats = () => {
    time.spend(5000);
    return { keys: map.data.size, writes: operations };
  };
  return engine;
}

function workload(records: number) {
  const overrides = [`recordcount=${records}`, "readproportion=1", "updateproportion=0"];
  return new CoreWorkload(resolveProperties([], [...overrides, "operationcount=100"]), {
    name: "test",
  });
}

async function watchedLoad(records: number, onState?: (state: LiveState) => void) {
  const time = new VirtualTime();
  const watch = new Watch(time);
  watch.onState = onState;
  const options: RunOptions = {
    ...{ engine: tellingEngine(time, watch.opened()), workload: workload(records) },
    ...{ phase: "load", offer: { kind: "closed" }, clients: 1, operations: 0 },
    ...{ warmupOperations: 0, latency: true, notFoundFails: true, clock: time, timer: time },
    signal: new AbortController().signal,
    watch,
  };
  const outcome = await time.runUntil(runPhase(options));
  return { outcome, time, watch, options };
}

describe("a phase that is watched", () => {
  test("has events and samples by the clock of its intervals", async () => {
    const { outcome } = await watchedLoad(3000);
    const { events, samples, samplingMs, eventsDropped } = outcome.watched!;
    expect(events).toHaveLength(6);
    expect(eventsDropped).toBeUndefined();
    expect(samplingMs).toBeGreaterThanOrEqual(0.005 * samples!.length);
    for (const [i, event] of events!.entries()) {
      expect(event).toMatchObject({ kind: "flush", detail: "memory", bytes: 4096 });
      expect(event.endMs! - event.startMs).toBeCloseTo(20, 1);
      expect(event.startMs).toBeGreaterThan(500 * (i + 1) + 20 * i - 1);
      // The interval that the event lies in is the one whose operations took so long.
      const around = outcome.intervals.find(
        ({ startMs, durationMs }) =>
          startMs <= event.startMs && event.startMs < startMs + durationMs,
      )!;
      expect(around.latencyNs!.max).toBeGreaterThan(20 * MS);
    }
    expect(samples!.map(({ stats }) => stats.writes)[0]).toBe(0);
    expect(samples!.at(-1)).toMatchObject({ stats: { keys: 3000, writes: 3000 } });
    expect(samples!.length).toBeGreaterThanOrEqual(4);
    expect(samples!.at(-1)!.atMs).toBeCloseTo(outcome.elapsedNs / MS, 0);
  });

  test("tells who looks on, about once a second, of rates and of what is under way", async () => {
    const states: LiveState[] = [];
    const { outcome } = await watchedLoad(3000, (state) => states.push(state));
    expect(states.length).toBeGreaterThanOrEqual(2);
    expect(states.length).toBeLessThanOrEqual(4);
    const [first, second] = states as [LiveState, LiveState];
    expect(first.previousStats).toEqual({ keys: 0, writes: 0 });
    expect(second.previousStats).toBe(first.stats);
    expect(second.stats.writes).toBeGreaterThan(first.stats.writes!);
    const seconds = (second.progress.elapsedNs - first.progress.elapsedNs) / 1e9;
    const done = second.progress.finished - first.progress.finished;
    expect(second.progress.opsPerSec).toBeCloseTo(done / seconds, 3);
    const total = second.progress.finished / (second.progress.elapsedNs / 1e9);
    expect(second.meanOpsPerSec).toBeCloseTo(total, 3);
    expect(first.ended.get("flush")).toBe(Math.floor(first.progress.finished / 500));
    expect(first.p99Ns).toBeGreaterThan(0.9 * MS);
    expect(outcome.operations).toBe(3000);
  });

  test("knows how old the figures of the engine are", () => {
    const time = new VirtualTime();
    const watch = new Watch(time);
    const ages: number[] = [];
    watch.onState = ({ statsAgeMs }) => ages.push(statsAgeMs);
    const engine = new MapEngine({ promises: false }).asEngine();
    engine.stats = () => {
      time.spend(50 * MS);
      return {};
    };
    watch.begin(engine);
    for (let second = 1; second <= 12; second++) {
      time.spend(1e9);
      watch.beat(time.now(), { finished: 0, total: 0, elapsedNs: second * 1e9, opsPerSec: 0 });
    }
    expect(ages[0]).toBeCloseTo(1000, -2);
    expect(Math.max(...ages)).toBeLessThan(10_000);
    expect(ages.filter((age) => age < 100)).toHaveLength(1);
  });

  test("a scan is watched too", async () => {
    const { time, watch, options } = await watchedLoad(600);
    const { signal } = options;
    const common = { engine: options.engine, clock: time, timer: time, signal, watch };
    const scanned = { gte: new Uint8Array() };
    const scan = options.engine.scan.bind(options.engine);
    options.engine.scan = (given) => scan({ ...given, ...scanned });
    const pass = { ...common, latency: true, reverse: false, limit: 600, expected: 600 };
    const outcome = await time.runUntil(runScanPass(pass));
    expect(outcome.operations).toBe(600);
    expect(outcome.watched!.samples!.length).toBeGreaterThanOrEqual(2);
  });

  test("an engine that says nothing leaves nothing in the row", async () => {
    const time = new VirtualTime();
    const watch = new Watch(time);
    watch.begin(new MapEngine({ promises: false }).asEngine());
    expect(watch.end()).toEqual({});
    expect(watch.end(), "no row").toEqual({});
  });
});
