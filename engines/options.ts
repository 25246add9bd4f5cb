// What an engine is opened with when nothing else was said.

import type { EngineOptions } from "./engine.ts";
import { systemClock } from "./io/clock.ts";
import { nodeFileSystem } from "./io/node-filesystem.ts";

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;

/** What `completeOptions` fills in: all of EngineOptions but the folder has a default. */
export type OpenEngineOptions = { readonly dir: string } & Partial<EngineOptions>;

/**
 * The options with defaults for what is absent: the real file system and clock, durability `os`,
 * 32 MiB of cache, one write at a time. Long work runs on a worker thread, but inline on any
 * other file system than the real one, which no other thread could see.
 */
export function completeOptions(given: OpenEngineOptions): EngineOptions {
  const fileSystem = given.fileSystem ?? nodeFileSystem;
  const { onEvent = () => {} } = given;
  return {
    durability: "os",
    errorIfMissing: false,
    cacheBytes: DEFAULT_CACHE_BYTES,
    writeGrouping: "one",
    background: fileSystem === nodeFileSystem ? "worker" : "inline",
    clock: systemClock,
    settings: {},
    ...given,
    fileSystem,
    // Who only looks on must not break what is looked at.
    onEvent: (event) => {
      try {
        onEvent(event);
      } catch {
        // Its own affair.
      }
    },
  };
}
