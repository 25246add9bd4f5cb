// What a seed of `lost-actor-state` begins with, before chance takes over: for each promise the
// shortest story that breaks a store which does not keep it, with room between them for repair.
//
//   from   story
//    200   a read that asks one replica: n3 is cut off, misses a write, and is asked for it
//   2000   the actor that forgets: n1 coordinates two blind writes, loses its disk, and coordinates
//          a third before anybody has told it of the first two (basho/riak_kv issue 679)
//   4500   a write that has one replica: n1 is cut off, is asked for a write, and loses its disk
//
// Of the replicas only n1 loses its disk, and n1 twice: one holder of each key before the repair.

import type { Fault } from "../fault.ts";
import type { Operation } from "../scenario.ts";

/** All is over by then, and repaired: what was written is everywhere. */
export const SCRIPT_MS = 18_500;

const SESSION = 0;

export const SCRIPT_FAULTS: readonly Fault[] = [
  { kind: "partition", group: ["n3"], atMs: 200, forMs: 1000 },
  { kind: "disk-loss", node: "n1", atMs: 3000, forMs: 100 },
  { kind: "partition", group: ["n1"], atMs: 4500, forMs: 1000 },
  { kind: "disk-loss", node: "n1", atMs: 5000, forMs: 100 },
];

export const SCRIPT_OPERATIONS: readonly Operation[] = [
  { session: SESSION, atMs: 400, f: "put", key: "behind", node: "n1" },
  { session: SESSION, atMs: 700, f: "get", key: "behind", node: "n3" },
  ...[2000, 2200, 3400].map(
    (atMs): Operation => ({
      ...{ session: SESSION, atMs, f: "put", key: "forgotten" },
      ...{ node: "n1", isBlind: true },
    }),
  ),
  { session: SESSION, atMs: 4700, f: "put", key: "cut off", node: "n1" },
];
