// The judge of what must happen: when all faults are over, and some time has passed, every session
// gets an answer to whatever it asks.

import type { HistoryEvent } from "../checking/history.ts";
import type { Verdict, Violation } from "../checking/verdict.ts";

/** An operation of this checker is one that was asked for at `calmMs` or later. */
export function judgeLiveness(history: readonly HistoryEvent[], calmMs: number): Verdict {
  const violations: Violation[] = [];
  const asked = new Map<number, HistoryEvent>();
  let operations = 0;
  const unanswered = ({ index, f, key, node, session, time }: HistoryEvent): Violation => {
    // A client of the product chooses by itself whom it asks.
    const who = node === undefined ? `asked by ${session}` : `asked of ${node}`;
    const message = `the ${f} of key ${key}, ${who} ${time / 1e6} ms in, got no answer`;
    return { message, key, events: [index + 1] };
  };
  for (const event of history) {
    if (event.time < calmMs * 1e6) continue;
    if (event.type === "invoke") {
      operations++;
      asked.set(event.process, event);
      continue;
    }
    const invocation = asked.get(event.process);
    asked.delete(event.process);
    if (invocation !== undefined && event.type !== "ok") violations.push(unanswered(invocation));
  }
  for (const invocation of asked.values()) violations.push(unanswered(invocation));
  const sessions = new Set(history.map(({ session }) => session));
  const late = new Set(history.filter((it) => it.time >= calmMs * 1e6).map((it) => it.session));
  for (const session of sessions) {
    if (late.has(session)) continue;
    const message = `session ${session} waits for ever: it asked nothing after the faults`;
    violations.push({ message, key: "", events: [] });
  }
  return { checker: "liveness", operations, violations, undecided: [] };
}
