// What every checker answers.

export interface Violation {
  /** What is wrong, in words; several lines when that tells more. */
  readonly message: string;
  readonly key: string;
  /** The events that show it, numbered from 1: lines of the history, when it is a file. */
  readonly events: readonly number[];
}

export interface Verdict {
  readonly checker: string;
  /** Operations that were checked: without any, no violation means nothing. */
  readonly operations: number;
  readonly violations: readonly Violation[];
  /** Keys that a bound left without a verdict. */
  readonly undecided: readonly string[];
}
