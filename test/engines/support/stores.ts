// Opening the engines of our own in temporary folders, and comparing them with a plain Map.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Durability, Engine, EngineModule, EngineOptions } from "../../../engines/engine.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { completeOptions } from "../../../engines/options.ts";
import { engineNames, loadEngine } from "../../../engines/registry.ts";
import { FaultyFileSystem } from "./faulty-filesystem.ts";

const NOT_OWN = new Set(["null", "leveldb", "rocksdb", "lmdb", "sqlite"]);

/** The engines of our own that keep data: all of the registry but the adapters and `null`. */
export const OWN_ENGINES: readonly EngineModule[] = await Promise.all(
  engineNames()
    .filter((name) => !NOT_OWN.has(name))
    .map(loadEngine),
);

export function isOwn(module: EngineModule): boolean {
  return !NOT_OWN.has(module.name);
}

/** How far apart the places are that an exhaustive test tries: all of them in the nightly run. */
export function stride(everyday: number): number {
  return process.env.RINGBENCH_NIGHTLY === "1" ? 1 : everyday;
}

/** Without `fileSystem`: the real one, but for syncs, which take time and change nothing here. */
export interface OpenOptions {
  readonly durability?: Durability;
  readonly fileSystem?: FileSystem;
  readonly writeGrouping?: "one" | "tick";
  readonly settings?: EngineOptions["settings"];
  readonly cacheBytes?: number;
}

export function open(
  module: EngineModule,
  dir: string,
  options: OpenOptions = {},
): Promise<Engine> {
  return module.open(
    completeOptions({
      dir,
      fileSystem: new FaultyFileSystem(),
      cacheBytes: 1024 * 1024,
      ...options,
    }),
  );
}

const SMALL_FILES: Readonly<Record<string, EngineOptions["settings"]>> = {
  hashlog: { segmentSizeBytes: 64 * 1024 },
  memory: { snapshotLogBytes: 64 * 1024 },
  lsm: {
    memtableBytes: 64 * 1024,
    blockBytes: 256,
    tableBytes: 16 * 1024,
    level0Trigger: 2,
    levelBaseBytes: 32 * 1024,
  },
};

/** The smallest files that the engine takes, so that a small test has several. */
export function smallFiles(module: EngineModule): EngineOptions["settings"] {
  return SMALL_FILES[module.name] ?? {};
}

export async function inTempDir<T>(run: (dir: string) => Promise<T>): Promise<T> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-test-"));
  try {
    return await run(dir);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

/** Every record, by a full scan. */
export async function contents(engine: Engine): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const cursor = engine.scan();
  for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
    for (let i = 0; i < chunk.count; i++) found.set(text(chunk.key(i))!, text(chunk.value(i))!);
  }
  return found;
}

/** A small seeded generator for tests: xorshift32. */
export function seeded(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
