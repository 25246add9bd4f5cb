// One operation as the search for a linearization sees it.

import { HistoryError } from "./history-error.ts";
import { pairEvents } from "./pairs.ts";
import type {
  OperationName,
  RecordedEvent,
  RecordedHistory,
  RecordedValue,
} from "./recorded-event.ts";

/**
 * - `ok`: it took effect, and its answer is known.
 * - `mismatch`: a cas that took place and found another value than it expected.
 * - `fail`: it never happened.
 * - `unknown`: it may have taken effect at any time after its invocation, or not at all.
 */
export type Outcome = "ok" | "mismatch" | "fail" | "unknown";

export interface Operation {
  readonly process: number;
  readonly f: OperationName;
  readonly key: string;
  /** Of the invocation. */
  readonly value: RecordedValue;
  /** Of the completion: what a read returned. */
  readonly result: RecordedValue;
  readonly outcome: Outcome;
  /** Position of the invocation in the history, from 0. */
  readonly call: number;
  /** Position of the completion; Infinity when the outcome is unknown. */
  readonly end: number;
  /** Line of the invocation. */
  readonly line: number;
  /** Line of the completion, if there is one. */
  readonly endLine: number | undefined;
}

/** In the order of invocations; throws HistoryError as `pairEvents` does. */
export function operationsOf(history: RecordedHistory): Operation[] {
  const { events, failedCasRan, processesReturn, answersRepeat } = history;
  const lineOf = (position: number) => events[position]!.line;
  return pairEvents(events, { lineOf, processesReturn }).map((pair) => {
    const { invoke, completion, call, end } = pair;
    if (answersRepeat) refuseContradiction(invoke, completion);
    return {
      process: invoke.process,
      f: invoke.f,
      key: invoke.key,
      value: invoke.value,
      result: completion?.value,
      outcome: outcomeOf(invoke, completion, failedCasRan),
      call,
      end,
      line: invoke.line,
      endLine: completion?.line,
    };
  });
}

/** What was written stands in the invocation; an answer may repeat it, or leave it out. */
function refuseContradiction(invoke: RecordedEvent, completion: RecordedEvent | undefined): void {
  if (completion?.type !== "ok" || !["write", "cas", "append"].includes(invoke.f)) return;
  const { value } = completion;
  if (value === undefined || value === null) return;
  const asked = describeValue(invoke.value);
  const answered = describeValue(value);
  if (JSON.stringify(value) === JSON.stringify(invoke.value)) return;
  throw new HistoryError(
    "HISTORY_COMPLETION",
    completion.line,
    `it ends with ${answered} the ${invoke.f} of ${asked} that began in line ${invoke.line}: ` +
      "repeat the value, or leave it out",
  );
}

function outcomeOf(
  invoke: RecordedEvent,
  completion: RecordedEvent | undefined,
  failedCasRan: boolean,
): Outcome {
  if (completion === undefined || completion.type === "info") return "unknown";
  if (completion.type !== "fail") return "ok";
  return invoke.f === "cas" && failedCasRan ? "mismatch" : "fail";
}

/** As a message names it: `line 3-7: process 1 write 4`. */
export function describeOperation(operation: Operation): string {
  const { process, f, line, endLine, outcome } = operation;
  const value = f === "read" ? operation.result : operation.value;
  const shown = value === undefined ? "" : ` ${describeValue(value)}`;
  const to = endLine === undefined ? " on" : `-${endLine}`;
  const how = outcome === "ok" ? "" : `, ${outcome === "unknown" ? "outcome unknown" : outcome}`;
  return `line ${line}${to}: process ${process} ${f}${shown}${how}`;
}

export function describeValue(value: RecordedValue): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return `[${value.map(describeScalar).join(" ")}]`;
  return describeScalar(value as Exclude<RecordedValue, readonly unknown[] | undefined>);
}

/** Long texts differ at their ends: the middle is what can go. */
function describeScalar(value: string | number | boolean | null): string {
  if (value === null) return "nil";
  if (typeof value !== "string" || value.startsWith(":")) return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 12)}...${value.slice(-40)}` : value);
}
