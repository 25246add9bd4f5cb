// Engines by name: our own, the adapters, and modules of the user's own.
//
// Own engines are loaded when they are asked for, so that one that is not used costs nothing and
// an optional package that is absent harms nobody.

import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Capabilities, Engine, EngineModule } from "./engine.ts";
import { positionOf } from "./error-position.ts";
import { EngineError } from "./errors.ts";
import { nodeFileSystem } from "./io/node-filesystem.ts";
import { completeOptions, type OpenEngineOptions } from "./options.ts";

const OWN: Readonly<Record<string, () => Promise<EngineModule>>> = {
  hashlog: async () => (await import("./hashlog/module.ts")).hashlogModule,
  lsm: async () => (await import("./lsm/module.ts")).lsmModule,
  memory: async () => (await import("./memory/module.ts")).memoryModule,
  null: async () => (await import("./null/module.ts")).nullModule,
  leveldb: async () => (await import("./native/leveldb.ts")).leveldbModule,
  rocksdb: async () => (await import("./native/rocksdb.ts")).rocksdbModule,
  lmdb: async () => (await import("./native/lmdb.ts")).lmdbModule,
  sqlite: async () => (await import("./native/sqlite.ts")).sqliteModule,
};

/** Names that `loadEngine` takes without a path, in the order in which tables show them. */
export function engineNames(): readonly string[] {
  return Object.keys(OWN);
}

/**
 * The module of an engine: one of `engineNames()`; a path (`./mine.ts`, `/abs/mine.js`, a
 * `file:` URL), relative to the working directory; or a package that is installed there. A
 * module of the user's own exports an EngineModule as `default` or as `engine`.
 *
 * Throws ENGINE_UNKNOWN when there is none of that name, or what is there is no EngineModule;
 * ENGINE_UNAVAILABLE when it is there but does not load; of its cause `positionOf` says where.
 */
export async function loadEngine(nameOrPathOrPackage: string): Promise<EngineModule> {
  const own = Object.hasOwn(OWN, nameOrPathOrPackage) ? OWN[nameOrPathOrPackage] : undefined;
  if (own !== undefined) return loadOwn(nameOrPathOrPackage, own);
  const url = resolveModule(nameOrPathOrPackage);
  if (url === undefined) throw unknownEngine(nameOrPathOrPackage);
  if (!nodeFileSystem.existsSync(fileURLToPath(url))) throw unknownEngine(nameOrPathOrPackage);
  let exports: { readonly default?: unknown; readonly engine?: unknown };
  try {
    exports = await import(url);
  } catch (cause) {
    await putPlaceInStack(cause, url);
    throw new EngineError(
      "ENGINE_UNAVAILABLE",
      `engine ${nameOrPathOrPackage} does not load: ${firstLine(cause)}`,
      { cause },
    );
  }
  return checkModule(exports.engine ?? exports.default, nameOrPathOrPackage);
}

/** Loads and opens an engine: durability `os`, 32 MiB of cache, one write at a time. */
export async function openEngine(name: string, options: OpenEngineOptions): Promise<Engine> {
  const module = await loadEngine(name);
  const durability = options.durability ?? "os";
  if (!module.supports.durability.includes(durability)) {
    throw new EngineError(
      "ENGINE_UNSUPPORTED",
      `engine ${module.name} cannot give durability ${durability}; ` +
        `it gives ${module.supports.durability.join(", ")}`,
    );
  }
  return module.open(completeOptions({ ...options, durability }));
}

/** lz4-napi brings its native part as an optional package, which may have been left out. */
async function loadOwn(name: string, load: () => Promise<EngineModule>): Promise<EngineModule> {
  try {
    return await load();
  } catch (cause) {
    throw new EngineError(
      "ENGINE_UNAVAILABLE",
      `engine ${name} does not load: ${firstLine(cause)} ` +
        "(were the packages installed with --omit=optional?)",
      { cause },
    );
  }
}

/** The URL to import, or undefined when it is neither a path nor an installed package. */
function resolveModule(specifier: string): string | undefined {
  if (specifier.startsWith("file:")) return specifier;
  const isPath =
    specifier.startsWith(".") || path.isAbsolute(specifier) || /\.[cm]?[jt]s$/.test(specifier);
  if (isPath) return pathToFileURL(path.resolve(specifier)).href;
  try {
    const fromHere = createRequire(path.join(process.cwd(), "package.json"));
    return pathToFileURL(fromHere.resolve(specifier)).href;
  } catch {
    return undefined;
  }
}

/**
 * In front of the stack of what does not compile stands its place, in TypeScript and CommonJS. That
 * of other modules is put there too.
 */
async function putPlaceInStack(cause: unknown, url: string): Promise<void> {
  if (!(cause instanceof SyntaxError) || positionOf(cause) !== undefined) return;
  const { dyingWords } = await import("./conformance/process.ts");
  const said = dyingWords(url);
  if (said.includes(cause.message)) cause.stack = said;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0]!;
}

const CAPABILITY_TYPES: Readonly<Record<keyof Capabilities, "boolean" | "number" | "object">> = {
  durability: "object",
  scan: "boolean",
  snapshot: "boolean",
  scanIsolation: "boolean",
  atomicBatch: "boolean",
  synchronous: "boolean",
  verify: "boolean",
  checkpoint: "boolean",
  compact: "boolean",
  verifiesReads: "boolean",
  persistent: "boolean",
  minKeyBytes: "number",
  maxKeyBytes: "number",
  maxValueBytes: "number",
};

/** Throws ENGINE_UNKNOWN that says what is missing; a wrong manifest shows now, not in a run. */
function checkModule(candidate: unknown, specifier: string): EngineModule {
  const refuse = (what: string): EngineError =>
    new EngineError("ENGINE_UNKNOWN", `${specifier} exports no EngineModule: ${what}`);
  if (typeof candidate !== "object" || candidate === null) {
    throw refuse("neither `engine` nor the default export is an object");
  }
  const module = candidate as Partial<EngineModule>;
  if (typeof module.name !== "string" || module.name === "") throw refuse("`name` is missing");
  if (typeof module.description !== "string") throw refuse("`description` is missing");
  if (typeof module.version !== "function") throw refuse("`version` is not a function");
  if (typeof module.open !== "function") throw refuse("`open` is not a function");
  const supports: Partial<Capabilities> | undefined = module.supports;
  if (typeof supports !== "object" || supports === null) throw refuse("`supports` is missing");
  for (const [name, type] of Object.entries(CAPABILITY_TYPES)) {
    const value = supports[name as keyof Capabilities];
    if (typeof value !== type) throw refuse(`\`supports.${name}\` must be a ${type}`);
  }
  if (!Array.isArray(supports.durability) || supports.durability.length === 0) {
    throw refuse("`supports.durability` must name at least one level");
  }
  return module as EngineModule;
}

function unknownEngine(name: string): EngineError {
  const names = engineNames();
  const [nearest] = [...names].sort((a, b) => editDistance(name, a) - editDistance(name, b));
  const isNear = editDistance(name, nearest!) <= Math.max(2, name.length / 3);
  return new EngineError(
    "ENGINE_UNKNOWN",
    `no engine "${name}"; ${isNear ? `the nearest is "${nearest}"; ` : ""}` +
      `there are ${names.join(", ")}, or a path or package of your own`,
  );
}

/** Levenshtein distance: the fewest insertions, deletions and replacements of a character. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
