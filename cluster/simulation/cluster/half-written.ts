// The shortest story that shows that strict quorums do not make a register: a write that is seen,
// and then is not. Three nodes, all of them replicas, R = W = 2, no read repair.
//
//      0  the writer puts a first value, on all replicas
//   1000  it can reach n1 alone, and that only late: its second put arrives at CLOG_END_MS, just
//         when every datagram is lost for a moment; n1 has the second value, and nobody else
//   1700  n3 is cut off: a read is answered by n1 and n2, and sees the second value
//   3600  n1 is cut off: a read is answered by n2 and n3, and sees the first value again
//
// The second put is open all the while: its deadline comes after the story. Both reads are regular,
// as they may see a write that runs at the same time or not; no register answers in this order.
//
// No failure detector can spoil it: what one could see is cut only for the reads, and before the
// second of them it has had time to see that the first cut is over (oracle.ts). The writer has
// asked all three nodes before its clog ends.

import type { Fault } from "../fault.ts";
import type { Operation } from "../scenario.ts";

export const STORY_NODES = 3;
const STORY_KEY = "half-written";
/** By then the second put has ended, too. */
export const STORY_MS = 9000;
/** What the story rests on: the deadline of the put, and attempts that are over before the clog. */
export const STORY_TIMEOUT_MS = 6000;
export const STORY_ATTEMPT_MS = 100;

const CLOG_END_MS = 1500;
/** Longer than a datagram, a sync and another datagram take. */
const DEAF_MS = 60;

/** @param nodes n1, n2 and n3 of the story. */
export function storyFaults(nodes: readonly string[], writer: number, reader: number): Fault[] {
  const [n1, n2, n3] = nodes as [string, string, string];
  const writing = `client-s${writer}`;
  const reading = `client-s${reader}`;
  const alone = { atMs: 1000, forMs: 4000 };
  const first = { atMs: 1700, forMs: 1300 };
  const second = { atMs: 3600, forMs: 1300 };
  return [
    { kind: "one-way", from: writing, to: n2, ...alone },
    { kind: "one-way", from: writing, to: n3, ...alone },
    { kind: "clog", from: writing, to: n1, atMs: 1000, forMs: CLOG_END_MS - 1000 },
    {
      ...{ kind: "flaky", lossPercent: 100, duplicatePercent: 0, reorderPercent: 0 },
      ...{ atMs: CLOG_END_MS - 5, forMs: DEAF_MS },
    },
    { kind: "partition", group: [n3], ...first },
    { kind: "one-way", from: reading, to: n3, ...first },
    { kind: "partition", group: [n1], ...second },
    { kind: "one-way", from: reading, to: n1, ...second },
  ];
}

export function storyOperations(writer: number, reader: number): Operation[] {
  const key = STORY_KEY;
  return [
    { session: writer, atMs: 100, f: "put", key },
    { session: writer, atMs: 600, f: "get", key },
    { session: writer, atMs: 1010, f: "put", key },
    { session: reader, atMs: 1800, f: "get", key },
    { session: reader, atMs: 3700, f: "get", key },
  ];
}
