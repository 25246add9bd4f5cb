// The memory engine with the smallest budget and files that it takes, so that a small test meets
// eviction, several files of each kind, and snapshots that follow one another.

import type { EngineModule } from "../../../engines/engine.ts";
import { memoryModule } from "../../../engines/memory/module.ts";

const KIB = 1024;

export const TINY_SETTINGS = {
  memoryBytes: 64 * KIB,
  snapshotLogBytes: 64 * KIB,
  fileSizeBytes: 64 * KIB,
} as const;

export const engine: EngineModule = {
  ...memoryModule,
  open: (options) =>
    memoryModule.open({ ...options, settings: { ...TINY_SETTINGS, ...options.settings } }),
};
