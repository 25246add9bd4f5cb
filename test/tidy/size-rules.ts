// Sizes as a ratchet: what is too long already is listed with its size, and may only shrink.

import type { FileFacts } from "./facts.ts";
import type { Problem } from "./problem.ts";

/** Above this, a file must be listed. */
const FILE_LINES_SOFT_MAX = 300;
/** Above this, listing does not help. */
const FILE_LINES_HARD_MAX = 600;
/** Above this, a function must be listed. */
const FUNCTION_LINES_MAX = 70;

/** Sizes in lines of what is over a limit: files by path, functions by `path#name`. */
export interface Ratchet {
  readonly files: Readonly<Record<string, number>>;
  readonly functions: Readonly<Record<string, number>>;
}

/** The table as it would be now. */
export function measureRatchet(facts: readonly FileFacts[]): Ratchet {
  const over = (sized: readonly Sized[], max: number) =>
    Object.fromEntries(sized.filter((s) => s.lines > max).map(({ key, lines }) => [key, lines]));
  return {
    files: over(filesOf(facts), FILE_LINES_SOFT_MAX),
    functions: over(functionsOf(facts), FUNCTION_LINES_MAX),
  };
}

interface Sized {
  readonly key: string;
  readonly path: string;
  readonly line: number;
  readonly lines: number;
}

function filesOf(facts: readonly FileFacts[]): Sized[] {
  return facts.map(({ path, text }) => {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    return { key: path, path, line: 1, lines };
  });
}

function functionsOf(facts: readonly FileFacts[]): Sized[] {
  return facts.flatMap(({ path, functions }) =>
    functions.map(({ name, line, lines }) => ({ key: `${path}#${name}`, path, line, lines })),
  );
}

export function checkSizes(facts: readonly FileFacts[], ratchet: Ratchet): Problem[] {
  const files = filesOf(facts);
  const functions = functionsOf(facts);
  const tooLong = files.filter(({ lines }) => lines > FILE_LINES_HARD_MAX);
  return [
    ...tooLong.map(({ path, line, lines }) => ({
      path,
      line,
      message: `${lines} lines, ${FILE_LINES_HARD_MAX} at most: split it by its nouns`,
    })),
    ...compare(files, ratchet.files, FILE_LINES_SOFT_MAX, "files"),
    ...compare(functions, ratchet.functions, FUNCTION_LINES_MAX, "functions"),
  ];
}

function compare(
  found: readonly Sized[],
  listed: Readonly<Record<string, number>>,
  max: number,
  table: string,
): Problem[] {
  const problems: Problem[] = [];
  const known = new Set<string>();
  for (const { key, path, line, lines } of found) {
    known.add(key);
    const before = listed[key];
    const message = verdict({ key, lines, before, max, table });
    if (message !== undefined) problems.push({ path, line, message });
  }
  for (const key of Object.keys(listed)) {
    if (known.has(key)) continue;
    const message = `${table} lists "${key}", which is gone: take the entry out`;
    problems.push({ path: "test/tidy/ratchet.json", line: 1, message });
  }
  return problems;
}

interface Comparison {
  readonly key: string;
  readonly lines: number;
  readonly before: number | undefined;
  readonly max: number;
  readonly table: string;
}

function verdict({ key, lines, before, max, table }: Comparison): string | undefined {
  const entry = `in ${table} of test/tidy/ratchet.json`;
  if (before === undefined) {
    return lines > max ? `${lines} lines, ${max} are allowed: split "${key}"` : undefined;
  }
  if (lines > before)
    return `${lines} lines, and "${key}" may only shrink from ${before}: split it`;
  if (lines <= max) return `${lines} lines: well done, take "${key}" out of ${entry.slice(3)}`;
  if (lines < before) return `it shrank: write "${key}": ${lines} ${entry}`;
  return undefined;
}
