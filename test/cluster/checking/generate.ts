// Histories with known verdicts. A correct one is linearizable by construction: each operation
// takes effect at a moment drawn between its invocation and its end. A planted one has one fault
// that no order of its operations can explain, because every value is written once.

import type { HistoryEvent } from "../../../cluster/checking/history.ts";
import type { RandomStream } from "../../../cluster/runtime.ts";

interface Running {
  readonly process: number;
  readonly f: "get" | "put" | "cas";
  readonly key: string;
  readonly value: string | [string | null, string] | undefined;
  result: string | null | undefined;
  matched: boolean;
  isDone: boolean;
}

export interface GeneratorOptions {
  readonly operations: number;
  readonly processes: number;
  readonly keys: number;
  readonly withCas: boolean;
}

export function generateLinearizable(random: RandomStream, options: GeneratorOptions) {
  const events: HistoryEvent[] = [];
  const store = new Map<string, string>();
  const running: (Running | undefined)[] = Array.from({ length: options.processes });
  let nextProcess = options.processes;
  const processOf = running.map((_, i) => i);
  const lost: Running[] = [];
  let asked = 0;

  const emit = (operation: Running, type: HistoryEvent["type"]) => {
    const { process, f, key, value, result } = operation;
    const isRead = f === "get" && type === "ok";
    const shown = isRead ? { value: result! } : value === undefined ? {} : { value };
    events.push({ index: events.length, time: events.length, process, type, f, key, ...shown });
  };
  const takeEffect = (operation: Running) => {
    operation.isDone = true;
    const now = store.get(operation.key) ?? null;
    operation.result = now;
    if (operation.f === "put") store.set(operation.key, operation.value as string);
    if (operation.f !== "cas") return;
    const [expected, next] = operation.value as [string | null, string];
    operation.matched = expected === now;
    if (operation.matched) store.set(operation.key, next);
  };
  const begin = (slot: number) => {
    const key = `k${random.nextBelow(options.keys)}`;
    const kind = random.nextBelow(options.withCas ? 4 : 3);
    const fresh = `v${asked++}`;
    const f = kind < 1 ? "put" : kind < 3 ? "get" : "cas";
    // A guess at the value, which often is right.
    const cas: [string | null, string] = [store.get(key) ?? null, fresh];
    const value = f === "put" ? fresh : f === "cas" ? cas : undefined;
    const process = processOf[slot]!;
    const rest = { result: undefined, matched: true, isDone: false };
    const operation: Running = { process, f, key, value, ...rest };
    running[slot] = operation;
    emit(operation, "invoke");
  };

  while (asked < options.operations || running.some((one) => one !== undefined)) {
    const slot = random.nextBelow(options.processes);
    const operation = running[slot];
    const ghost = lost[random.nextBelow(lost.length + 1)];
    if (ghost !== undefined && !ghost.isDone && random.nextBelow(8) === 0) takeEffect(ghost);
    if (operation === undefined) {
      if (asked < options.operations) begin(slot);
    } else if (random.nextBelow(25) === 0) {
      emit(operation, "info");
      lost.push(operation);
      processOf[slot] = nextProcess++;
      running[slot] = undefined;
    } else if (!operation.isDone) {
      takeEffect(operation);
    } else {
      // A cas that found another value changed nothing: to our format it did not happen.
      emit(operation, operation.matched ? "ok" : "fail");
      running[slot] = undefined;
    }
  }
  return events;
}

interface Completed {
  readonly call: number;
  readonly end: number;
  readonly event: HistoryEvent;
}

export type Fault = "stale read" | "read of the future" | "dropped write";

/**
 * The same history with one fault, or undefined where it has no room for it:
 *  - stale read: a read returns a value whose write was over before another write began, which was
 *    over before the read began;
 *  - read of the future: a read returns the value of a write that began after the read was over;
 *  - dropped write: at the end, alone, a write is acknowledged and then not read.
 */
export function plantFault(
  events: readonly HistoryEvent[],
  fault: Fault,
  random: RandomStream,
): HistoryEvent[] | undefined {
  const done = completedOf(events);
  const writes = done.filter(({ event }) => event.f !== "get");
  const reads = done.filter(({ event }) => event.f === "get");
  if (fault === "dropped write") {
    const old = pick(writes, random);
    return old && dropWrite(events, old.event);
  }
  const candidates: [Completed, Completed][] = [];
  for (const read of reads) {
    for (const source of writes.filter(({ event }) => event.key === read.event.key)) {
      const isFuture = source.call > read.end;
      const hidden = writes.some((middle) => {
        const { key } = middle.event;
        return key === read.event.key && source.end < middle.call && middle.end < read.call;
      });
      if (fault === "stale read" ? hidden : isFuture) candidates.push([read, source]);
    }
  }
  const found = pick(candidates, random);
  if (found === undefined) return undefined;
  const [read, source] = found;
  return events.map((event, position) => {
    return position === read.end ? { ...event, value: writtenBy(source.event) } : event;
  });
}

function pick<T>(from: readonly T[], random: RandomStream): T | undefined {
  return from[random.nextBelow(from.length + 1) % Math.max(1, from.length)];
}

function writtenBy({ value }: HistoryEvent): string {
  return typeof value === "string" ? value : value![1]!;
}

function completedOf(events: readonly HistoryEvent[]): Completed[] {
  const open = new Map<number, number>();
  const done: Completed[] = [];
  for (const [end, event] of events.entries()) {
    if (event.type === "invoke") open.set(event.process, end);
    else if (event.type === "ok") done.push({ call: open.get(event.process)!, end, event });
  }
  return done;
}

/** Appends: a write that is acknowledged, and a read that returns what `old` wrote. */
function dropWrite(events: readonly HistoryEvent[], old: HistoryEvent): HistoryEvent[] {
  const process = 1 + Math.max(...events.map((event) => event.process));
  const at = { index: 0, time: events.length, process, key: old.key };
  return [
    ...events,
    { ...at, type: "invoke", f: "put", value: "dropped" },
    { ...at, type: "ok", f: "put", value: "dropped" },
    { ...at, type: "invoke", f: "get" },
    { ...at, type: "ok", f: "get", value: writtenBy(old) },
  ];
}
