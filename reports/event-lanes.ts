// The events of a comparison set as the charts over time show them: a lane for each store and kind,
// few enough marks that they can be told apart.

import { type Lane, type Lanes, significant } from "./chart-data.ts";
import { busyMsOf, mergeEvents } from "./events.ts";
import type { ComparisonSet } from "./groups.ts";
import type { Row, RowEvent } from "./result.ts";

/** A lane is some 500 pixels long. */
const MARKS_MAX = 120;

/**
 * The lanes of a chart; absent when no row of it has events.
 *
 * @param views the rows that each view shows.
 */
export function eventLanes(
  set: ComparisonSet,
  views: ReadonlyMap<string, readonly Row[]>,
): Lanes | undefined {
  const list: Lane[] = [];
  const ofRow = new Map<Row, number[]>();
  for (const group of set.groups) {
    for (const row of group.rows) {
      const lanes = lanesOf(row, group.subject.name).map((lane) => list.push(lane) - 1);
      ofRow.set(row, lanes);
    }
  }
  if (list.length === 0) return undefined;
  const shown: Record<string, number[]> = {};
  for (const [key, rows] of views) shown[key] = rows.flatMap((row) => ofRow.get(row) ?? []);
  return { list, views: shown };
}

function lanesOf(row: Row, store: string): Lane[] {
  const events = row.events ?? [];
  const kinds = [...new Set(events.map(({ kind }) => kind))].sort();
  const rowEndMs = Math.max(
    0,
    ...row.intervals.map(({ startMs, durationMs }) => startMs + durationMs),
  );
  return kinds.map((kind) => {
    const ofKind = events.filter((event) => event.kind === kind);
    const marks = mergeEvents(ofKind, MARKS_MAX);
    return {
      label: `${store} ${kind}`,
      kind,
      marks: marks.flatMap((event) => numbersOf(event, rowEndMs)),
      details: marks.map(({ detail }) => detail ?? ""),
    };
  });
}

/** The numbers of a mark, cut to the row that it is drawn in. */
function numbersOf(event: RowEvent, rowEndMs: number): number[] {
  const start = Math.max(0, event.startMs);
  const end = Math.max(start, Math.min(event.endMs ?? rowEndMs, rowEndMs));
  return [
    significant(start / 1000),
    significant(end / 1000),
    event.count ?? 1,
    significant(busyMsOf(event) ?? -1),
    event.bytes ?? -1,
  ];
}
