// Sibling sets are right: every set that was read, and that a replica holds at the end,
//
//  - is an antichain: no value in it is in the past of another;
//  - has no value twice;
//  - has no value that nobody wrote before, or whose write is known not to have happened;
//  - at the end: has no value that an acknowledged write had seen.
// A set that keeps the first three rules is no larger than the largest antichain of the writes so
// far: siblings that explode break the first.
// The verdict of the servers' own clocks on two values, if the caller has it, is compared with the
// pasts that clients saw.

import {
  causalHistory,
  describeWrite,
  eventNumbers,
  type KeyHistory,
  type Read,
  type Write,
} from "./causality.ts";
import type { HistoryEvent } from "./history.ts";
import type { ReplicaState } from "./lost-writes.ts";
import { shown } from "./recorded-event.ts";
import type { Verdict, Violation } from "./verdict.ts";

export type CausalOrder = "before" | "after" | "concurrent";

export interface SiblingsOptions {
  /** By key, what replicas hold at the end. */
  readonly final?: ReadonlyMap<string, readonly ReplicaState[]>;
  /** What was overwritten may be there all the same: only the other rules are judged. */
  readonly mayStay?: boolean;
  /** How the clocks of the servers order two values; undefined when they no longer know. */
  readonly serverOrder?: (key: string, a: string, b: string) => CausalOrder | undefined;
}

/** Throws HistoryError as `causalHistory` does. */
export function checkSiblings(
  events: readonly HistoryEvent[],
  options: SiblingsOptions = {},
): Verdict {
  const violations: Violation[] = [];
  let operations = 0;
  const histories = causalHistory(events);
  for (const history of histories.values()) {
    for (const read of history.reads) {
      operations++;
      const where = `the get of line ${read.call + 1} returned`;
      checkSet(history, where, read, options, violations);
    }
    const overwritten = overwrittenBy(history);
    for (const { replica, siblings } of options.final?.get(history.key) ?? []) {
      operations++;
      const writes = siblings.map((value) => history.byValue.get(value));
      const where = `replica ${replica} holds`;
      checkSet(history, where, { values: siblings, writes }, options, violations);
      if (options.mayStay !== true) checkBack(history, where, writes, overwritten, violations);
    }
    if (options.serverOrder !== undefined) {
      checkClocks(history, options.serverOrder, violations);
    }
  }
  return { checker: "siblings", operations, violations, undecided: [] };
}

type Returned = Pick<Read, "values" | "writes"> & Partial<Pick<Read, "call" | "end">>;

function checkSet(
  { key }: KeyHistory,
  where: string,
  set: Returned,
  { mayStay = false }: SiblingsOptions,
  violations: Violation[],
): void {
  const { values, writes, call = Infinity, end = Infinity } = set;
  const add = (message: string, shownBy: readonly Write[]) => {
    const events = eventNumbers([...shownBy, { call, end }]);
    violations.push({ key, message: `${where} ${message}`, events });
  };
  for (const [i, value] of values.entries()) {
    const write = writes[i];
    if (values.indexOf(value) < i) add(`${shown(value)} twice`, []);
    else if (write === undefined) add(`${shown(value)}, which nobody wrote before`, []);
    else if (!mayStay) {
      const above = writes.find((other) => other !== write && other?.past.has(write.id));
      if (above === undefined) continue;
      const names = `the ${describeWrite(write)} beside the ${describeWrite(above)}`;
      add(`${names}, which had seen it`, [write, above]);
    }
  }
}

/** By number of a write: an acknowledged one that had seen it. */
function overwrittenBy({ writes }: KeyHistory): Map<number, Write> {
  const by = new Map<number, Write>();
  for (const write of writes) {
    if (!write.isAcknowledged) continue;
    for (const older of write.past.ids()) if (older !== write.id) by.set(older, write);
  }
  return by;
}

function checkBack(
  { key }: KeyHistory,
  where: string,
  writes: readonly (Write | undefined)[],
  overwritten: ReadonlyMap<number, Write>,
  violations: Violation[],
): void {
  for (const write of writes) {
    const by = write && overwritten.get(write.id);
    // A pair that is side by side was told already.
    if (write === undefined || by === undefined || writes.includes(by)) continue;
    const names = `the ${describeWrite(write)}, which the acknowledged ${describeWrite(by)}`;
    const message = `${where} ${names} had seen`;
    violations.push({ key, message, events: eventNumbers([write, by]) });
  }
}

function checkClocks(
  { key, writes }: KeyHistory,
  serverOrder: NonNullable<SiblingsOptions["serverOrder"]>,
  violations: Violation[],
): void {
  const puts = writes.filter(({ value }) => value !== null);
  for (const [i, a] of puts.entries()) {
    for (const b of puts.slice(i + 1)) {
      const found = serverOrder(key, a.value!, b.value!);
      const wanted = orderOf(a, b);
      if (found === undefined || found === wanted) continue;
      const message =
        `the clocks say that the ${describeWrite(a)} is ${found} to the ${describeWrite(b)}, ` +
        `and by what clients saw it is ${wanted}`;
      violations.push({ key, message, events: eventNumbers([a, b]) });
    }
  }
}

function orderOf(a: Write, b: Write): CausalOrder {
  if (b.past.has(a.id)) return "before";
  return a.past.has(b.id) ? "after" : "concurrent";
}
