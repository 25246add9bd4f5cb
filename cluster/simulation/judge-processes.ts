// The judge of every scenario: no process ends, or drops work, by an error of its own.

import type { Verdict } from "../checking/verdict.ts";
import type { World } from "./world.ts";

/** An operation of this checker is a process that was started. */
export function judgeProcesses({ errors, starts }: World): Verdict {
  const violations = errors.map(({ node, atMs, message }) => ({
    message: `${node} at ${atMs} ms: ${message}`,
    key: "",
    events: [],
  }));
  return { checker: "processes", operations: starts, violations, undecided: [] };
}
