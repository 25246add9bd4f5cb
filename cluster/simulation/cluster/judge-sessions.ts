// The judge of session guarantees, where they are claimed, and their count, where they are not.
//
// What quorums promise of monotonic writes is less than the guarantee: a read that began before the
// earlier write was acknowledged may have asked one replica before that write came to it, and
// another after the later write had. Such a read is not blamed.

import type { HistoryEvent } from "../../checking/history.ts";
import { checkSessions, type Guarantee } from "../../checking/sessions.ts";
import type { Verdict, Violation } from "../../checking/verdict.ts";

export function judgeSessions(
  history: readonly HistoryEvent[],
  claimed: readonly Guarantee[],
): Verdict {
  const { guarantees, violations, ...verdict } = checkSessions(history, { claimed });
  const isCounted = ([name]: [string, unknown]): boolean => !claimed.includes(name as Guarantee);
  const counted = Object.fromEntries(Object.entries(guarantees).filter(isCounted));
  const blamed = violations.filter((violation) => !isOverlapped(history, violation));
  return { ...verdict, violations: blamed, guarantees: counted } as Verdict;
}

function isOverlapped(history: readonly HistoryEvent[], { message, events }: Violation): boolean {
  if (!message.startsWith("monotonic-writes")) return false;
  const shown = events.map((line) => history[line - 1]!);
  const read = shown.find(({ type, f }) => type === "invoke" && f === "get")!;
  const acknowledged = shown.find(({ type, f }) => type === "ok" && f !== "get")!;
  return read.index < acknowledged.index;
}
