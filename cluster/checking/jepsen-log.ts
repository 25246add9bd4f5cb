// Histories in the log of Jepsen: lines `INFO  jepsen.util - 0 :invoke :read nil`, parts separated
// by tabs or spaces, or as newer versions write them
// `2024-01-31 10:11:12,123{GMT} INFO [jepsen worker 0] jepsen.util: 0 :invoke :read nil`. Lines of
// other loggers, what belongs to them (stacks), and the nemesis are left out. After the value of an
// operation that failed its error may stand.
//
// A failed cas ran and saw another value than it expected; every other `:fail` did not happen. What
// timed out or has no completion closes at the end of the history. To the search that is the same
// as an operation that stays open: at the end it may take effect where nobody sees it, or have had
// none.

import { type EdnValue, readEdn } from "./edn.ts";
import { ednValue } from "./edn-value.ts";
import { HistoryError } from "./history-error.ts";
import { IndependentKeys } from "./independent-keys.ts";
import {
  eventType,
  hasJudgedValue,
  operationName,
  type RecordedEvent,
  type RecordedHistory,
  shown,
} from "./recorded-event.ts";

const LEVEL = "(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)";
const LOGGED = new RegExp(`^${LEVEL}\\s+(\\S+)\\s+-(?:\\s+(.*))?$`);
const DATE = "\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d:\\d\\d\\S*";
const DATED = new RegExp(`^${DATE}\\s+${LEVEL}\\s+\\[[^\\]]*\\]\\s+(\\S+):(?:\\s+(.*))?$`);
/** A line that begins so is one of its own, and no more of the one before. */
const BEGINS = new RegExp(`^(?:${LEVEL}|\\d{4}-)`);
const EVENT = /^(\d+)\s+:(\S+)\s+:(\S+)(?:\s+(.*?))?\s*$/;
const LOGGER = "jepsen.util";

/**
 * Throws HistoryError.
 *
 * @param isIndependent Values are `[key value]`, as jepsen.independent has them.
 */
export function parseJepsenLog(text: string, isIndependent: boolean): RecordedHistory {
  const events: RecordedEvent[] = [];
  const keys = isIndependent ? new IndependentKeys() : undefined;
  let logger: string | undefined;
  for (const [i, whole] of text.split("\n").entries()) {
    const line = i + 1;
    const trimmed = whole.trimEnd();
    const [, name, message = ""] = LOGGED.exec(trimmed) ?? DATED.exec(trimmed) ?? [];
    if (name === undefined) {
      const isMore = logger !== undefined && logger !== LOGGER && !BEGINS.test(trimmed);
      if (trimmed === "" || isMore) continue;
      throw syntax(line, trimmed);
    }
    logger = name;
    if (logger !== LOGGER || message.startsWith(":nemesis")) continue;
    events.push(eventOf(trimmed, message, line, keys));
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

function eventOf(
  whole: string,
  message: string,
  line: number,
  keys: IndependentKeys | undefined,
): RecordedEvent {
  const [, process, type, name, text = ""] = EVENT.exec(message) ?? [];
  if (process === undefined) throw syntax(line, whole);
  const f = operationName(name!, line);
  const given = { line, process: Number(process), type: eventType(type!, line), f };
  const isJudged = hasJudgedValue(given.type, f);
  const isRead = isJudged || (keys !== undefined && given.type === "invoke");
  const told = isRead ? readValue(text, line) : undefined;
  const { key, value } = keys?.split(given, told) ?? { key: "", value: told };
  // A cas that timed out saw nothing, whatever the log calls it.
  const timedOut = given.type === "fail" && f !== "read" && /(^|\s):timed-out(\s|$)/.test(text);
  return {
    ...given,
    type: timedOut ? "info" : given.type,
    key,
    value: isJudged ? ednValue(value, line) : undefined,
  };
}

function readValue(text: string, line: number): EdnValue | undefined {
  const values = readEdn(text, line);
  if (values.length <= 1) return values[0];
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
