// Regular reads (Lamport, On Interprocess Communication, 1986, for several writers): a read sees
// the writes that were over before it began, and may see those that ran meanwhile.
//
// For one value: the value was written by a w1 that began before the read ended, and no w2 began
// after w1 was over and was over itself before the read began. Steps: acknowledged writes by their
// end, with the latest beginning so far; a binary search for the beginning of the read.
// For siblings: every write that was over before the read began is in the past of what was read.

import {
  causalHistory,
  describeWrite,
  eventNumbers,
  type KeyHistory,
  missingWrite,
  type Read,
  type Write,
} from "./causality.ts";
import type { HistoryEvent } from "./history.ts";
import { HistoryError } from "./history-error.ts";
import type { Verdict, Violation } from "./verdict.ts";
import { WriteSet } from "./write-set.ts";

export interface RegularOptions {
  /** `one`: a register, the last write wins. `siblings`: versions are kept until overwritten. */
  readonly values: "one" | "siblings";
}

/** Throws HistoryError, HISTORY_MODEL for several values in a register. */
export function checkRegular(events: readonly HistoryEvent[], options: RegularOptions): Verdict {
  const violations: Violation[] = [];
  let operations = 0;
  // A register asks who wrote a value and when, and not what that write had seen.
  const pasts = options.values === "one" ? "without pasts" : "with pasts";
  for (const history of causalHistory(events, pasts).values()) {
    operations += history.reads.length;
    if (options.values === "one") checkOneValue(history, violations);
    else checkSiblings(history, violations);
  }
  return { checker: "regular", operations, violations, undecided: [] };
}

function checkOneValue(history: KeyHistory, violations: Violation[]): void {
  const ended = history.writes.filter(({ isAcknowledged }) => isAcknowledged);
  ended.sort((a, b) => a.end - b.end);
  const latest: Write[] = [];
  for (const write of ended) {
    const before = latest.at(-1);
    latest.push(before === undefined || write.call > before.call ? write : before);
  }
  const deleted = lastEnding(history.deletes);
  for (const read of history.reads) {
    const line = read.end + 1;
    if (read.values.length > 1) {
      throw new HistoryError(
        "HISTORY_MODEL",
        line,
        `a read returned ${read.values.length} values, and a register holds one: check siblings`,
      );
    }
    const [value] = read.values;
    const source = value === undefined ? deleted(read.end) : read.writes[0];
    if (value !== undefined && source === undefined) {
      violations.push(strange(history.key, read, value));
      continue;
    }
    const newer = latest[lastBefore(ended, read.call)];
    if (newer === undefined || newer.call < (source?.end ?? -1)) continue;
    violations.push(stale(history.key, read, newer));
  }
}

/** Finds, of the writes that began before a position, the one that ends last. */
function lastEnding(writes: readonly Write[]): (before: number) => Write | undefined {
  const best: Write[] = [];
  for (const write of writes) {
    const last = best.at(-1);
    best.push(last === undefined || write.end > last.end ? write : last);
  }
  return (before) => {
    let count = 0;
    for (let high = writes.length; count < high; ) {
      const middle = (count + high) >>> 1;
      if (writes[middle]!.call < before) count = middle + 1;
      else high = middle;
    }
    return best[count - 1];
  };
}

/** The index of the last write that was over before a position, or -1. */
function lastBefore(ended: readonly Write[], position: number): number {
  let low = 0;
  for (let high = ended.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (ended[middle]!.end < position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function checkSiblings(history: KeyHistory, violations: Violation[]): void {
  const { writes, reads } = history;
  const ended = writes.filter(({ isAcknowledged }) => isAcknowledged);
  ended.sort((a, b) => a.end - b.end);
  const over = new WriteSet(writes.length);
  const overDeletes: Write[] = [];
  let next = 0;
  for (const read of [...reads].sort((a, b) => a.call - b.call)) {
    for (; next < ended.length && ended[next]!.end < read.call; next++) {
      const write = ended[next]!;
      if (write.value === null) overDeletes.push(write);
      else over.add(write.id);
    }
    const missing = missingWrite(history, over, read.past, read.end);
    if (missing !== undefined) violations.push(stale(history.key, read, missing));
    for (const write of read.writes) {
      const gone = write && overDeletes.find(({ past }) => past.has(write.id));
      if (gone !== undefined) violations.push(stale(history.key, read, gone));
    }
  }
}

function stale(key: string, read: Read, missed: Write): Violation {
  const found = read.values.length === 0 ? "nothing" : read.values.join(", ");
  return {
    key,
    message:
      `the get of line ${read.call + 1} returned ${found} and missed the ` +
      `${describeWrite(missed)}, which was acknowledged before it began`,
    events: eventNumbers([missed, read]),
  };
}

function strange(key: string, read: Read, value: string): Violation {
  const message = `the get of line ${read.call + 1} returned ${value}, which nobody wrote before`;
  return { key, message, events: eventNumbers([read]) };
}
