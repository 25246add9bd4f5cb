import { describe, expect, test } from "vitest";
import { EventLog } from "../../bench/watch-events.ts";
import type { EngineEvent } from "../../engines/engine.ts";
import { busyMsOf } from "../../reports/events.ts";
import { VirtualTime } from "./virtual-time.ts";

const MS = 1e6;

function begin(id: number, kind: EngineEvent["kind"] = "flush", detail?: string): EngineEvent {
  return { kind, phase: "begin", id, ...(detail === undefined ? {} : { detail }) };
}

function end(id: number, bytes?: number, kind: EngineEvent["kind"] = "flush"): EngineEvent {
  return { kind, phase: "end", id, ...(bytes === undefined ? {} : { bytes }) };
}

describe("the events of a row", () => {
  function setUp() {
    const time = new VirtualTime(0);
    const log = new EventLog(time);
    const say = log.listen();
    return { time, log, say };
  }

  test("begins and ends are put together, from the start of the row", () => {
    const { time, log, say } = setUp();
    time.spend(500 * MS);
    log.beginRow(time.now());
    time.spend(10 * MS);
    say(begin(1, "compaction", "2 files"));
    time.spend(5 * MS);
    say(begin(2));
    expect(log.open.map(({ kind }) => kind)).toEqual(["compaction", "flush"]);
    time.spend(1 * MS);
    say(end(2, 100));
    time.spend(4 * MS);
    say({ ...end(1, 7, "compaction"), detail: "2 files into 1" });
    expect(log.endRow()).toEqual({
      events: [
        { kind: "compaction", startMs: 10, endMs: 20, detail: "2 files into 1", bytes: 7 },
        { kind: "flush", startMs: 15, endMs: 16, bytes: 100 },
      ],
      dropped: 0,
    });
  });

  test("what began before the row, or was not over at its end, is in it", () => {
    const { time, log, say } = setUp();
    say(begin(1));
    time.spend(30 * MS);
    log.beginRow(time.now());
    time.spend(5 * MS);
    say(end(1));
    say(begin(2, "merge", "segment 4"));
    time.spend(5 * MS);
    expect(log.endRow().events).toEqual([
      { kind: "flush", startMs: -30, endMs: 5 },
      { kind: "merge", startMs: 5, detail: "segment 4" },
    ]);
    log.beginRow(time.now());
    time.spend(2 * MS);
    say(end(2, undefined, "merge"));
    expect(log.endRow().events).toEqual([
      { kind: "merge", startMs: -5, endMs: 2, detail: "segment 4" },
    ]);
  });

  test("between rows nothing is kept", () => {
    const { time, log, say } = setUp();
    log.beginRow(time.now());
    log.endRow();
    say(begin(1));
    say(end(1));
    log.beginRow(time.now());
    expect(log.endRow()).toEqual({ events: [], dropped: 0 });
  });

  test("an engine that was closed is not heard any more, and its work is gone", () => {
    const { time, log, say } = setUp();
    log.beginRow(time.now());
    say(begin(1));
    const other = log.listen();
    expect(log.open).toEqual([]);
    say(end(1));
    say(begin(2, "snapshot"));
    other(begin(1, "merge"));
    other(end(1, 5, "merge"));
    const events = [{ kind: "merge", startMs: 0, endMs: 0, bytes: 5 }];
    expect(log.endRow()).toEqual({ events, dropped: 0 });
  });

  test("a hundred thousand are merged into a bounded number, and none is lost", () => {
    const { time, log, say } = setUp();
    log.beginRow(time.now());
    for (let id = 0; id < 100_000; id++) {
      say(begin(id, "stall"));
      time.spend(0.1 * MS);
      say(end(id, 1, "stall"));
      time.spend(0.4 * MS);
    }
    expect(log.endedByKind).toEqual(new Map([["stall", 100_000]]));
    const { events, dropped } = log.endRow();
    expect(events.length).toBeLessThanOrEqual(1000);
    expect(events.length).toBeGreaterThan(200);
    expect(dropped).toBe(0);
    const sum = (read: (event: (typeof events)[number]) => number) =>
      events.reduce((total, event) => total + read(event), 0);
    expect(sum((event) => event.count ?? 1)).toBe(100_000);
    expect(sum((event) => event.bytes!)).toBe(100_000);
    expect(sum((event) => busyMsOf(event)!)).toBeCloseTo(10_000, 0);
  });

  test("events that never end do not fill the memory: they are counted as dropped", () => {
    const { time, log, say } = setUp();
    log.beginRow(time.now());
    for (let id = 0; id < 5000; id++) say(begin(id));
    const { events, dropped } = log.endRow();
    expect(events.length + dropped).toBe(5000);
    expect(events.length).toBeLessThanOrEqual(256);
  });

  test("an end without a begin is dropped, and counted", () => {
    const { time, log, say } = setUp();
    log.beginRow(time.now());
    say(end(77));
    expect(log.endRow()).toEqual({ events: [], dropped: 1 });
  });
});
