// What a scenario says will be seen, and the verdict on whether it was.

import type { Verdict } from "../../checking/verdict.ts";

export interface Claim {
  readonly holds: boolean;
  /** What is wrong when it does not hold. */
  readonly message: string;
}

/** `operations` is how many operations the claims rest on. */
export function judgeClaims(
  checker: string,
  operations: number,
  claims: readonly Claim[],
): Verdict {
  const broken = claims.filter(({ holds }) => !holds);
  const violations = broken.map(({ message }) => ({ message, key: "", events: [] }));
  return { checker, operations, violations, undecided: [] };
}

/** Of `of`, 0 to 1; 0 of nothing. */
export function share(count: number, of: number): number {
  return of === 0 ? 0 : count / of;
}
