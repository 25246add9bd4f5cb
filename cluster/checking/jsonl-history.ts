// Histories in our own format (history.ts), a JSON document a line. What has no completion stays
// open for ever.

import type { HistoryEvent } from "./history.ts";
import { HistoryError } from "./history-error.ts";
import {
  eventType,
  operationName,
  type RecordedEvent,
  type RecordedHistory,
  recordedEvent,
  shown,
} from "./recorded-event.ts";

/** Throws HistoryError. */
export function parseJsonlHistory(text: string): RecordedHistory {
  const events: RecordedEvent[] = [];
  const lines = text.split("\n");
  let time = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    if (lines[i]!.trim() === "") continue;
    const event = checkedEvent(readJson(lines[i]!, line), line);
    if (event.time !== undefined && event.time < time) {
      throw new HistoryError(
        "HISTORY_ORDER",
        line,
        `time ${event.time} is before that of the event above, ${time}: sort the lines by time`,
      );
    }
    time = event.time ?? time;
    events.push(recordedEvent(event, line));
  }
  if (events.length === 0) {
    throw new HistoryError("HISTORY_EMPTY", 1, "the history is empty: give the whole file");
  }
  return { events, failedCasRan: false, processesReturn: false, answersRepeat: true };
}

function readJson(text: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HistoryError(
      "HISTORY_SYNTAX",
      line,
      `${shown(text.trim())} is no JSON, or not all of it: give the whole file, an event a line`,
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new HistoryError(
    "HISTORY_SYNTAX",
    line,
    `${shown(text.trim())} is no event, which is a JSON object: give one a line`,
  );
}

function checkedEvent(json: Record<string, unknown>, line: number): HistoryEvent {
  const { process, type, f, key = "", time } = json;
  const check = (holds: boolean, name: string, what: string): void => {
    if (holds) return;
    throw new HistoryError("HISTORY_VALUE", line, `"${name}" must be ${what}: correct the event`);
  };
  check(Number.isSafeInteger(process), "process", "a whole number below 2^53");
  check(typeof type === "string", "type", "invoke, ok, fail or info");
  check(typeof f === "string", "f", "the name of an operation");
  check(typeof key === "string", "key", "a text");
  check(time === undefined || Number.isFinite(time), "time", "a number of nanoseconds");
  check(isValue(json.value), "value", "a text, a number, null, or [expected, written]");
  const siblings = json.siblings;
  refuseInexact(json.value, line);
  refuseInexact(siblings, line);
  const isList = Array.isArray(siblings) && siblings.every(isScalar);
  check(siblings === undefined || isList, "siblings", "a list of texts");
  eventType(type as string, line);
  operationName(f as string, line);
  return { ...json, key } as unknown as HistoryEvent;
}

/** What was written as two numbers may have become one: then no verdict can be trusted. */
function refuseInexact(value: unknown, line: number): void {
  for (const one of Array.isArray(value) ? value : [value]) {
    if (typeof one !== "number" || Math.abs(one) <= Number.MAX_SAFE_INTEGER) continue;
    throw new HistoryError(
      "HISTORY_VALUE",
      line,
      `the number ${one} is beyond 2^53 - 1, and cannot be told from its neighbours: ` +
        "write such values as texts",
    );
  }
}

function isScalar(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function isValue(value: unknown): boolean {
  if (value === undefined || isScalar(value)) return true;
  return Array.isArray(value) && value.length === 2 && value.every(isScalar);
}
