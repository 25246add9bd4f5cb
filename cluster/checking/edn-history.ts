// Histories in edn, as Jepsen and Knossos print them: a vector, a list or a bare sequence of maps
// `{:process 0, :type :invoke, :f :read, :key "x", :value nil}`; other keys are ignored. `:fail`
// did not happen; what has no completion stays open. Events of the nemesis are left out.

import { EdnKeyword, EdnMap, type EdnValue, readEdn } from "./edn.ts";
import { ednValue, scalarOf } from "./edn-value.ts";
import { HistoryError } from "./history-error.ts";
import { IndependentKeys } from "./independent-keys.ts";
import {
  eventType,
  hasJudgedValue,
  operationName,
  type RecordedEvent,
  type RecordedHistory,
} from "./recorded-event.ts";

/** @param isIndependent Values are `[key value]`, as jepsen.independent has them. */
export function parseEdnHistory(text: string, isIndependent: boolean): RecordedHistory {
  const events: RecordedEvent[] = [];
  const keys = isIndependent ? new IndependentKeys() : undefined;
  const forms = readEdn(text);
  for (const form of forms) {
    if (!Array.isArray(form)) addEvent(events, form, keys);
    else for (const inner of form) addEvent(events, inner, keys);
  }
  if (forms.length === 0) {
    throw new HistoryError("HISTORY_EMPTY", 1, "the history is empty: give the whole file");
  }
  return { events, failedCasRan: false, processesReturn: true, answersRepeat: false };
}

function addEvent(events: RecordedEvent[], form: EdnValue, keys?: IndependentKeys): void {
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
  const named = form.entries.has("key") ? String(scalarOf(form.entries.get("key"), line)) : "";
  const given = { line, process, type, f };
  const told = form.entries.get("value");
  const { key, value } = keys?.split(given, told) ?? { key: named, value: told };
  const isJudged = hasJudgedValue(type, f);
  events.push({ ...given, key, value: isJudged ? ednValue(value, line) : undefined });
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
