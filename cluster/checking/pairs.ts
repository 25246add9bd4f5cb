// Invocations and their completions, brought together.

import type { EventType } from "./history.ts";
import { HistoryError } from "./history-error.ts";

export interface PairableEvent {
  readonly process: number;
  readonly type: EventType;
  readonly f: string;
  readonly key: string;
}

/** An operation of one client. Positions are those of its events in the history, from 0. */
export interface Pair<E> {
  readonly invoke: E;
  /** Absent when nothing ever came back. */
  readonly completion: E | undefined;
  readonly call: number;
  /** Infinity when nobody knows whether and when it took effect. */
  readonly end: number;
}

export interface PairingRules {
  /** The number of an event for messages: its line, from 1. */
  readonly lineOf: (position: number) => number;
  readonly processesReturn: boolean;
}

interface Slot {
  call: number;
  end: number;
}

/**
 * The operations in the order of their invocations. Throws HISTORY_COMPLETION for a completion of
 * nothing, a second one and one of something else, HISTORY_BUSY for a process that asks twice.
 */
export function pairEvents<E extends PairableEvent>(
  events: readonly E[],
  rules: PairingRules,
): Pair<E>[] {
  const slots: Slot[] = [];
  const last = new Map<number, Slot>();
  for (let position = 0; position < events.length; position++) {
    const event = events[position]!;
    const slot = last.get(event.process);
    if (event.type === "invoke") {
      refuseBusy(events, rules, position, slot);
      const fresh = { call: position, end: -1 };
      last.set(event.process, fresh);
      slots.push(fresh);
    } else {
      refuseStray(events, rules, position, slot);
      slot!.end = position;
    }
  }
  return slots.map(({ call, end }) => {
    const completion = end < 0 ? undefined : events[end]!;
    const unknown = completion === undefined || completion.type === "info";
    return { invoke: events[call]!, completion, call, end: unknown ? Infinity : end };
  });
}

function refuseBusy<E extends PairableEvent>(
  events: readonly E[],
  rules: PairingRules,
  position: number,
  slot: Slot | undefined,
): void {
  if (slot === undefined) return;
  const { process, f } = events[position]!;
  const before = `${events[slot.call]!.f} of line ${rules.lineOf(slot.call)}`;
  const line = rules.lineOf(position);
  if (slot.end < 0) {
    throw new HistoryError(
      "HISTORY_BUSY",
      line,
      `process ${process} asks for a ${f} while its ${before} has no completion: ` +
        "add the completion, or give the second operation to another process",
    );
  }
  if (events[slot.end]!.type !== "info" || rules.processesReturn) return;
  throw new HistoryError(
    "HISTORY_BUSY",
    line,
    `process ${process} asks for a ${f} although its ${before} ended in info, and may still be ` +
      "running: let its client go on as another process",
  );
}

function refuseStray<E extends PairableEvent>(
  events: readonly E[],
  rules: PairingRules,
  position: number,
  slot: Slot | undefined,
): void {
  const { process, type, f, key } = events[position]!;
  const line = rules.lineOf(position);
  if (slot === undefined) {
    throw new HistoryError(
      "HISTORY_COMPLETION",
      line,
      `process ${process} ends a ${f} (${type}) that it never began: add the invocation`,
    );
  }
  if (slot.end >= 0) {
    throw new HistoryError(
      "HISTORY_COMPLETION",
      line,
      `process ${process} ends a ${f} (${type}), but its last operation ended already in line ` +
        `${rules.lineOf(slot.end)}: take one of the two out, or add an invocation between them`,
    );
  }
  const begun = events[slot.call]!;
  if (begun.f === f && begun.key === key) return;
  const name = (of: PairableEvent) => (of.key === "" ? of.f : `${of.f} of ${of.key}`);
  throw new HistoryError(
    "HISTORY_COMPLETION",
    line,
    `process ${process} ends a ${name(events[position]!)}, but began a ${name(begun)} in line ` +
      `${rules.lineOf(slot.call)}: correct one of the two`,
  );
}
