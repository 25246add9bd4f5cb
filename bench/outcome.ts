// How an operation ended, as small integers that index typed arrays.

export const Outcome = {
  ok: 0,
  notFound: 1,
  error: 2,
  unexpectedState: 3,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** YCSB's names of the outcomes (its Status), indexed by outcome. */
export const OUTCOME_NAMES = ["OK", "NOT_FOUND", "ERROR", "UNEXPECTED_STATE"] as const;

/** What a target answers, instead of an outcome, when the store answered with a promise. */
export const PENDING = -1;

/** An outcome, or PENDING. */
export type Answer = Outcome | typeof PENDING;
