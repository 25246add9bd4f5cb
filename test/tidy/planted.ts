// Helpers of the rules' own tests: small checkouts, and words that tidy must not find here.

import { type FileFacts, readFacts } from "./facts.ts";
import { listProblems, type Problem } from "./problem.ts";

/** Facts of a checkout given as texts by path. */
export function planted(files: Readonly<Record<string, string>>): FileFacts[] {
  return readFacts(new Map(Object.entries(files)));
}

/** `file:line` of each problem, without the words. */
export function places(problems: readonly Problem[]): string[] {
  return listProblems(problems).map((line) => line.split(":").slice(0, 2).join(":"));
}

/** Glues parts of a word together that may not stand in a file of the checkout. */
export function word(...parts: string[]): string {
  return parts.join("");
}
