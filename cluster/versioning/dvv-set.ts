// Dotted version vector sets: the siblings of one key and their causality in one clock (Almeida,
// Baquero, Goncalves, Preguica, Fonte: "Scalable and Accurate Causality Tracking for Eventually
// Consistent Stores", DAIS 2014; Goncalves et al.: "Concise Server-Wide Causality Management for
// Eventually Consistent Data Stores", DAIS 2015).
//
// An entry (actor, counter, slots) says that the first `counter` events of the actor are known;
// slot i is the event counter - i. Events below the slots are known and overwritten. An event is
// alive in a merge when it is alive on both sides, or on one and unknown to the other.
//
// Steps of a merge of two entries of one actor:
//  1. Take the slots of the higher counter, and below them those of the lower one.
//  2. A slot that the other side knows and does not hold alive is superseded.
//
// What goes beyond the papers: a superseded slot may stay, to remember its request
// (request-merge.ts); `trim` takes them away from the old end.

import { type Actor, type ClockEntry, compareActors, type Order, orderOf } from "./vector-clock.ts";
import { isLive, isSameRequest, type Version } from "./version.ts";

const NONE: readonly never[] = [];

/** Immutable, as everything here. */
export class Entry implements ClockEntry {
  readonly node: string;
  readonly epoch: number;
  readonly counter: number;
  /** Newest first; at most `counter` of them. */
  readonly slots: readonly Version[];

  /** The actor may be an entry of the same one. */
  constructor(actor: Actor, counter: number, slots: readonly Version[]) {
    this.node = actor.node;
    this.epoch = actor.epoch;
    this.counter = counter;
    this.slots = slots;
  }
}

export interface DvvSet {
  /** In ascending order of actors, each once. */
  readonly entries: readonly Entry[];
  /** Values that no actor has numbered yet: those of a write on its way in. */
  readonly anonymous: readonly Version[];
}

/** Says whether the first is not newer than the second; actors are absent for anonymous values. */
export type LessOrEqual = (
  a: Version,
  aBy: Actor | undefined,
  b: Version,
  bBy: Actor | undefined,
) => boolean;

export const EMPTY_SET: DvvSet = { entries: NONE, anonymous: NONE };

/** A write that has seen what the entries know; none for a write without a context. */
export function newWithContext(context: readonly Entry[], version: Version): DvvSet {
  return { entries: context, anonymous: [version] };
}

/** What the set knows, without its values: the plain clock. */
export function join(set: DvvSet): Entry[] {
  return set.entries.map((entry) => new Entry(entry, entry.counter, NONE));
}

/** Every value that is alive, in order of actors, newest first, the anonymous ones last. */
function values(set: DvvSet): Version[] {
  return [...set.entries.flatMap(({ slots }) => slots.filter(isLive)), ...set.anonymous];
}

/** How many values are alive. */
export function size(set: DvvSet): number {
  let count = set.anonymous.length;
  for (const { slots } of set.entries) for (const slot of slots) if (isLive(slot)) count++;
  return count;
}

/**
 * The entries of both sides merged. Superseded slots stay as far down as they hang together; of
 * those that do not, the ones that were alive on one side are added to `dropped`.
 */
export function syncEntries(
  a: readonly Entry[],
  b: readonly Entry[],
  dropped: Version[],
): readonly Entry[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const merged: Entry[] = [];
  let i = 0;
  let k = 0;
  while (i < a.length && k < b.length) {
    const x = a[i]!;
    const y = b[k]!;
    const side = compareActors(x, y);
    merged.push(side < 0 ? x : side > 0 ? y : mergeEntry(x, y, dropped));
    if (side <= 0) i++;
    if (side >= 0) k++;
  }
  while (i < a.length) merged.push(a[i++]!);
  while (k < b.length) merged.push(b[k++]!);
  return merged;
}

function mergeEntry(a: Entry, b: Entry, dropped: Version[]): Entry {
  const high = a.counter >= b.counter ? a : b;
  const low = high === a ? b : a;
  const gap = high.counter - low.counter;
  const lowSlots = low.slots;
  const highLength = high.slots.length;
  // The older slots can only be put below without a hole between.
  const reaches = gap <= highLength && gap + lowSlots.length > highLength;
  if (gap > highLength) {
    for (let i = 0; i < lowSlots.length; i++) if (isLive(lowSlots[i]!)) dropped.push(lowSlots[i]!);
  }
  const length = reaches ? gap + lowSlots.length : highLength;
  let slots: Version[] | undefined;
  for (let i = gap; i < length; i++) {
    const x = i < highLength ? high.slots[i]! : undefined;
    const y = i - gap < lowSlots.length ? lowSlots[i - gap]! : undefined;
    const slot = mergeSlot(x, y);
    if (slot === x && slots === undefined) continue;
    slots ??= high.slots.slice(0, i);
    slots.push(slot);
  }
  return slots === undefined ? high : new Entry(high, high.counter, slots);
}

/** An absent slot is known on that side, and not alive there; one of the two is present. */
function mergeSlot(a: Version | undefined, b: Version | undefined): Version {
  const held = a ?? b!;
  if (!isLive(held)) return held;
  if (a === undefined || b === undefined) return held.superseded();
  return isLive(b) ? held : b;
}

