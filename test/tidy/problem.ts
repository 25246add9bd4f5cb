// What a rule reports, and how it is printed.

export interface Problem {
  /** Path of the file, from the root of the checkout. */
  readonly path: string;
  /** 1-based; 1 when the whole file is meant. */
  readonly line: number;
  /** What is wrong, and what to use instead. */
  readonly message: string;
}

/** One line a problem, by file and line, so that an editor can jump there. */
export function listProblems(problems: readonly Problem[]): string[] {
  const sorted = [...problems].sort((a, b) =>
    a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1,
  );
  return sorted.map(({ path, line, message }) => `${path}:${line}: ${message}`);
}
