// Opening the engines of our own in temporary folders, and comparing them with a plain Map.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Durability, Engine, EngineModule } from "../../../engines/engine.ts";
import { hashlogModule } from "../../../engines/hashlog/module.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { memoryModule } from "../../../engines/memory/module.ts";
import { FaultyFileSystem } from "./faulty-filesystem.ts";

export const OWN_ENGINES: readonly EngineModule[] = [hashlogModule, memoryModule];

/** How far apart the places are that an exhaustive test tries: all of them in the nightly run. */
export function stride(everyday: number): number {
  return process.env.RINGBENCH_NIGHTLY === "1" ? 1 : everyday;
}

/** Without `fileSystem`: the real one, but for syncs, which take time and change nothing here. */
export interface OpenOptions {
  readonly durability?: Durability;
  readonly fileSystem?: FileSystem;
  readonly writeGrouping?: "one" | "tick";
  readonly settings?: Record<string, number>;
  readonly cacheBytes?: number;
}

export function open(
  module: EngineModule,
  dir: string,
  options: OpenOptions = {},
): Promise<Engine> {
  return module.open({
    dir,
    durability: options.durability ?? "os",
    fileSystem: options.fileSystem ?? new FaultyFileSystem(),
    errorIfMissing: false,
    cacheBytes: options.cacheBytes ?? 1024 * 1024,
    writeGrouping: options.writeGrouping ?? "one",
    settings: options.settings ?? {},
  });
}

/** The smallest files that the engine takes, so that a small test has several. */
export function smallFiles(module: EngineModule): Record<string, number> {
  return module.name === "hashlog"
    ? { segmentSizeBytes: 64 * 1024 }
    : { snapshotLogBytes: 64 * 1024 };
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
