// Which write is in whose past, from what clients saw alone: the servers' own clocks are on trial,
// and are not asked. The past of a write w is
//
//   H(w) = {w} and H(x) for every x that an answer showed whose context w carries.
//
// Steps: events are walked in order of time. A completed get ties its context to the values that it
// returned, a completed put or delete ties its own to that write and what else was returned. A
// write that carries a context takes the pasts of what it is tied to; one without has only itself.
// A cas saw what it expected.
//
//  I1. Of several answers with the same context a client means the last one that its session got;
//      only one that got it from elsewhere means all of them.
//  I2. A delete leaves no value to be seen. What is in its past may be missing from anything that
//      was read after the delete began, and nothing is said of what it does to others.
//  I3. Writes that never happened (`fail`) are in no past; those of unknown outcome can be.
//
// The pasts of n writes of one key take n * n / 8 bytes. Whoever does not look at them asks for a
// history without: it takes memory and time in proportion to the events.

import assert from "node:assert";
import type { HistoryEvent } from "./history.ts";
import { HistoryError } from "./history-error.ts";
import { type Pair, pairEvents } from "./pairs.ts";
import { shown } from "./recorded-event.ts";
import { WriteSet } from "./write-set.ts";

export interface Write {
  /** Its number among the writes of its key, in the order of their invocations. */
  readonly id: number;
  /** Null for a delete. */
  readonly value: string | null;
  readonly session: string;
  readonly hasContext: boolean;
  readonly isAcknowledged: boolean;
  /** Positions in the history, from 0; the end is Infinity when the outcome is unknown. */
  readonly call: number;
  readonly end: number;
  /** H(w), the write itself among it; empty in a history without pasts. */
  readonly past: WriteSet;
}

/** A get that was answered. */
export interface Read {
  readonly session: string;
  readonly call: number;
  readonly end: number;
  readonly values: readonly string[];
  /** The writes of the values, in their order; undefined for one that nobody wrote before. */
  readonly writes: readonly (Write | undefined)[];
  /** The pasts of all that was read; empty in a history without pasts. */
  readonly past: WriteSet;
}

export interface KeyHistory {
  readonly key: string;
  /** By number; those that failed are left out. */
  readonly writes: Write[];
  readonly reads: Read[];
  readonly byValue: Map<string, Write>;
  readonly deletes: Write[];
}

interface Context {
  readonly all: WriteSet;
  readonly bySession: Map<string, WriteSet>;
}

/** What stands for every past in a history without: nobody adds to it. */
const NO_PAST = new WriteSet(0);

interface KeyBuilder extends KeyHistory {
  /** How many writes the pasts have room for: all of the key, or none without pasts. */
  readonly size: number;
  readonly contexts: Map<string, Context>;
}

/**
 * The writes and reads of each key. Throws HistoryError: HISTORY_VALUE for a value that is missing
 * or written twice, and for a context that no answer gave; else as `pairEvents` does.
 */
export function causalHistory(
  events: readonly HistoryEvent[],
  pasts: "with pasts" | "without pasts" = "with pasts",
): Map<string, KeyHistory> {
  const rules = { lineOf: (position: number) => position + 1, processesReturn: false };
  const pairs = pairEvents(events, rules).filter(({ completion }) => completion?.type !== "fail");
  const keys = new Map<string, KeyBuilder>();
  for (const [key, ofKey] of Map.groupBy(pairs, ({ invoke }) => invoke.key)) {
    const isWrite = ({ invoke }: Pair<HistoryEvent>) => invoke.f !== "get";
    const size = pasts === "with pasts" ? ofKey.filter(isWrite).length : 0;
    const parts = { writes: [], reads: [], deletes: [], byValue: new Map(), contexts: new Map() };
    keys.set(key, { key, size, ...parts });
  }
  const made = new Map<Pair<HistoryEvent>, Write>();
  for (const { pair, isCall } of inOrder(pairs, events.length)) {
    const key = keys.get(pair.invoke.key)!;
    if (isCall) {
      if (pair.invoke.f !== "get") made.set(pair, addWrite(key, pair));
    } else if (pair.completion?.type === "ok") {
      addAnswer(key, pair, made.get(pair));
    }
  }
  return keys;
}

function* inOrder(
  pairs: readonly Pair<HistoryEvent>[],
  events: number,
): Generator<{ pair: Pair<HistoryEvent>; isCall: boolean }> {
  const calls = new Map(pairs.map((pair) => [pair.call, pair]));
  const ends = new Map(pairs.map((pair) => [pair.end, pair]));
  for (let position = 0; position < events; position++) {
    const call = calls.get(position);
    if (call !== undefined) yield { pair: call, isCall: true };
    const end = ends.get(position);
    if (end !== undefined) yield { pair: end, isCall: false };
  }
}

