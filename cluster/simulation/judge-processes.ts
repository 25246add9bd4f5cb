// The judge of every scenario: no process ends, or drops work, by an error of its own.

import type { Verdict } from "../checking/verdict.ts";
import type { Outcome } from "./scenario.ts";
import type { World } from "./world.ts";

const CHECKER = "processes";
const NO_DIGEST = "0".repeat(16);

/** An operation of this checker is a process that was started. */
export function judgeProcesses({ errors, starts }: Pick<World, "errors" | "starts">): Verdict {
  const violations = errors.map(({ node, atMs, message }) => ({
    message: `${node} at ${atMs} ms: ${message}`,
    key: "",
    events: [],
  }));
  return { checker: CHECKER, operations: starts, violations, undecided: [] };
}

/** What is left of a run that an error ended, be it of a client, of the world, or of a judge. */
export function outcomeOfError(error: unknown): Outcome {
  const violations = [{ message: errorText(error), key: "", events: [] }];
  const verdict: Verdict = { checker: CHECKER, operations: 0, violations, undecided: [] };
  const nothing = { virtualMs: 0, events: 0, operations: 0, faultsByKind: {}, marks: {} };
  return { ...nothing, digest: NO_DIGEST, verdicts: [verdict], measures: {}, history: [] };
}

/** With its stack, when it has one. */
export function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
