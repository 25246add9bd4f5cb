// Goal: writers wait in order, for as long as something runs that ends their wait, and no longer.
// Method: the valve alone, with a clock that is set by hand.

import { describe, expect, it } from "vitest";
import type { WriteBatch } from "../../../engines/batch.ts";
import type { Batch, EngineEvent } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { BackPressure } from "../../../engines/lsm/back-pressure.ts";
import { completeOptions } from "../../../engines/options.ts";
import { bytes, text } from "../support/stores.ts";

const IDLE = { level0Tables: 0, debtBytes: 0, isCompacting: false };
const SLOW = { level0Tables: 12, debtBytes: 0, isCompacting: true };
const STOP = { level0Tables: 24, debtBytes: 0, isCompacting: true };

interface Valve {
  readonly pressure: BackPressure;
  readonly clock: { now(): number; time: number };
  /** Stalls as they were told. */
  readonly events: string[];
}

function valve(): Valve {
  const clock = { time: 1000, now: () => clock.time };
  const events: string[] = [];
  const onEvent = ({ kind, phase, id }: EngineEvent) => void events.push(`${kind} ${phase} ${id}`);
  let lastId = 0;
  const options = completeOptions({ dir: "/store", clock, onEvent });
  return { pressure: new BackPressure(options, () => ++lastId), clock, events };
}

function firstKey(batch: Batch): string {
  let key = "";
  batch.forEach((each) => {
    key = text(each)!;
  });
  return key;
}

function waitFor(pressure: BackPressure, key: string): Promise<void> {
  return pressure.wait((batch: WriteBatch) => batch.put(bytes(key), bytes("v")));
}

describe("back-pressure", () => {
  it("lets everything through while little waits to be compacted", () => {
    const { pressure } = valve();
    pressure.measure(IDLE);
    expect(pressure.admits(2 ** 30)).toBe(true);
    pressure.measure({ ...SLOW, isCompacting: false });
    expect(pressure.admits(2 ** 30), "nothing runs that could end a wait").toBe(true);
  });

  it("lets a share of the compaction's bytes through when it is slow", () => {
    const { pressure } = valve();
    for (const gauges of [SLOW, { ...IDLE, debtBytes: 2 ** 32, isCompacting: true }]) {
      pressure.measure(IDLE);
      pressure.measure(gauges);
      let admitted = 0;
      let worked = 0;
      for (let step = 0; step < 1000; step++) {
        pressure.credit(10_000);
        worked += 10_000;
        while (pressure.admits(100)) admitted += 100;
      }
      expect(admitted).toBeGreaterThan(worked / 8);
      expect(admitted).toBeLessThan(worked / 2);
    }
  });

  it("does not save up credit without bound", () => {
    const { pressure } = valve();
    pressure.measure(SLOW);
    for (let step = 0; step < 1000; step++) pressure.credit(10_000);
    let admitted = 0;
    while (pressure.admits(100)) admitted += 100;
    expect(admitted).toBeLessThanOrEqual(10_100);
  });

  it("stops at many tables of level 0, whatever the credit", () => {
    const { pressure } = valve();
    pressure.measure(SLOW);
    pressure.credit(10_000);
    pressure.measure(STOP);
    pressure.credit(1_000_000);
    expect(pressure.admits(1)).toBe(false);
    pressure.measure(IDLE);
    expect(pressure.admits(1)).toBe(true);
  });

  it("keeps the order of those who wait, and counts their time once", async () => {
    const { pressure, clock, events } = valve();
    pressure.measure(STOP);
    const done: string[] = [];
    const waits = ["a", "b", "c"].map((key) => waitFor(pressure, key).then(() => done.push(key)));
    expect(pressure.hasWaiting).toBe(true);
    clock.time += 500;
    const written: string[] = [];
    pressure.resume((batch) => {
      if (written.length === 2) return "wait";
      written.push(firstKey(batch));
      return undefined;
    });
    expect(pressure.hasWaiting).toBe(true);
    clock.time += 300;
    pressure.resume((batch) => {
      written.push(firstKey(batch));
      return Promise.resolve();
    });
    await Promise.all(waits);
    expect(written).toEqual(["a", "b", "c"]);
    expect(done).toEqual(["a", "b", "c"]);
    expect([pressure.stalls, pressure.stallNs, pressure.hasWaiting]).toEqual([1, 800, false]);
    expect(events).toEqual(["stall begin 1", "stall end 1"]);
  });

  it("tells each its own error, and goes on with the next", async () => {
    const { pressure } = valve();
    const results = ["a", "b"].map((key) => waitFor(pressure, key).catch((error: Error) => error));
    pressure.resume((batch) => {
      if (firstKey(batch) === "a") throw new EngineError("ENGINE_NO_SPACE", "full");
      return undefined;
    });
    expect(await results[0]).toMatchObject({ code: "ENGINE_NO_SPACE" });
    expect(await results[1]).toBeUndefined();
  });

  it("refuses all who wait when what they wait for fails", async () => {
    const { pressure, clock } = valve();
    const results = ["a", "b"].map((key) => waitFor(pressure, key).catch((error: Error) => error));
    clock.time += 40;
    pressure.refuse(new EngineError("ENGINE_IO", "broken"));
    for (const result of results) expect(await result).toMatchObject({ code: "ENGINE_IO" });
    expect([pressure.stallNs, pressure.hasWaiting]).toEqual([40, false]);
  });

  it("keeps what it needs of a write that waits", async () => {
    const { pressure } = valve();
    const key = bytes("key");
    const wait = pressure.wait((batch) => batch.put(key, key));
    key.fill(0);
    pressure.resume((batch) => {
      expect(firstKey(batch)).toBe("key");
      return undefined;
    });
    await wait;
  });
});
