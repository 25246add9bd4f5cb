// The judge of the end: the auditor has read every key, and all replicas of each hold the same.

import type { Verdict, Violation } from "../../checking/verdict.ts";
import type { ClusterRun } from "./cluster-run.ts";

/** An operation of this checker is a key. */
export function judgeConvergence({ final, unread }: Pick<ClusterRun, "final" | "unread">): Verdict {
  const violations: Violation[] = unread.map((key) => {
    return { message: `key ${key} could not be read from all its replicas`, key, events: [] };
  });
  for (const [key, states] of final) {
    if (unread.includes(key) || states.every(({ hash }) => hash === states[0]!.hash)) continue;
    const held = states.map(({ replica, siblings }) => `${replica} ${siblings.join(", ")}`);
    violations.push({ message: `replicas differ: ${held.join("; ")}`, key, events: [] });
  }
  return { checker: "convergence", operations: final.size, violations, undecided: [] };
}
