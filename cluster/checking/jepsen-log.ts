// Histories in the log of Jepsen: lines `INFO  jepsen.util - 0 :invoke :read nil`, parts separated
// by tabs or spaces. Lines of other loggers and of the nemesis are left out.
//
// A failed cas ran and saw another value than it expected; every other `:fail` did not happen. What
// timed out or has no completion closes at the end of the history. To the search that is the same
// as an operation that stays open: at the end it may take effect where nobody sees it, or have had
// none.

import { readEdn } from "./edn.ts";
import { ednValue } from "./edn-history.ts";
import type { EventType } from "./history.ts";
import { HistoryError } from "./history-error.ts";
import {
  eventType,
  type OperationName,
  operationName,
  type RecordedEvent,
  type RecordedHistory,
  type RecordedValue,
  shown,
} from "./recorded-event.ts";

const LOGGED = /^(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\s+(\S+)\s+-(?:\s+(.*))?$/;
const EVENT = /^(\d+)\s+:(\S+)\s+:(\S+)(?:\s+(.*?))?\s*$/;
const LOGGER = "jepsen.util";

/** Throws HistoryError. */
export function parseJepsenLog(text: string): RecordedHistory {
  const events: RecordedEvent[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const event = eventOf(lines[i]!.trimEnd(), i + 1);
    if (event !== undefined) events.push(event);
  }
  if (events.length === 0) {
    throw new HistoryError(
      "HISTORY_EMPTY",
      1,
      `no line of ${LOGGER}: give the whole log, or another --format`,
    );
  }
  return { events, failedCasRan: true, processesReturn: true, answersRepeat: false };
}

function eventOf(text: string, line: number): RecordedEvent | undefined {
  if (text === "") return undefined;
  const [, logger, message = ""] = LOGGED.exec(text) ?? [];
  if (logger === undefined) throw syntax(line, text);
  if (logger !== LOGGER || message.startsWith(":nemesis")) return undefined;
  const [, process, type, f, value] = EVENT.exec(message) ?? [];
  if (process === undefined) throw syntax(line, text);
  const name = operationName(f!, line);
  return completed(Number(process), eventType(type!, line), name, value, line);
}

function completed(
  process: number,
  type: EventType,
  f: OperationName,
  text: string | undefined,
  line: number,
): RecordedEvent {
  const value = text === undefined ? undefined : readValue(text, line);
  // A cas that timed out saw nothing, whatever the log calls it.
  const timedOut = type === "fail" && f !== "read" && value === ":timed-out";
  return { line, process, type: timedOut ? "info" : type, f, key: "", value };
}

function readValue(text: string, line: number): RecordedValue {
  const values = readEdn(text, line);
  if (values.length === 1) return ednValue(values[0], line);
  throw new HistoryError(
    "HISTORY_SYNTAX",
    line,
    `${values.length} values in ${shown(text)}, and an event has one: correct it`,
  );
}

function syntax(line: number, text: string): HistoryError {
  return new HistoryError(
    "HISTORY_SYNTAX",
    line,
    `${shown(text)} is no line of ${LOGGER}, as INFO  ${LOGGER} - 0 :invoke :read nil: ` +
      "correct it, give the whole log, or another --format",
  );
}
