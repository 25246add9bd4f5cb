// Plain vector clocks: for each actor how many of its events are known (Fidge 1988, Mattern 1989).
// Exact only while every actor is serial: it never gives one number to two events.
//
// Steps of a comparison: walk both lists, which are in order of actors, side by side; an actor that
// only one clock knows, or knows more of, speaks for that one; both spoken for means concurrent.

import type { NodeId } from "../runtime.ts";

/** Who numbers events: a node in one of its epochs (actor-epochs.ts). */
export interface Actor {
  readonly node: NodeId;
  /** 0 to 2^53 - 1. */
  readonly epoch: number;
}

export interface ClockEntry extends Actor {
  /** How many events of the actor are known: 1 to 2^53 - 1; 0 counts as nothing. */
  readonly counter: number;
}

/** In ascending order of actors, each once. */
export type VectorClock = readonly ClockEntry[];

export type Order = "before" | "after" | "equal" | "concurrent";

/** One event: the `counter`-th of its actor. */
export type Dot = ClockEntry;

/** Below 0, 0 or above 0: by node as text, then by epoch. The same on every machine. */
export function compareActors(a: Actor, b: Actor): number {
  if (a.node === b.node) return a.epoch - b.epoch;
  return a.node < b.node ? -1 : 1;
}

/** What `a` is to `b`. */
export function compareClocks(a: VectorClock, b: VectorClock): Order {
  let more = false;
  let less = false;
  let i = 0;
  let k = 0;
  while (i < a.length || k < b.length) {
    const x = a[i];
    const y = b[k];
    const side = x === undefined ? 1 : y === undefined ? -1 : compareActors(x, y);
    const known = side <= 0 ? x!.counter : 0;
    const other = side >= 0 ? y!.counter : 0;
    if (known > other) more = true;
    if (known < other) less = true;
    if (side <= 0) i++;
    if (side >= 0) k++;
  }
  return orderOf(more, less);
}

/** The order of two things of which the first knows more, or less, or both, or neither. */
export function orderOf(more: boolean, less: boolean): Order {
  if (more) return less ? "concurrent" : "after";
  return less ? "before" : "equal";
}

/** Every event that either knows. */
export function mergeClocks(a: VectorClock, b: VectorClock): ClockEntry[] {
  const merged: ClockEntry[] = [];
  let i = 0;
  let k = 0;
  while (i < a.length || k < b.length) {
    const x = a[i];
    const y = b[k];
    const side = x === undefined ? 1 : y === undefined ? -1 : compareActors(x, y);
    merged.push(side < 0 ? x! : side > 0 ? y! : x!.counter >= y!.counter ? x! : y!);
    if (side <= 0) i++;
    if (side >= 0) k++;
  }
  return merged;
}

/** How many events of the actor the clock knows; 0 for none. */
export function counterOf(clock: VectorClock, actor: Actor): number {
  for (const entry of clock) {
    if (entry.epoch === actor.epoch && entry.node === actor.node) return entry.counter;
  }
  return 0;
}
