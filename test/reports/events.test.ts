import { describe, expect, test } from "vitest";
import { busyMsOf, mergeEvents } from "../../reports/events.ts";
import type { RowEvent } from "../../reports/result.ts";
import { seededRandom } from "./fixture.ts";

const KINDS = ["flush", "compaction", "stall"];

/** Most last a moment, a few last long, and some were not over. */
function manyEvents(seed: number, count: number): RowEvent[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const startMs = 60_000 * random();
    const lastMs = random() < 0.02 ? 5000 * random() : 10 * random();
    return {
      kind: KINDS[Math.floor(random() * KINDS.length)]!,
      startMs,
      ...(random() < 0.001 ? {} : { endMs: startMs + lastMs }),
      ...(random() < 0.5 ? { bytes: Math.floor(1000 * random()) } : {}),
    };
  });
}

function totals(events: readonly RowEvent[], kind: string) {
  const ofKind = events.filter((event) => event.kind === kind);
  const sum = (read: (event: RowEvent) => number) =>
    ofKind.reduce((total, event) => total + read(event), 0);
  return {
    count: sum((event) => event.count ?? 1),
    bytes: sum((event) => event.bytes ?? 0),
    busyMs: Math.round(sum((event) => busyMsOf(event) ?? 0)),
    open: ofKind.filter((event) => event.endMs === undefined).length,
    first: Math.min(...ofKind.map((event) => event.startMs)),
    last: Math.max(...ofKind.map((event) => event.endMs ?? 0)),
  };
}

describe("merging events", () => {
  test.each([1, 2, 3, 4, 5])("loses no number, time or byte, seed %d", (seed) => {
    const events = manyEvents(seed, 5000);
    for (const countMax of [1000, 200, 40]) {
      const merged = mergeEvents(events, countMax);
      expect(merged.length).toBeLessThanOrEqual(countMax);
      for (const kind of KINDS) expect(totals(merged, kind)).toEqual(totals(events, kind));
      const starts = merged.map((event) => event.startMs);
      expect(starts).toEqual([...starts].sort((a, b) => a - b));
    }
  });

  test("what was merged can be merged again", () => {
    const events = manyEvents(9, 5000);
    const twice = mergeEvents(mergeEvents(events, 500), 50);
    expect(twice.length).toBeLessThanOrEqual(50);
    for (const kind of KINDS) expect(totals(twice, kind)).toEqual(totals(events, kind));
  });

  test("long ones stay as they are while short ones are merged", () => {
    const long = { kind: "compaction", startMs: 100, endMs: 9000, detail: "all of it" };
    const short = Array.from({ length: 500 }, (_, i) => {
      return { kind: "compaction", startMs: i * 20, endMs: i * 20 + 1 };
    });
    const merged = mergeEvents([...short, long], 100);
    expect(merged).toContainEqual(long);
  });

  test("few enough are only put in order", () => {
    const events = [
      { kind: "flush", startMs: 5, endMs: 6, detail: "b" },
      { kind: "flush", startMs: 1, endMs: 2, detail: "a" },
    ];
    expect(mergeEvents(events, 2)).toEqual([events[1], events[0]]);
  });

  test("of details the one that all have stays", () => {
    const of = (startMs: number, detail: string) => ({
      ...{ kind: "stall", startMs, endMs: startMs + 1 },
      detail,
    });
    expect(mergeEvents([of(0, "debt"), of(1, "debt")], 1)[0]!.detail).toBe("debt");
    const differing = mergeEvents([of(0, "debt"), of(1, "files"), of(2, "debt")], 1);
    expect(differing).toEqual([{ kind: "stall", startMs: 0, endMs: 3, count: 3, busyMs: 3 }]);
  });

  test("ends where nothing can be merged: more kinds than places, and none that is over", () => {
    const open = Array.from({ length: 30 }, (_, i) => ({ kind: "merge", startMs: i }));
    expect(mergeEvents(open, 10)).toHaveLength(30);
    const kinds = Array.from({ length: 30 }, (_, i) => {
      return { kind: `kind ${i}`, startMs: 0, endMs: 0 };
    });
    expect(mergeEvents(kinds, 10)).toHaveLength(30);
  });
});
