// Merging by requests: two events of one request are one write.
//
// A write that has seen one event of a request has seen the request. So when an event is
// superseded, every other event of its request is as well, also one that arrives later: for that
// each of an actor's last `memory` events keeps its request when it is superseded. Two events of
// one request that are both alive stay, since a later write may have seen either; readers get them
// as one.
//
// Steps of a merge:
//  1. Merge the sets (dvv-set.ts), superseded slots included.
//  2. A living slot whose request is superseded anywhere is superseded too.
//  3. Forget superseded slots beyond the memory.
//
// A twin that comes when more than `memory` later events of the first one's actor are known appears
// as a sibling, which the next write resolves. Nothing is lost by forgetting.

import { type DvvSet, Entry, syncEntries, trim } from "./dvv-set.ts";
import type { Dot } from "./vector-clock.ts";
import { isLive, isSameRequest, type RequestId, type Version } from "./version.ts";

/** From this many living versions on they are told apart by a table. */
const SCAN_MAX = 24;

/** Both sides merged, requests taken as one; without anonymous values. */
export function syncRequests(
  a: readonly Entry[],
  b: readonly Entry[],
  memory: number,
): readonly Entry[] {
  const dropped: Version[] = [];
  return trim(supersedeTwins(syncEntries(a, b, dropped), dropped), memory);
}

/** Step 2; `dropped` is what was superseded and is not among the entries any more. */
function supersedeTwins(entries: readonly Entry[], dropped: readonly Version[]): readonly Entry[] {
  let live = 0;
  let superseded = dropped.length;
  for (const { slots } of entries) {
    for (let i = 0; i < slots.length; i++) {
      if (isLive(slots[i]!)) live++;
      else superseded++;
    }
  }
  if (live === 0 || superseded === 0) return entries;
  const gone = live > SCAN_MAX ? supersededKeys(entries, dropped) : undefined;
  let result: Entry[] | undefined;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    let slots: Version[] | undefined;
    for (let k = 0; k < entry.slots.length; k++) {
      const slot = entry.slots[k]!;
      if (!isLive(slot)) continue;
      const isGone =
        gone === undefined
          ? isSuperseded(entries, slot) || includes(dropped, slot)
          : gone.has(keyOf(slot));
      if (!isGone) continue;
      slots ??= entry.slots.slice();
      slots[k] = slot.superseded();
    }
    if (slots === undefined) continue;
    result ??= entries.slice();
    result[i] = new Entry(entry, entry.counter, slots);
  }
  return result ?? entries;
}

function isSuperseded(entries: readonly Entry[], request: RequestId): boolean {
  for (const { slots } of entries) {
    for (let i = 0; i < slots.length; i++) {
      if (!isLive(slots[i]!) && isSameRequest(slots[i]!, request)) return true;
    }
  }
  return false;
}

function supersededKeys(entries: readonly Entry[], dropped: readonly Version[]): Set<string> {
  const keys = new Set(dropped.map(keyOf));
  for (const { slots } of entries) {
    for (const slot of slots) if (!isLive(slot)) keys.add(keyOf(slot));
  }
  return keys;
}

function keyOf(request: RequestId): string {
  return `${request.client}#${request.number}`;
}

/** The living versions, one for each request, in order of actors. */
export function siblingsOf(set: DvvSet): Version[] {
  const siblings: Version[] = [];
  let seen: Set<string> | undefined;
  for (const { slots } of set.entries) {
    for (const slot of slots) {
      if (!isLive(slot)) continue;
      if (siblings.length === SCAN_MAX) seen ??= new Set(siblings.map(keyOf));
      if (seen === undefined ? includes(siblings, slot) : seen.has(keyOf(slot))) continue;
      siblings.push(slot);
      seen?.add(keyOf(slot));
    }
  }
  return siblings;
}

function includes(versions: readonly Version[], request: RequestId): boolean {
  for (let i = 0; i < versions.length; i++) if (isSameRequest(versions[i]!, request)) return true;
  return false;
}

/** An event of the request, if one is remembered. */
export function findRequest(entries: readonly Entry[], request: RequestId): Dot | undefined {
  for (const { node, epoch, counter, slots } of entries) {
    for (let i = 0; i < slots.length; i++) {
      if (isSameRequest(slots[i]!, request)) return { node, epoch, counter: counter - i };
    }
  }
  return undefined;
}

/** What a reader has seen: everything that the entries know, none of it alive any more. */
export function asSeen(entries: readonly Entry[]): readonly Entry[] {
  return entries.map((entry) => {
    const slots = entry.slots.map((slot) => (isLive(slot) ? slot.superseded() : slot));
    return new Entry(entry, entry.counter, slots);
  });
}
