// An event as linearizability sees it, whatever format it was written in: who, what, on which key.

import type { EventType, HistoryEvent } from "./history.ts";
import { HistoryError } from "./history-error.ts";

export type OperationName = "read" | "write" | "cas" | "append" | "acquire" | "release";

export type Scalar = string | number | boolean | null;
/** Undefined when the event has none; a pair is what a cas expects and what it writes. */
export type RecordedValue = Scalar | readonly [Scalar, Scalar] | undefined;

export interface RecordedEvent {
  /** 1-based line of its text, or its number in a history that is no text. */
  readonly line: number;
  readonly process: number;
  readonly type: EventType;
  readonly f: OperationName;
  /** Empty for a history of one object without a name. */
  readonly key: string;
  readonly value: RecordedValue;
}

/** All the events of one history, and how its format is to be understood. */
export interface RecordedHistory {
  readonly events: readonly RecordedEvent[];
  /** A failed cas ran, and saw another value than it expected; otherwise it never happened. */
  readonly failedCasRan: boolean;
  /** A process may ask again after one of its operations ended in `info`. */
  readonly processesReturn: boolean;
  /** What a completed write says is what was written; in other formats it may say anything. */
  readonly answersRepeat: boolean;
}

const NAMES: Readonly<Record<string, OperationName>> = {
  read: "read",
  get: "read",
  write: "write",
  put: "write",
  delete: "write",
  cas: "cas",
  append: "append",
  acquire: "acquire",
  release: "release",
};
const TYPES: readonly string[] = ["invoke", "ok", "fail", "info"];

/** The operation that goes by this name; throws HISTORY_OPERATION when there is none. */
export function operationName(name: string, line: number): OperationName {
  if (Object.hasOwn(NAMES, name)) return NAMES[name]!;
  const known = Object.keys(NAMES).join(", ");
  throw new HistoryError(
    "HISTORY_OPERATION",
    line,
    `unknown operation ${shown(name)}; there are ${known}: correct it, or take the event out`,
  );
}

/**
 * Whether a judge looks at the value of such an event: what is written stands in the invocation,
 * what was read in the answer. Elsewhere anything may stand, an error for one.
 */
export function hasJudgedValue(type: EventType, f: OperationName): boolean {
  if (f === "acquire" || f === "release") return false;
  return type === (f === "read" ? "ok" : "invoke");
}

export function eventType(name: string, line: number): EventType {
  if (TYPES.includes(name)) return name as EventType;
  const known = TYPES.join(", ");
  throw new HistoryError(
    "HISTORY_OPERATION",
    line,
    `unknown type of event ${shown(name)}; there are ${known}: correct it`,
  );
}

/** A text of the user in quotes, on one line and of bounded length. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/**
 * An event of our own format. A completed get with several values is of no register: it throws
 * HISTORY_MODEL.
 */
export function recordedEvent(event: HistoryEvent, line: number): RecordedEvent {
  const { process, type, f, key } = event;
  const name = operationName(f, line);
  return { line, process, type, f: name, key, value: valueOfEvent(event, line) };
}

function valueOfEvent(event: HistoryEvent, line: number): RecordedValue {
  if (event.f === "delete") return null;
  const { value, siblings } = event;
  if (event.f !== "get" || event.type !== "ok" || siblings === undefined) return value;
  if (siblings.length > 1) {
    throw new HistoryError(
      "HISTORY_MODEL",
      line,
      `a read returned ${siblings.length} values, and a register holds one: ` +
        "give a history of a keyspace without siblings",
    );
  }
  return siblings[0] ?? null;
}
