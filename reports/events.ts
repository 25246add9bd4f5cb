// Events of a row in a bounded number: short ones merged, long ones kept.
//
// Steps:
//  1. Time is cut into slots of one width, a power of two of milliseconds, so that what was merged
//     once can be merged again.
//  2. Events of one kind that begin in the same slot, and last no longer than one, become one: from
//     the first begin to the last end, with their number, and sums of time and bytes.
//  3. Where there are still too many, the slots are made twice as wide.
//
// An event that was not over is kept as it is.

import type { RowEvent } from "./result.ts";

/** Time within an event, in milliseconds; undefined when it was not over. */
export function busyMsOf(event: RowEvent): number | undefined {
  if (event.busyMs !== undefined) return event.busyMs;
  return event.endMs === undefined ? undefined : event.endMs - event.startMs;
}

/**
 * At most `countMax` events by start, or as few as there can be: one for each kind, and those that
 * were not over.
 */
export function mergeEvents(events: readonly RowEvent[], countMax: number): RowEvent[] {
  let merged = [...events].sort((a, b) => a.startMs - b.startMs);
  if (merged.length <= countMax) return merged;
  const first = merged[0]!.startMs;
  const last = Math.max(...merged.map((event) => event.endMs ?? event.startMs));
  const spanMs = last - first;
  let slotMs = 2 ** Math.ceil(Math.log2(Math.max(1, spanMs / countMax)));
  for (;;) {
    merged = mergeInSlots(merged, slotMs);
    // Wider slots cannot part anything any more, wherever their edges lie.
    if (merged.length <= countMax || slotMs > 4 * spanMs) return merged;
    slotMs *= 2;
  }
}

function mergeInSlots(events: readonly RowEvent[], slotMs: number): RowEvent[] {
  const kept: RowEvent[] = [];
  const slots = new Map<string, number>();
  for (const event of events) {
    const isShort = event.endMs !== undefined && event.endMs - event.startMs <= slotMs;
    const slot = `${event.kind} ${Math.floor(event.startMs / slotMs)}`;
    const at = isShort ? slots.get(slot) : undefined;
    if (at !== undefined) {
      kept[at] = join(kept[at]!, event);
      continue;
    }
    if (isShort) slots.set(slot, kept.length);
    kept.push(event);
  }
  return kept;
}

/** Two that are over, as one. */
function join(a: RowEvent, b: RowEvent): RowEvent {
  const bytes = a.bytes === undefined && b.bytes === undefined ? undefined : sum(a.bytes, b.bytes);
  return {
    kind: a.kind,
    startMs: Math.min(a.startMs, b.startMs),
    endMs: Math.max(a.endMs!, b.endMs!),
    count: (a.count ?? 1) + (b.count ?? 1),
    busyMs: sum(busyMsOf(a), busyMsOf(b)),
    ...(a.detail !== undefined && a.detail === b.detail ? { detail: a.detail } : {}),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

function sum(a: number | undefined, b: number | undefined): number {
  return (a ?? 0) + (b ?? 0);
}
