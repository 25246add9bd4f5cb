// Rules on the characters of a file, whatever language it is in.

import type { Problem } from "./problem.ts";

const COLUMNS_MAX = 100;

interface LineRule {
  readonly pattern: RegExp;
  readonly message: string;
}

// The patterns are written so that they do not match their own source.
const LINE_RULES: readonly LineRule[] = [
  { pattern: /\b(?:FIXM[E]|TOD[O]|XX[X])\b/, message: "an open end: finish it, or open an issue" },
  { pattern: /\t/, message: "a tab: indent with two spaces, write \\t in strings" },
  { pattern: /[ \t\r]+$/, message: "white space at the end of the line: take it away" },
  {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what the rule looks for.
    pattern: /[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/,
    message: "a control or invisible character: write it as an escape",
  },
  {
    pattern: /(?<![\w.$}])\/(?:work|root|home)\/|\b[A-Z]:\\Users\\/,
    message: "a path of one machine: take it from an argument, RINGBENCH_VECTORS or os.tmpdir()",
  },
  {
    pattern: /https?:\/\/(?:[\w-]+\.)*(?:registry|npm|artifactory|nexus|verdaccio)\.[\w.-]+/i,
    message: "a registry host: npm's configuration names it, the repository does not",
  },
  {
    pattern: /"resolved": "https?:/,
    message: "an address in the lock file: run npm with omit-lockfile-registry-resolved=true",
  },
];

/** Line rules, and a newline at the end. */
export function checkText(path: string, text: string): Problem[] {
  const problems: Problem[] = [];
  const lines = text.split("\n");
  if (text !== "" && lines.at(-1) !== "") {
    problems.push({ path, line: lines.length, message: "no newline at the end: add one" });
  }
  lines.forEach((line, index) => {
    for (const { pattern, message } of LINE_RULES) {
      if (pattern.test(line)) problems.push({ path, line: index + 1, message });
    }
  });
  return problems;
}

/** Columns are characters, not UTF-16 units. A line with a URL may be longer. */
export function checkLineLength(path: string, text: string): Problem[] {
  const problems: Problem[] = [];
  text.split("\n").forEach((line, index) => {
    const columns = [...line].length;
    if (columns <= COLUMNS_MAX || line.includes("://")) return;
    const message = `${columns} columns: break the line, ${COLUMNS_MAX} are allowed`;
    problems.push({ path, line: index + 1, message });
  });
  return problems;
}
