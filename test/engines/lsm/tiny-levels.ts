// An lsm store whose levels are a few tables each, so that a small test fills several; what a
// folder holds beside what its manifest lists; and waiting for background work that runs inline.

import path from "node:path";
import { expect } from "vitest";
import type { Engine, EngineOptions } from "../../../engines/engine.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { readManifest } from "../../../engines/log/manifest.ts";
import { lsmModule } from "../../../engines/lsm/module.ts";
import { completeOptions } from "../../../engines/options.ts";
import { STORE_DIR } from "../support/tiny-store.ts";

export type Settings = EngineOptions["settings"];

/** Level 1 has one table, level 2 ten. */
export const TINY_LEVELS: Settings = {
  memtableBytes: 64 * 1024,
  blockBytes: 128,
  tableBytes: 4 * 1024,
  levelBaseBytes: 4 * 1024,
  level0Trigger: 2,
  compress: false,
};

export function openTiny(
  fileSystem: FileSystem,
  options: Partial<EngineOptions> = {},
): Promise<Engine> {
  const { settings = {}, ...rest } = options;
  return lsmModule.open(
    completeOptions({
      dir: STORE_DIR,
      fileSystem,
      background: "inline",
      // Room for two memtables, and a cache of a few blocks.
      cacheBytes: 2 * 64 * 1024 + 6000,
      ...rest,
      settings: { ...TINY_LEVELS, ...settings },
    }),
  );
}

/** Names of tables and logs that are there, and those that the manifest lists. */
export function expectOnlyListed(fileSystem: FileSystem, what: string, dir = STORE_DIR): void {
  const listed = readManifest(fileSystem, dir)!.map(({ name }) => name);
  const there = fileSystem.listSync(dir).filter((name) => /\.(sst|log|tmp)$/.test(name));
  expect(there, `${what}: files and manifest`).toEqual(listed.sort());
}

/** Level of each table, by name, as the manifest has it. */
export function levelsByName(fileSystem: FileSystem, dir = STORE_DIR): Map<string, number> {
  const tables = (readManifest(fileSystem, dir) ?? []).filter(({ level }) => level !== undefined);
  return new Map(tables.map(({ name, level }) => [name, level!]));
}

export function tablesOf(fileSystem: FileSystem, dir = STORE_DIR): string[] {
  const names = fileSystem.listSync(dir).filter((name) => name.endsWith(".sst"));
  return names.map((name) => path.join(dir, name));
}

/** Far more turns of the microtask queue than the longest inline work here has steps. */
const TURNS_MAX = 20_000;

/** Lets inline work come to its end: it waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX / 10; turn++) await undefined;
}

/** The promise's value; fails when it is not settled though nothing is left to run. */
export async function settled<T>(promise: T | Promise<T>, what: string): Promise<T> {
  if (!(promise instanceof Promise)) return promise;
  let isSettled = false;
  const note = () => {
    isSettled = true;
  };
  promise.then(note, note);
  for (let turn = 0; turn < TURNS_MAX && !isSettled; turn++) await undefined;
  if (!isSettled) expect.fail(`${what}: it waits for ever`);
  return promise;
}
