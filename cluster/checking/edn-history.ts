// Histories in edn, as Jepsen and Knossos print them: a vector, a list or a bare sequence of maps
// `{:process 0, :type :invoke, :f :read, :key "x", :value nil}`; other keys are ignored. `:fail`
// did not happen; what has no completion stays open. Events of the nemesis are left out.

import { EdnKeyword, EdnMap, type EdnValue, readEdn } from "./edn.ts";
import { HistoryError } from "./history-error.ts";
import {
  eventType,
  operationName,
  type RecordedEvent,
  type RecordedHistory,
  type RecordedValue,
  type Scalar,
  shown,
} from "./recorded-event.ts";

/** Throws HistoryError. */
export function parseEdnHistory(text: string): RecordedHistory {
  const events: RecordedEvent[] = [];
  const forms = readEdn(text);
  for (const form of forms) {
    if (!Array.isArray(form)) addEvent(events, form);
    else for (const inner of form) addEvent(events, inner);
  }
  if (forms.length === 0) {
    throw new HistoryError("HISTORY_EMPTY", 1, "the history is empty: give the whole file");
  }
  return { events, failedCasRan: false, processesReturn: true, answersRepeat: false };
}

function addEvent(events: RecordedEvent[], form: EdnValue): void {
  if (!(form instanceof EdnMap)) {
    const line = events.at(-1)?.line ?? 1;
    throw new HistoryError(
      "HISTORY_SYNTAX",
      line,
      "at or after this line is a value that is no map, and an event is one: take it out",
    );
  }
  const process = form.entries.get("process");
  if (process instanceof EdnKeyword && process.name === "nemesis") return;
  if (typeof process !== "number") {
    throw missing(form, "process", "a number, or :nemesis");
  }
  const { line } = form;
  const f = operationName(nameOf(form, "f"), line);
  const type = eventType(nameOf(form, "type"), line);
  const key = form.entries.has("key") ? String(scalarOf(form.entries.get("key"), line)) : "";
  events.push({ line, process, type, f, key, value: ednValue(form.entries.get("value"), line) });
}

function nameOf(map: EdnMap, key: string): string {
  const value = map.entries.get(key);
  if (value instanceof EdnKeyword) return value.name;
  if (typeof value === "string") return value;
  throw missing(map, key, "a keyword");
}

function missing(map: EdnMap, key: string, what: string): HistoryError {
  return new HistoryError(
    "HISTORY_VALUE",
    map.line,
    `the event needs :${key}, ${what}: add it, or take the event out`,
  );
}

/** The value of an event: a scalar, a pair of them, or undefined for none. */
export function ednValue(value: EdnValue | undefined, line: number): RecordedValue {
  if (!Array.isArray(value)) return scalarOf(value as Exclude<EdnValue, readonly EdnValue[]>, line);
  if (value.length === 2) return [pairPart(value[0], line), pairPart(value[1], line)];
  throw new HistoryError(
    "HISTORY_VALUE",
    line,
    `a value of ${value.length} parts; a cas has [expected written]: correct it`,
  );
}

function pairPart(value: EdnValue | undefined, line: number): Scalar {
  const scalar = scalarOf(value, line);
  return scalar === undefined ? null : scalar;
}

function scalarOf(value: EdnValue | undefined, line: number): Scalar | undefined {
  if (value instanceof EdnKeyword) return `:${value.name}`;
  if (value instanceof EdnMap || Array.isArray(value)) {
    throw new HistoryError(
      "HISTORY_VALUE",
      line,
      `${shown(value instanceof EdnMap ? "{...}" : "[...]")} cannot be the value of a register: ` +
        "correct it, or judge this history elsewhere",
    );
  }
  return value as Scalar | undefined;
}
