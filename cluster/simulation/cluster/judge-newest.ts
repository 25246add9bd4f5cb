// The judge of a keyspace where the last write wins, by its own rule: nothing that was acknowledged
// is ever gone but for what is newer (cluster/versioning/lww-policy.ts). How new a version is can
// be told from the contexts of answers, and of what replicas hold.
//
// Rules:
//  N1. At the end every replica holds something as new as every acknowledged write, or newer.
//  N2. Where it is claimed: so has every read that began after the write was acknowledged.

import type { HistoryEvent } from "../../checking/history.ts";
import type { Verdict, Violation } from "../../checking/verdict.ts";
import { decodeContext } from "../../versioning/context.ts";
import { compareTimes } from "../../versioning/hybrid-clock.ts";
import type { ClusterRun } from "./cluster-run.ts";

interface Newness {
  readonly timeMs: number;
  readonly timeCounter: number;
  /** Position in the history of the answer that told it, from 0. */
  readonly position: number;
}

const NOTHING: Newness = { timeMs: 0, timeCounter: 0, position: -1 };

/** All writes give contexts. @param isRegular N2 is claimed. */
export function judgeNewest(
  { history, final }: Pick<ClusterRun, "history" | "final">,
  isRegular: boolean,
): Verdict[] {
  const newest = new Map<string, Newness>();
  /** By process, the newest of its key that was acknowledged before it asked. */
  const before = new Map<number, Newness>();
  const deleted = new Set<string>();
  const stale: Violation[] = [];
  let [writes, reads] = [0, 0];
  for (const [position, event] of history.entries()) {
    const { type, f, key, process } = event;
    if (type === "invoke") {
      if (f === "get") before.set(process, newest.get(key) ?? NOTHING);
      if (f === "delete") deleted.add(key);
      continue;
    }
    if (type !== "ok") continue;
    // A scan does not tell what it did not find from what was deleted.
    if (event.ctxOut === undefined && deleted.has(key)) continue;
    const told = newnessOf(event, position);
    if (f === "get") {
      reads++;
      const wanted = before.get(process)!;
      if (isOlder(told, wanted)) stale.push(staleRead(event, position, wanted));
    } else {
      writes++;
      if (isOlder(newest.get(key) ?? NOTHING, told)) newest.set(key, told);
    }
  }
  const lost: Violation[] = [];
  for (const [key, wanted] of newest) {
    for (const { replica, timeMs, timeCounter } of final.get(key) ?? []) {
      if (!isOlder({ timeMs, timeCounter }, wanted)) continue;
      const line = wanted.position + 1;
      const what = `what was acknowledged in line ${line}`;
      lost.push({
        message: `replica ${replica} has nothing as new as ${what}`,
        key,
        events: [line],
      });
    }
  }
  return [
    { checker: "lost-writes", operations: writes, violations: lost, undecided: [] },
    ...(isRegular
      ? [{ checker: "regular", operations: reads, violations: stale, undecided: [] }]
      : []),
  ];
}

function newnessOf({ ctxOut }: HistoryEvent, position: number): Newness {
  if (ctxOut === undefined) return { ...NOTHING, position };
  const { timeMs, timeCounter } = decodeContext(Buffer.from(ctxOut, "base64"));
  return { timeMs, timeCounter, position };
}

type Time = Pick<Newness, "timeMs" | "timeCounter">;

function isOlder(a: Time, b: Time): boolean {
  return compareTimes(a.timeMs, a.timeCounter, b.timeMs, b.timeCounter) < 0;
}

function staleRead({ key, siblings }: HistoryEvent, position: number, missed: Newness): Violation {
  const found = siblings?.[0] ?? "nothing";
  const line = missed.position + 1;
  return {
    key,
    message:
      `the get that ended in line ${position + 1} returned ${found}, and missed what was ` +
      `acknowledged in line ${line}, before it began`,
    events: [line, position + 1],
  };
}
