// Which way imports may point, and which packages they may name.

import { posix } from "node:path";
import type { FileFacts, ImportFact } from "./facts.ts";
import type { Problem } from "./problem.ts";

/** What each top-level folder may import, itself aside. Folders that are not listed: anything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  engines: [],
  workloads: [],
  reports: [],
  cluster: ["engines"],
  bench: ["cluster", "workloads", "reports", "engines"],
};

/** Folders of which nothing is in the published package. */
const NOT_SHIPPED = ["test/", "scripts/", "bench/micro/", "vitest.config.ts"];

/** The file that a relative specifier names, from the root of the checkout. */
export function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(path), specifier);
}

/** The package of a bare specifier: `@scope/name` of `@scope/name/file.js`. */
export function packageOf(specifier: string): string | undefined {
  if (/^(?:[./]|[a-z]+:)/.test(specifier)) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

export function checkDirections(facts: readonly FileFacts[]): Problem[] {
  return facts.flatMap(({ path, imports }) => {
    const from = path.split("/")[0] ?? "";
    const allowed = MAY_IMPORT[from];
    if (allowed === undefined) return [];
    return imports.flatMap(({ specifier, line }) => {
      const to = targetOf(path, specifier)?.split("/")[0];
      if (to === undefined || to === from || allowed.includes(to)) return [];
      // Not code: for the version.
      if (to === "package.json") return [];
      const others = allowed.length === 0 ? "nothing" : allowed.join(", ");
      const message =
        `${from}/ must not import ${specifier}: it may import ${others} beside itself; ` +
        "move what is shared down, or hand it in from bench/";
      return [{ path, line, message }];
    });
  });
}

export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Development packages that are used as commands or by the compiler: package, then command. */
const COMMANDS: Readonly<Record<string, string>> = {
  "@biomejs/biome": "biome",
  typescript: "tsc",
  vitest: "vitest",
  node: "node",
};

/** Every package is declared where it is used, and used where it is declared. */
export function checkPackages(facts: readonly FileFacts[], manifest: Manifest): Problem[] {
  const shippedNames = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const allNames = { ...shippedNames, ...manifest.devDependencies, [manifest.name]: "" };
  const problems: Problem[] = [];
  const used = { shipped: new Set<string>(), anywhere: new Set<string>() };
  for (const file of facts) {
    const shipped = !NOT_SHIPPED.some((folder) => file.path.startsWith(folder));
    for (const { specifier, line, typeOnly } of file.imports) {
      const name = packageOf(specifier);
      if (name === undefined) continue;
      const declared = shipped && !typeOnly ? { ...shippedNames, [manifest.name]: "" } : allNames;
      if (name in declared) continue;
      const message = `${name} is not among the dependencies of package.json: declare it there`;
      problems.push({ path: file.path, line, message });
    }
    for (const name of packagesNamed(file, Object.keys(allNames))) {
      used.anywhere.add(name);
      if (shipped) used.shipped.add(name);
    }
  }
  const scripts = Object.values(manifest.scripts ?? {}).join(" ; ");
  for (const name of Object.keys(allNames)) {
    if (name === manifest.name) continue;
    const command = COMMANDS[name];
    const isUsed =
      (name in shippedNames ? used.shipped : used.anywhere).has(name) ||
      name.startsWith("@types/") ||
      (command !== undefined && new RegExp(`\\b${command}\\b`).test(scripts));
    if (isUsed) continue;
    const message = `${name} is a dependency that nothing imports: take it out`;
    problems.push({ path: "package.json", line: 1, message });
  }
  return problems;
}

/** Packages that a file imports, or names in a string (`import.meta.resolve("chart.js/...")`). */
function packagesNamed(file: FileFacts, names: readonly string[]): string[] {
  const specifiers = [...file.imports.map((i) => i.specifier), ...file.strings];
  return names.filter((name) => specifiers.some((s) => s === name || s.startsWith(`${name}/`)));
}

/** Optional packages are loaded when asked for, in their home, so that they may be absent. */
export function checkOptional(
  facts: readonly FileFacts[],
  manifest: Manifest,
  home: string,
): Problem[] {
  const optional = new Set(Object.keys(manifest.optionalDependencies ?? {}));
  return facts.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier }) => optional.has(packageOf(specifier) ?? ""))
      .flatMap((found) => optionalProblem(path, found, home)),
  );
}

function optionalProblem(path: string, found: ImportFact, home: string): Problem[] {
  const { specifier, line, kind, typeOnly } = found;
  if (!path.startsWith(home)) {
    const message = `${specifier} is optional: go through the engine in ${home}`;
    return [{ path, line, message }];
  }
  if (typeOnly || kind === "dynamic") return [];
  return [{ path, line, message: `${specifier} is optional: use await import() when it opens` }];
}
