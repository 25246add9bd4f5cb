// Wrong usage: told in one line that names what is wrong and the nearest that is right.

import { quoted, unknownName } from "../../workloads/nearest.ts";

/** Exit codes, the same for every verb. */
export const Exit = {
  ok: 0,
  /** The answer is bad: regressed, violated, not conforming. */
  bad: 1,
  /** Nothing was measured, or not enough to tell. */
  cannotTell: 2,
  usage: 64,
  failed: 70,
  interrupted: 130,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** What the user asked for makes no sense; the message is one line. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** So few choices are listed, where one is to be named: more than these have a nearest. */
const LISTED_MAX = 9;

/** The choice that was named; throws UsageError with all, or of many the nearest, if it is none. */
export function oneOf<T extends string>(what: string, given: string, choices: readonly T[]): T {
  if ((choices as readonly string[]).includes(given)) return given as T;
  if (choices.length > 0 && choices.length <= LISTED_MAX) {
    const all = choices.length === 1 ? choices[0] : `one of ${choices.join(", ")}`;
    throw new UsageError(`unknown ${what} ${quoted(given)}; it is ${all}`);
  }
  // What was begun is nearer than what happens to be as short.
  const begun = choices.filter((choice) => given !== "" && choice.startsWith(given.toLowerCase()));
  throw new UsageError(unknownName(what, given, begun.length > 0 ? begun : choices));
}

/** A list "a,b,c"; throws UsageError when it names nothing. */
export function parseList(flag: string, text: string): string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw new UsageError(`${flag} names nothing`);
  return names;
}