/** Takes superseded slots from the old end, down to `memory` slots or the last living one. */
export function trim(entries: readonly Entry[], memory: number): readonly Entry[] {
  let trimmed: Entry[] | undefined;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    let length = entry.slots.length;
    while (length > memory && !isLive(entry.slots[length - 1]!)) length--;
    if (length === entry.slots.length) continue;
    trimmed ??= entries.slice();
    trimmed[i] = new Entry(entry, entry.counter, entry.slots.slice(0, length));
  }
  return trimmed ?? entries;
}

/**
 * The merge of the papers: commutative, associative, idempotent. Of what it supersedes it remembers
 * the last `memory` events of each actor.
 */
export function sync(a: DvvSet, b: DvvSet, memory = 0): DvvSet {
  const entries = trim(syncEntries(a.entries, b.entries, []), memory);
  return { entries, anonymous: syncAnonymous(a, b) };
}

function syncAnonymous(a: DvvSet, b: DvvSet): readonly Version[] {
  if (a.anonymous.length === 0 && b.anonymous.length === 0) return NONE;
  const order = compareSets(a, b);
  if (order === "before") return b.anonymous;
  if (order === "after") return a.anonymous;
  const isNew = (version: Version) => !a.anonymous.some((held) => isSameRequest(held, version));
  return [...a.anonymous, ...b.anonymous.filter(isNew)];
}

/** A new event of the actor, on top of what the entries know. */
export function event(entries: readonly Entry[], actor: Actor, version: Version): Entry[] {
  const result: Entry[] = [];
  let at = 0;
  while (at < entries.length && compareActors(entries[at]!, actor) < 0) {
    result.push(entries[at++]!);
  }
  const own = entries[at];
  if (own !== undefined && compareActors(own, actor) === 0) {
    result.push(new Entry(actor, own.counter + 1, [version, ...own.slots]));
    at++;
  } else result.push(new Entry(actor, 1, [version]));
  while (at < entries.length) result.push(entries[at++]!);
  return result;
}

/** Numbers the one anonymous value of `written` and drops from `stored` what it has seen. */
export function update(written: DvvSet, stored: DvvSet, actor: Actor, memory = 0): DvvSet {
  const known = sync({ entries: written.entries, anonymous: NONE }, stored, memory);
  const entries = event(known.entries, actor, written.anonymous[0]!);
  return { entries: trim(entries, memory), anonymous: known.anonymous };
}

/** A value, and the entry that numbers it; none for an anonymous one. */
interface Winner {
  readonly version: Version;
  readonly by: Entry | undefined;
}

function findLast(lessOrEqual: LessOrEqual, set: DvvSet): Winner | undefined {
  let version: Version | undefined;
  let by: Entry | undefined;
  for (const entry of set.entries) {
    for (const slot of entry.slots) {
      if (!isLive(slot)) continue;
      if (version !== undefined && !lessOrEqual(version, by, slot, entry)) continue;
      version = slot;
      by = entry;
    }
  }
  for (const slot of set.anonymous) {
    if (version !== undefined && !lessOrEqual(version, by, slot, undefined)) continue;
    version = slot;
    by = undefined;
  }
  return version === undefined ? undefined : { version, by };
}

/** The value that is not older than any other; undefined when none is alive. */
export function last(lessOrEqual: LessOrEqual, set: DvvSet): Version | undefined {
  return findLast(lessOrEqual, set)?.version;
}

/** The set with its last value alone; it remembers of the others what `sync` would. */
export function lww(lessOrEqual: LessOrEqual, set: DvvSet, memory = 0): DvvSet {
  const winner = findLast(lessOrEqual, set);
  const entries: Entry[] = [];
  for (const entry of set.entries) {
    const slots: Version[] = [];
    for (const slot of entry.slots) {
      slots.push(slot === winner?.version || !isLive(slot) ? slot : slot.superseded());
    }
    entries.push(new Entry(entry, entry.counter, slots));
  }
  const isAnonymous = winner !== undefined && winner.by === undefined;
  return { entries: trim(entries, memory), anonymous: isAnonymous ? [winner.version] : NONE };
}

/** One value in the place of all, made from them, and not numbered yet. */
export function reconcile(resolve: (versions: readonly Version[]) => Version, set: DvvSet): DvvSet {
  return { entries: join(set), anonymous: [resolve(values(set))] };
}

/** By the events that each knows, and by those that each knows to be overwritten. */
export function compareSets(a: DvvSet, b: DvvSet): Order {
  let more = false;
  let less = false;
  let i = 0;
  let k = 0;
  while (i < a.entries.length || k < b.entries.length) {
    const x = a.entries[i];
    const y = b.entries[k];
    const side = x === undefined ? 1 : y === undefined ? -1 : compareActors(x, y);
    if (side < 0) more = true;
    else if (side > 0) less = true;
    else {
      if (x!.counter > y!.counter || supersedes(x!, y!)) more = true;
      if (x!.counter < y!.counter || supersedes(y!, x!)) less = true;
    }
    if (side <= 0) i++;
    if (side >= 0) k++;
  }
  return orderOf(more, less);
}

/** Whether `a` knows to be overwritten what is alive in `b`. */
function supersedes(a: Entry, b: Entry): boolean {
  if (a.slots === b.slots && a.counter === b.counter) return false;
  const shift = a.counter - b.counter;
  for (let i = Math.max(0, -shift); i < b.slots.length; i++) {
    if (!isLive(b.slots[i]!)) continue;
    const slot = a.slots[i + shift];
    if (slot === undefined || !isLive(slot)) return true;
  }
  return false;
}