function addWrite(key: KeyBuilder, { invoke, completion, call, end }: Pair<HistoryEvent>): Write {
  const value = writtenValue(invoke, call);
  const session = sessionOf(invoke);
  const id = key.writes.length;
  const past = emptyPast(key);
  if (key.size > 0) {
    assert(id < key.size, "writes of a key are counted before");
    past.add(id);
  }
  if (invoke.ctxIn !== undefined) past.addAll(contextOf(key, invoke.ctxIn, session, call));
  if (invoke.f === "cas") {
    const expected = key.byValue.get(String(invoke.value?.[0]));
    if (expected !== undefined) past.addAll(expected.past);
  }
  const hasContext = invoke.ctxIn !== undefined || invoke.f === "cas";
  const isAcknowledged = completion?.type === "ok";
  const write = { id, value, session, hasContext, isAcknowledged, call, end, past };
  key.writes.push(write);
  if (value === null) key.deletes.push(write);
  else if (key.byValue.has(value)) {
    const first = key.byValue.get(value)!.call + 1;
    throw new HistoryError(
      "HISTORY_VALUE",
      call + 1,
      `${shown(value)} is written to key ${shown(key.key)} again, after line ${first}: ` +
        "write each value once, so that it says who wrote it",
    );
  } else key.byValue.set(value, write);
  return write;
}

function emptyPast({ size }: KeyBuilder): WriteSet {
  return size === 0 ? NO_PAST : new WriteSet(size);
}

function writtenValue({ f, value }: HistoryEvent, position: number): string | null {
  if (f === "delete") return null;
  const written = f === "cas" ? value?.[1] : value;
  if (typeof written === "string" && (f === "cas") === Array.isArray(value)) return written;
  throw new HistoryError(
    "HISTORY_VALUE",
    position + 1,
    `the value of this ${f} is missing, or of the wrong kind: ` +
      `give ${f === "cas" ? "[expected, written]" : "a text"}`,
  );
}

/** What the client knew that carries this context (I1). */
function contextOf(key: KeyBuilder, name: string, session: string, position: number): WriteSet {
  const context = key.contexts.get(name);
  if (context !== undefined) return context.bySession.get(session) ?? context.all;
  throw new HistoryError(
    "HISTORY_VALUE",
    position + 1,
    `no answer for key ${shown(key.key)} before gave the context ${shown(name)}: ` +
      "record the answer that it comes from",
  );
}

function addAnswer(
  key: KeyBuilder,
  { invoke, completion, call, end }: Pair<HistoryEvent>,
  own: Write | undefined,
): void {
  const answer = completion!;
  const values = returnedValues(answer);
  const writes = values.map((value) => key.byValue.get(value));
  const past = emptyPast(key);
  for (const write of writes) if (write !== undefined) past.addAll(write.past);
  const session = sessionOf(invoke);
  if (invoke.f === "get") key.reads.push({ session, call, end, values, writes, past });
  if (answer.ctxOut === undefined) return;
  if (own !== undefined) past.addAll(own.past);
  const context = key.contexts.get(answer.ctxOut);
  if (context === undefined) {
    const all = key.size === 0 ? past : past.clone();
    key.contexts.set(answer.ctxOut, { all, bySession: new Map([[session, past]]) });
  } else {
    context.all.addAll(past);
    context.bySession.set(session, past);
  }
}

/** What an answer showed; of a put or delete only siblings, as its value is its own. */
function returnedValues({ f, value, siblings }: HistoryEvent): readonly string[] {
  if (siblings !== undefined) return siblings;
  return f === "get" && typeof value === "string" ? [value] : [];
}

function sessionOf({ session, process }: HistoryEvent): string {
  return session ?? `process ${process}`;
}

/**
 * The first write of `wanted` that `have` lacks although no delete explains it (I2): one that began
 * before the position `before`.
 */
export function missingWrite(
  { writes, deletes }: KeyHistory,
  wanted: WriteSet,
  have: WriteSet,
  before: number,
): Write | undefined {
  for (let id = wanted.nextMissing(have, 0); id >= 0; id = wanted.nextMissing(have, id + 1)) {
    if (!deletes.some(({ past, call }) => call < before && past.has(id))) return writes[id];
  }
  return undefined;
}

/** As a message names it: `put "a:1" (line 3)`. */
export function describeWrite({ value, call }: Write): string {
  const line = call + 1;
  return value === null ? `delete (line ${line})` : `put ${shown(value)} (line ${line})`;
}

/** The events of operations, for a violation: numbers from 1. */
export function eventNumbers(operations: readonly { call: number; end: number }[]): number[] {
  const positions = operations.flatMap(({ call, end }) => [call, end]).filter(Number.isFinite);
  return [...new Set(positions)].sort((a, b) => a - b).map((position) => position + 1);
}
