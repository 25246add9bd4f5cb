// `--engines` and `--setting`: which engines take part, and what each of them is told.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { engineNames } from "../../engines/registry.ts";
import type { EngineSettings } from "../compare.ts";
import { isBytes, parseBytes } from "./numbers.ts";
import { oneOf, parseList, UsageError } from "./usage.ts";

/**
 * The engines of a list. Throws UsageError for a file that is not there, and for an engine that is
 * listed twice, in whichever spelling: its rows would pass for two runs.
 */
export function parseEngines(flag: string, text: string): string[] {
  const engines = parseList(flag, text);
  const places = engines.map(placeOf);
  places.forEach((place, i) => {
    const first = places.indexOf(place);
    if (first === i) return;
    const both = engines[i] === engines[first] ? "" : ` (as ${engines[first]} and ${engines[i]})`;
    const cure = "for several runs use --repeat";
    throw new UsageError(`${flag} has ${engines[first]} twice${both}; ${cure}`);
  });
  return engines;
}

/** Throws UsageError for the path of a module when no file is there. */
export function checkEngineFile(specifier: string): void {
  placeOf(specifier);
}

/** The file of a module of the user's own, links followed; of anything else what was written. */
function placeOf(specifier: string): string {
  if (engineNames().includes(specifier)) return specifier;
  const isUrl = specifier.startsWith("file:");
  const isPath = isUrl || /^\.|^\/|\.[cm]?[jt]s$/.test(specifier) || path.isAbsolute(specifier);
  if (!isPath) return specifier;
  const file = isUrl ? fileOf(specifier) : path.resolve(specifier);
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`engine ${specifier}: no such file`);
  if (!found.isFile()) {
    throw new UsageError(`engine ${specifier}: it is a folder; name the file of the module`);
  }
  return fs.realpathSync(file);
}

function fileOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new UsageError(`engine ${url}: not the URL of a file; write file:///path/to/module.ts`);
  }
}

/** `engine.name=value`, repeated; the values of settings in bytes may have a unit. */
export function parseSettings(
  given: readonly string[],
  engines: readonly string[],
): ReadonlyMap<string, EngineSettings> {
  const settings = new Map<string, Record<string, string | number | boolean>>();
  for (const text of given) {
    const match = /^(.+)\.([A-Za-z]\w*)=(.*)$/.exec(text);
    if (match === null)
      throw new UsageError(`--setting ${text} is not of the form engine.name=value`);
    const engine = engineOf(match[1]!, engines);
    const forEngine = settings.get(engine) ?? {};
    forEngine[match[2]!] = settingValue(match[2]!, match[3]!);
    settings.set(engine, forEngine);
  }
  return settings;
}

function engineOf(name: string, engines: readonly string[]): string {
  if (!engines.includes(name) && engineNames().includes(name)) {
    throw new UsageError(
      `--setting for ${name}, which is not in this run; --engines has ${engines.join(", ")}`,
    );
  }
  return oneOf("engine", name, engines);
}

function settingValue(name: string, text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  if (name.endsWith("Bytes") && isBytes(text)) return parseBytes(name, text, { min: 0 });
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
