// How a database is opened: the options of abstract-level and those of the engine side by side, and
// what the database may promise in its manifest.

import type { AbstractDatabaseOptions } from "abstract-level";
import type { Capabilities, Engine, EngineModule, EngineOptions } from "../engine.ts";
import { EngineError } from "../errors.ts";
import { nodeFileSystem } from "../io/node-filesystem.ts";
import { completeOptions } from "../options.ts";
import { openEngine } from "../registry.ts";
import type { LevelManifest } from "./abstract.ts";
import { LevelError } from "./level-error.ts";

/** The options of an engine that are the user's to choose; `dir` is the location. */
export type EngineChoices = Partial<Omit<EngineOptions, "dir" | "errorIfMissing">>;

/**
 * `engine` is a name, a path or a package as for `openEngine`, or an engine's module. The other
 * options are those of abstract-level, and those of an engine with its defaults: `durability`
 * (`os`), `cacheBytes` (32 MiB), `settings`, `writeGrouping` (`one`), and the rest.
 */
export interface RingbenchLevelOptions<K, V> extends AbstractDatabaseOptions<K, V>, EngineChoices {
  readonly engine: string | EngineModule;
}

/** What abstract-level hands to `_open`. */
export interface OpenOptions extends EngineChoices {
  readonly createIfMissing: boolean;
  readonly errorIfExists: boolean;
}

const ENGINE_CHOICES: readonly (keyof EngineChoices)[] = [
  "durability",
  "fileSystem",
  "cacheBytes",
  "writeGrouping",
  "background",
  "clock",
  "onEvent",
  "settings",
];

/** Those of the options that are the engine's. */
export function engineChoices(options: EngineChoices): EngineChoices {
  const given = ENGINE_CHOICES.filter((key) => options[key] !== undefined);
  return Object.fromEntries(given.map((key) => [key, options[key]]));
}

/** The others: what abstract-level takes, hands to `_open`, and shows to hooks. */
export function levelOptions<K, V>(
  options: RingbenchLevelOptions<K, V>,
): AbstractDatabaseOptions<K, V> {
  const ours = new Set<string>(["engine", ...ENGINE_CHOICES]);
  return Object.fromEntries(Object.entries(options).filter(([key]) => !ours.has(key)));
}

/** What a lock leaves in a folder, and a file that was not finished: no data. */
const NO_DATA = /^(?:LOCK|LOCK-journal|lost\+found|.*\.tmp)$/;

/** What a database needs of an engine that is given by its name, before it is loaded. */
const EXPECTED = [
  "scan",
  "snapshot",
  "synchronous",
  "atomicBatch",
  "persistent",
  "compact",
] as const;

/** Of an engine that is given by its name: what our own engines do, and `openByName` checks. */
export function manifestOf(supports: Capabilities | undefined): LevelManifest {
  const snapshots = supports?.snapshot ?? true;
  // abstract-level reads `getSync` and does not declare it.
  const manifest: LevelManifest & { readonly getSync: boolean } = {
    encodings: { utf8: true, buffer: true, view: true },
    has: true,
    getSync: supports?.synchronous ?? true,
    implicitSnapshots: snapshots,
    explicitSnapshots: snapshots,
    permanence: supports?.persistent ?? true,
    createIfMissing: true,
    errorIfExists: true,
    additionalMethods: { compactRange: supports?.compact ?? true },
    signals: { iterators: true },
  };
  return manifest;
}

/** Opens the engine of a database. Throws EngineError or LevelError. */
export async function openLevelEngine(
  location: string,
  engine: string | EngineModule,
  options: OpenOptions,
): Promise<Engine> {
  const { createIfMissing, errorIfExists } = options;
  const name = typeof engine === "string" ? engine : engine.name;
  if (errorIfExists && holdsData(location, options)) {
    throw new LevelError(
      "LEVEL_DATABASE_EXISTS",
      `${location} exists and is not empty, and errorIfExists is true`,
    );
  }
  const given = { ...engineChoices(options), dir: location, errorIfMissing: !createIfMissing };
  try {
    if (typeof engine === "string") return await openByName(engine, given);
    return await engine.open(completeOptions(given));
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== "ENGINE_NOT_FOUND") throw error;
    const what = `${location} does not exist as a database of engine ${name}`;
    const why = `${what}, and createIfMissing is false`;
    throw new LevelError("LEVEL_DATABASE_NOT_FOUND", why, error);
  }
}

async function openByName(name: string, given: Parameters<typeof openEngine>[1]): Promise<Engine> {
  const engine = await openEngine(name, given);
  const missing = EXPECTED.filter((capability) => !engine.supports[capability]);
  if (missing.length === 0) return engine;
  await engine.close();
  throw new LevelError(
    "LEVEL_NOT_SUPPORTED",
    `engine ${name} lacks ${missing.join(", ")}; give its module (loadEngine("${name}")) ` +
      "instead of its name, so that `supports` of the database can say so",
  );
}

function holdsData(location: string, options: OpenOptions): boolean {
  const { fileSystem = nodeFileSystem } = options;
  return fileSystem.listSync(location).some((name) => !NO_DATA.test(name));
}
