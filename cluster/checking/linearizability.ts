// Whether a history is linearizable (Herlihy and Wing, TOPLAS 1990): whether the operations of each
// key fit in one order that agrees with time and is right for the model. Keys are judged alone: a
// history is linearizable when each of its objects is (their theorem 1).
//
// Steps: all keys are searched with a small budget of configurations; those that are not decided
// get more, up to the bound. So one violation that is easy to find ends it, however hard the other
// keys are. A key that the bound does not decide makes the verdict "unknown": never a guess.

import type { HistoryEvent } from "./history.ts";
import { type ModelName, machineOf } from "./models.ts";
import { describeOperation, describeValue, type Operation, operationsOf } from "./operation.ts";
import { type RecordedHistory, recordedEvent } from "./recorded-event.ts";
import { type DeadEnd, Search } from "./search.ts";
import type { Verdict, Violation } from "./verdict.ts";

/** Configurations that one key may take, if the caller does not say: some seconds, below 2 GiB. */
export const STATES_MAX = 10_000_000;
const FIRST_BUDGET = 2000;
const BUDGET_GROWTH = 8;
/** How many operations are listed that ran at the time of a violation. */
const OPEN_MAX = 12;

export interface LinearizabilityOptions {
  readonly model: ModelName;
  /** Above 0; STATES_MAX when absent. */
  readonly statesMax?: number;
}

export interface LinearizabilityResult extends Verdict {
  readonly linearizable: boolean | "unknown";
  /** Configurations seen in the last search of each key, together. */
  readonly states: number;
}

/** Judges a history that was kept in memory. Events in messages are numbered from 1. */
export function checkLinearizability(
  events: readonly HistoryEvent[],
  options: LinearizabilityOptions,
): LinearizabilityResult {
  const recorded = events.map((event, position) => recordedEvent(event, position + 1));
  const history = {
    events: recorded,
    failedCasRan: false,
    processesReturn: false,
    answersRepeat: true,
  };
  return judgeLinearizability(history, options);
}

/** Throws HistoryError when the history is not well formed, or not one of the model. */
export function judgeLinearizability(
  history: RecordedHistory,
  options: LinearizabilityOptions,
): LinearizabilityResult {
  const operations = operationsOf(history);
  const byKey = Map.groupBy(operations, ({ key }) => key);
  const keys = [...byKey].map(([key, ofKey]) => {
    return { key, operations: ofKey, machine: machineOf(options.model, ofKey), states: 0 };
  });
  const statesMax = options.statesMax ?? STATES_MAX;
  const result = { checker: "linearizability", operations: operations.length };
  let undecided = keys;
  for (let budget = Math.min(FIRST_BUDGET, statesMax); undecided.length > 0; ) {
    const left: typeof keys = [];
    for (const one of undecided) {
      const search = new Search(one.machine);
      const verdict = search.run(budget);
      one.states = search.states;
      if (verdict === undefined) left.push(one);
      if (verdict !== false) continue;
      const state = one.machine.valueOf(search.deadEnd!.state);
      const violation = explain(one.key, one.operations, search.deadEnd!, describeValue(state));
      const states = sumOfStates(keys);
      return { ...result, linearizable: false, states, violations: [violation], undecided: [] };
    }
    undecided = left;
    if (budget >= statesMax) break;
    budget = Math.min(budget * BUDGET_GROWTH, statesMax);
  }
  return {
    ...result,
    linearizable: undecided.length === 0 ? true : "unknown",
    states: sumOfStates(keys),
    violations: [],
    undecided: undecided.map(({ key }) => key),
  };
}

function sumOfStates(keys: readonly { readonly states: number }[]): number {
  return keys.reduce((sum, { states }) => sum + states, 0);
}

/** The shortest useful story: what could not be placed, after what, and what ran meanwhile. */
function explain(
  key: string,
  operations: readonly Operation[],
  { blocked, linearized, tail }: DeadEnd,
  state: string,
): Violation {
  const open = operations.filter((other) => {
    return other !== blocked && other.call < blocked.end && other.end > blocked.call;
  });
  const of = key === "" ? "" : ` of key ${JSON.stringify(key)}`;
  const lines = [
    `no order of the operations${of} explains ${describeOperation(blocked)}`,
    `the longest order that works has ${linearized} of them and leaves the value ${state}`,
    ...(tail.length === 0 ? [] : ["it ends in:"]),
    ...tail.map((operation) => `  ${describeOperation(operation)}`),
    ...(open.length === 0 ? [] : ["at the same time ran:"]),
    ...open.slice(0, OPEN_MAX).map((operation) => `  ${describeOperation(operation)}`),
    ...(open.length > OPEN_MAX ? [`  and ${open.length - OPEN_MAX} more`] : []),
  ];
  const events = [blocked, ...tail].flatMap(({ line, endLine }) =>
    endLine === undefined ? [line] : [line, endLine],
  );
  return { key, message: lines.join("\n"), events: [...new Set(events)].sort((a, b) => a - b) };
}
