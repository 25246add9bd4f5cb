// Draws what clients ask for: sessions that read and write a few keys, some of them hot, at about
// OPERATIONS_PER_SEC in all.

import type { RandomStream } from "../../runtime.ts";
import type { Operation } from "../scenario.ts";

const OPERATIONS_PER_SEC = 50;
/** Keys that are read in one request, the first not counted. */
const ALSO_MAX = 4;
/** So few that a scan has several pages. */
const PAGE_KEYS_MAX = 12;
const PAGE_PAUSE_MAX_MS = 60;

interface Habits {
  readonly keys: number;
  /** Of a hundred operations, how many are of key 0. */
  readonly hotPercent: number;
  readonly readPercent: number;
  readonly deletePercent: number;
  readonly blindPercent: number;
  readonly manyPercent: number;
  readonly scanPercent: number;
}

export interface Allowed {
  /** The last operation begins before. */
  readonly untilMs: number;
  readonly hasDeletes: boolean;
  readonly hasScans: boolean;
}

/** In the order of their times. */
export function drawOperations(
  random: RandomStream,
  { untilMs, hasDeletes, hasScans }: Allowed,
): Operation[] {
  const swarm = random.split("habits");
  const sessions = 4 + swarm.nextBelow(9);
  const habits: Habits = {
    keys: 4 + swarm.nextBelow(30),
    hotPercent: swarm.nextBelow(40),
    readPercent: 30 + swarm.nextBelow(41),
    deletePercent: hasDeletes ? swarm.nextBelow(15) : 0,
    blindPercent: swarm.nextBelow(25),
    manyPercent: swarm.nextBelow(2) * swarm.nextBelow(10),
    scanPercent: hasScans ? swarm.nextBelow(2) * (1 + swarm.nextBelow(3)) : 0,
  };
  const pauseMs = (1000 * sessions) / OPERATIONS_PER_SEC;
  const operations: Operation[] = [];
  for (let session = 0; session < sessions; session++) {
    const own = random.split(session);
    for (let atMs = own.nextBelow(Math.ceil(pauseMs)); atMs < untilMs; ) {
      operations.push(drawOperation(own, habits, session, atMs));
      atMs += 1 + own.nextBelow(Math.ceil(2 * pauseMs) - 1);
    }
  }
  return operations.sort((a, b) => a.atMs - b.atMs || a.session - b.session);
}

function drawOperation(
  random: RandomStream,
  habits: Habits,
  session: number,
  atMs: number,
): Operation {
  const percent = (of: number): boolean => random.nextBelow(100) < of;
  const key = percent(habits.hotPercent) ? "k0" : keyOf(random.nextBelow(habits.keys));
  if (percent(habits.readPercent)) {
    if (percent(habits.scanPercent)) {
      return { session, atMs, f: "get", ...drawScan(random, habits.keys) };
    }
    if (!percent(habits.manyPercent)) return { session, atMs, f: "get", key };
    const others = new Set<string>();
    for (let i = random.nextBelow(ALSO_MAX); i >= 0; i--) {
      others.add(keyOf(random.nextBelow(habits.keys)));
    }
    others.delete(key);
    return { session, atMs, f: "get", key, alsoKeys: [...others] };
  }
  if (percent(habits.deletePercent)) return { session, atMs, f: "delete", key };
  const isBlind = percent(habits.blindPercent);
  return { session, atMs, f: "put", key, ...(isBlind ? { isBlind } : {}) };
}

/** Of all keys, or of a part of them; a part has two ends. */
function drawScan(
  random: RandomStream,
  count: number,
): Pick<Operation, "key" | "alsoKeys" | "scan"> {
  const keys = Array.from({ length: count }, (_, i) => keyOf(i)).sort();
  const isPart = random.nextBelow(3) === 0;
  const first = isPart ? random.nextBelow(count - 1) : 0;
  const end = isPart ? first + 1 + random.nextBelow(count - 1 - first) : count;
  const [key, ...alsoKeys] = keys.slice(first, end);
  const to = keys[end];
  const pageKeys = 1 + random.nextBelow(PAGE_KEYS_MAX);
  const pauseMs = 1 + random.nextBelow(PAGE_PAUSE_MAX_MS);
  return { key: key!, alsoKeys, scan: { pageKeys, pauseMs, ...(to === undefined ? {} : { to }) } };
}

function keyOf(number: number): string {
  return `k${number}`;
}
