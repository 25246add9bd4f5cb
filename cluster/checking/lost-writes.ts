// No acknowledged write is lost: at the end, when faults are over and repair has come to rest, each
// is in the past of something that every replica of its key holds.
//
// With siblings, for every acknowledged write w and every replica some surviving s has w in H(s).
// Where the last write wins, a newer one may have replaced it, seen or not: the replica must hold
// something, and nothing that w itself had overwritten, or that is older than w if the caller can
// tell. What nobody had seen and is gone is counted as a lost update in either case.
// A delete is lost when a value that it had seen is back.

import {
  causalHistory,
  describeWrite,
  eventNumbers,
  type KeyHistory,
  missingWrite,
  type Write,
} from "./causality.ts";
import type { HistoryEvent } from "./history.ts";
import type { Verdict, Violation } from "./verdict.ts";
import { WriteSet } from "./write-set.ts";

/** What one replica holds of one key at the end. */
export interface ReplicaState {
  readonly replica: string;
  /** Values, without tombstones. */
  readonly siblings: readonly string[];
}

/** A write that no replica could keep: all that had it were lost for good before it got further. */
export interface ExcusedLoss {
  readonly key: string;
  readonly value: string;
}

export interface LostWritesOptions {
  readonly conflicts: "siblings" | "last-write-wins";
  /** By key, all replicas that must hold it. A key that is absent is held by none. */
  readonly final: ReadonlyMap<string, readonly ReplicaState[]>;
  readonly excused?: readonly ExcusedLoss[];
  /** The order in which writes win: above 0 when `a` wins over `b`. */
  readonly compare?: (key: string, a: string, b: string) => number;
}

export interface LostWritesVerdict extends Verdict {
  /** Acknowledged writes that are gone although no acknowledged write had seen them. */
  readonly lostUpdates: number;
  /** Losses that the ledger explains. */
  readonly excusedLosses: number;
}

interface Tally {
  readonly options: LostWritesOptions;
  readonly excused: ReadonlySet<string>;
  readonly violations: Violation[];
  operations: number;
  lostUpdates: number;
  excusedLosses: number;
}

/** Throws HistoryError as `causalHistory` does. */
export function checkLostWrites(
  events: readonly HistoryEvent[],
  options: LostWritesOptions,
): LostWritesVerdict {
  const excused = new Set((options.excused ?? []).map(({ key, value }) => pairName(key, value)));
  const counts = { operations: 0, lostUpdates: 0, excusedLosses: 0 };
  const tally: Tally = { options, excused, violations: [], ...counts };
  for (const history of causalHistory(events).values()) checkKey(history, tally);
  const { violations, operations, lostUpdates, excusedLosses } = tally;
  const checker = "lost-writes";
  return { checker, operations, violations, undecided: [], lostUpdates, excusedLosses };
}

function checkKey(history: KeyHistory, tally: Tally): void {
  const states = tally.options.final.get(history.key) ?? [];
  const pasts = states.map(({ siblings }) => pastOf(history, siblings));
  const surviving = new WriteSet(history.writes.length);
  for (const past of pasts) surviving.addAll(past);
  const acknowledged = history.writes.filter((write) => write.isAcknowledged);
  tally.operations += acknowledged.length;
  const overwritten = overwrittenBy(history, acknowledged);
  for (const write of acknowledged) {
    if (write.value === null) {
      checkDelete(history, write, states, tally);
      continue;
    }
    const lostAt = states.filter((state, i) => isLost(history, write, state, pasts[i]!, tally));
    const isLostEverywhere = states.length === 0 && isMissing(history, write, surviving);
    const isExcused = tally.excused.has(pairName(history.key, write.value));
    if (!overwritten.has(write.id) && isMissing(history, write, surviving) && !isExcused) {
      tally.lostUpdates++;
    }
    if (lostAt.length === 0 && !isLostEverywhere) continue;
    if (isExcused) tally.excusedLosses++;
    else tally.violations.push(loss(history.key, write, lostAt));
  }
}

/** All that an acknowledged write had seen. */
function overwrittenBy({ writes }: KeyHistory, acknowledged: readonly Write[]): WriteSet {
  const seen = new WriteSet(writes.length);
  for (const { id, past } of acknowledged) {
    for (const older of past.ids()) if (older !== id) seen.add(older);
  }
  return seen;
}

function isLost(
  history: KeyHistory,
  write: Write,
  state: ReplicaState,
  past: WriteSet,
  { options }: Tally,
): boolean {
  if (!isMissing(history, write, past)) return false;
  if (options.conflicts === "siblings") return true;
  const { compare } = options;
  if (state.siblings.length === 0) return history.deletes.length === 0;
  return state.siblings.every((value) => {
    if (compare !== undefined) return compare(history.key, value, write.value!) < 0;
    const survivor = history.byValue.get(value);
    return survivor !== undefined && write.past.has(survivor.id);
  });
}

/** Neither in this past, nor in that of any delete. */
function isMissing(history: KeyHistory, { id }: Write, past: WriteSet): boolean {
  if (past.has(id)) return false;
  const wanted = new WriteSet(history.writes.length);
  wanted.add(id);
  return missingWrite(history, wanted, past, Infinity) !== undefined;
}

function checkDelete(
  { key, byValue }: KeyHistory,
  deletion: Write,
  states: readonly ReplicaState[],
  { violations }: Tally,
): void {
  for (const { replica, siblings } of states) {
    const back = siblings
      .map((value) => byValue.get(value))
      .find((write) => {
        return write !== undefined && deletion.past.has(write.id);
      });
    if (back === undefined) continue;
    violations.push({
      key,
      message:
        `replica ${replica} holds the ${describeWrite(back)}, which the acknowledged ` +
        `${describeWrite(deletion)} had seen`,
      events: eventNumbers([back, deletion]),
    });
  }
}

function pastOf({ writes, byValue }: KeyHistory, siblings: readonly string[]): WriteSet {
  const past = new WriteSet(writes.length);
  for (const value of siblings) {
    const write = byValue.get(value);
    if (write !== undefined) past.addAll(write.past);
  }
  return past;
}

function loss(key: string, write: Write, lostAt: readonly ReplicaState[]): Violation {
  const held = lostAt.map(({ replica, siblings }) => {
    return `replica ${replica} holds ${siblings.length === 0 ? "nothing" : siblings.join(", ")}`;
  });
  const where = held.length === 0 ? "no replica holds the key" : held.join("; ");
  const message = `the acknowledged ${describeWrite(write)} is lost: ${where}`;
  return { key, message, events: eventNumbers([write]) };
}

function pairName(key: string, value: string): string {
  return JSON.stringify([key, value]);
}
