// Globals and modules that reach outside, each allowed in its home only (homes.ts).

import type { FileFacts } from "./facts.ts";
import type { Problem } from "./problem.ts";

export interface Home {
  /** A file, or a folder with a slash at its end. */
  readonly path: string;
  /** Why it may; printed nowhere, read in review. */
  readonly reason: string;
}

export interface Ban {
  readonly what: string;
  /** Globals, and members of globals: `Date.now`. A longer name that begins so is meant too. */
  readonly names: readonly string[];
  /** Modules that may not be imported at all, with or without `node:`. */
  readonly modules: readonly string[];
  /** Names that may not be imported from a module: `crypto.randomUUID`. */
  readonly members: readonly string[];
  readonly instead: string;
  readonly homes: readonly Home[];
}

/** Whether a path is the home, or lies in it. */
export function isIn(home: string, path: string): boolean {
  return home.endsWith("/") ? path.startsWith(home) : path === home;
}

export function checkBans(facts: readonly FileFacts[], bans: readonly Ban[]): Problem[] {
  return bans.flatMap((ban) => {
    const used = new Set<string>();
    const problems: Problem[] = [];
    for (const file of facts) {
      const uses = usesOf(file, ban);
      if (uses.length === 0) continue;
      const homes = ban.homes.filter((home) => isIn(home.path, file.path));
      for (const home of homes) used.add(home.path);
      if (homes.length > 0) continue;
      for (const { name, line } of uses) {
        const message = `${name} is ${ban.what}: ${ban.instead}`;
        problems.push({ path: file.path, line, message });
      }
    }
    for (const home of ban.homes) {
      if (used.has(home.path)) continue;
      const message = `"${home.path}" needs no ${ban.what} any more: take it out of the homes`;
      problems.push({ path: "test/tidy/homes.ts", line: 1, message });
    }
    return problems;
  });
}

interface Use {
  readonly name: string;
  readonly line: number;
}

function usesOf(file: FileFacts, ban: Ban): Use[] {
  const uses: Use[] = file.names.filter(({ name }) =>
    ban.names.some((banned) => name === banned || name.startsWith(`${banned}.`)),
  );
  for (const { specifier, names, typeOnly, line } of file.imports) {
    if (typeOnly) continue;
    const module = specifier.replace(/^node:/, "");
    if (ban.modules.includes(module)) uses.push({ name: specifier, line });
    for (const name of names) {
      if (ban.members.includes(`${module}.${name}`)) uses.push({ name, line });
    }
  }
  return uses;
}

/** Constructs that are banned everywhere; `defaultExportHomes` are files whose tool demands one. */
export function checkSyntax(
  facts: readonly FileFacts[],
  defaultExportHomes: readonly string[],
): Problem[] {
  const instead = {
    enum: "a const object and a union of its values",
    namespace: "a module",
    "default export": "a named export",
    "export *": "the names that are exported",
  } as const;
  return facts.flatMap(({ path, syntax }) =>
    syntax
      .filter(({ what }) => what !== "default export" || !defaultExportHomes.includes(path))
      .map(({ what, line }) => ({ path, line, message: `${what}: use ${instead[what]} instead` })),
  );
}
