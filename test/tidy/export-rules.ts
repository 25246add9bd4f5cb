// No dead exports and no dead files.
//
//  1. Every import marks the names that it takes in the file that it names.
//  2. A type that a living export of the same file mentions lives: callers may have to name it.
//  3. What is left is dead. A name that tests alone use is dead too, unless it is public API: the
//     tests then hold up code that nothing needs.

import type { ExportFact, FileFacts } from "./facts.ts";
import { targetOf } from "./import-rules.ts";
import { isIn } from "./name-rules.ts";
import type { Problem } from "./problem.ts";

export interface EntryPoints {
  /** Files that are run, or whose exports are the package's own: never dead. */
  readonly files: readonly string[];
  /** Files and folders that exist to be used by tests. */
  readonly forTests: readonly string[];
}

interface Uses {
  /** By file: names that others take, "*" for any. */
  readonly byCode: Map<string, Set<string>>;
  readonly byTests: Map<string, Set<string>>;
}

export function checkExports(facts: readonly FileFacts[], entries: EntryPoints): Problem[] {
  const uses = collectUses(facts);
  return facts.flatMap((file) => {
    if (entries.files.includes(file.path) || file.path.endsWith(".test.ts")) return [];
    const testsCount = [...entries.forTests, "test/"].some((path) => isIn(path, file.path));
    const code = uses.byCode.get(file.path);
    const tests = uses.byTests.get(file.path);
    if (code === undefined && tests === undefined) {
      return [{ path: file.path, line: 1, message: "no other file imports it: delete it" }];
    }
    const taken = new Set([...(code ?? []), ...(testsCount ? (tests ?? []) : [])]);
    return deadOf(file.exports, taken).map(({ name, line }) => {
      const byTests = tests !== undefined && (tests.has(name) || tests.has("*"));
      const message = byTests
        ? `only tests import ${name}: test it through what the code uses, or make it public API`
        : `no other file imports ${name}: take the export away`;
      return { path: file.path, line, message };
    });
  });
}

function collectUses(facts: readonly FileFacts[]): Uses {
  const uses: Uses = { byCode: new Map(), byTests: new Map() };
  for (const { path, imports } of facts) {
    const table = path.startsWith("test/") ? uses.byTests : uses.byCode;
    for (const { specifier, names } of imports) {
      const target = targetOf(path, specifier);
      if (target === undefined || target === path) continue;
      const taken = table.get(target) ?? new Set();
      for (const name of names) taken.add(name);
      table.set(target, taken);
    }
  }
  return uses;
}

function deadOf(exports: readonly ExportFact[], taken: ReadonlySet<string>): ExportFact[] {
  if (taken.has("*")) return [];
  const alive = new Set(exports.filter(({ name }) => taken.has(name)));
  let grew = true;
  while (grew) {
    grew = false;
    for (const candidate of exports) {
      if (!candidate.isType || alive.has(candidate)) continue;
      if (![...alive].some(({ mentions }) => mentions.has(candidate.name))) continue;
      alive.add(candidate);
      grew = true;
    }
  }
  return exports.filter((e) => !alive.has(e));
}
