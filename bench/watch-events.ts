// What an engine does by itself while rows run: begins and ends, put together and stamped.
//
// I1. Only the engine that was opened last is heard: ids are unique within one opening.
// I2. An event that began before a row, or ends after it, is in the row too: with a start below 0,
//     or without an end.
// I3. At most OPEN_MAX events are open and at most about EVENTS_MAX are kept. Short ones are merged
//     (reports/events.ts); what could not even be merged is counted as dropped.

import type { EngineEvent } from "../engines/engine.ts";
import type { Clock } from "../engines/io/clock.ts";
import { mergeEvents } from "../reports/events.ts";
import type { RowEvent } from "../reports/result.ts";

const EVENTS_MAX = 1000;
/** More at a time than any engine has work; an engine that never ends its events must not fill
 * the memory. */
const OPEN_MAX = 256;

/** An event that is not over. */
export interface OpenEvent {
  readonly kind: EngineEvent["kind"];
  readonly id: number;
  readonly detail: string | undefined;
  readonly startNs: number;
}

export class EventLog {
  readonly #clock: Clock;
  #opening = 0;
  #open: OpenEvent[] = [];
  #rowStartNs: number | undefined;
  #events: RowEvent[] = [];
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is under way now, the oldest first. */
  get open(): readonly OpenEvent[] {
    return this.#open;
  }

  /** How many ended in this row, by kind, in the order of their first end. */
  get endedByKind(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { kind, count } of this.#events) {
      counts.set(kind, (counts.get(kind) ?? 0) + (count ?? 1));
    }
    return counts;
  }

  /** The `onEvent` of an engine that is being opened; what was open of the one before is gone. */
  listen(): (event: EngineEvent) => void {
    const opening = ++this.#opening;
    this.#open = [];
    return (event) => {
      if (opening === this.#opening) this.#record(event);
    };
  }

  beginRow(startNs: number): void {
    this.#rowStartNs = startNs;
    this.#events = [];
    this.#dropped = 0;
  }

  /** The events of the row, by start, and how many were dropped. */
  endRow(): { readonly events: RowEvent[]; readonly dropped: number } {
    const events = mergeEvents(this.#events, EVENTS_MAX);
    const rowStartNs = this.#rowStartNs ?? 0;
    for (const { kind, detail, startNs } of this.#open) {
      const startMs = milliseconds(startNs - rowStartNs);
      events.push({ kind, startMs, ...(detail === undefined ? {} : { detail }) });
    }
    events.sort((a, b) => a.startMs - b.startMs);
    this.#rowStartNs = undefined;
    this.#events = [];
    return { events, dropped: this.#dropped };
  }

  #record(event: EngineEvent): void {
    const nowNs = this.#clock.now();
    if (event.phase === "begin") this.#begin(event, nowNs);
    else this.#end(event, nowNs);
  }

  #begin({ kind, id, detail }: EngineEvent, startNs: number): void {
    if (this.#open.length >= OPEN_MAX) this.#dropped++;
    else this.#open.push({ kind, id, detail, startNs });
  }

  #end(event: EngineEvent, nowNs: number): void {
    const at = this.#open.findIndex(({ id }) => id === event.id);
    // Its begin was dropped and counted, or was never told.
    if (at < 0) {
      if (this.#open.length < OPEN_MAX) this.#dropped++;
      return;
    }
    const { kind, startNs, detail: beginDetail } = this.#open[at]!;
    this.#open.splice(at, 1);
    const rowStartNs = this.#rowStartNs;
    if (rowStartNs === undefined) return;
    const detail = event.detail ?? beginDetail;
    this.#events.push({
      kind,
      startMs: milliseconds(startNs - rowStartNs),
      endMs: milliseconds(nowNs - rowStartNs),
      ...(detail === undefined ? {} : { detail }),
      ...(event.bytes === undefined ? {} : { bytes: event.bytes }),
    });
    // Down to half: merging costs as much as there are events, and must be rare.
    if (this.#events.length > EVENTS_MAX) this.#events = mergeEvents(this.#events, EVENTS_MAX / 2);
  }
}

/** To the microsecond. */
function milliseconds(ns: number): number {
  return Math.round(ns / 1000) / 1000;
}
