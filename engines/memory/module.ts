// The memory engine as the registry knows it.

import type { EngineModule } from "../engine.ts";
import { EngineError, ioError } from "../errors.ts";
import { claimFolder } from "../io/folder.ts";
import { LOGGED_CAPABILITIES } from "../log/logged-engine.ts";
import { readSettings } from "../settings.ts";
import { PACKAGE_VERSION } from "../version.ts";
import { MEMORY_IDENTITY } from "./identity.ts";
import { MemoryEngine } from "./memory.ts";

const SETTINGS = {
  memoryBytes: { kind: "integer", default: 2 ** 30, min: 64 * 1024, max: 2 ** 35 },
  snapshotLogBytes: { kind: "integer", default: 64 * 1024 * 1024, min: 64 * 1024, max: 2 ** 40 },
  fileSizeBytes: { kind: "integer", default: 2 ** 30, min: 64 * 1024, max: 2 ** 33 },
} as const;

export const memoryModule: EngineModule = {
  name: "memory",
  description: "all keys and the hot values in memory, every record in logs and snapshot files",
  version: () => PACKAGE_VERSION,
  supports: LOGGED_CAPABILITIES,
  async open(options) {
    const settings = readSettings("memory", options.settings, SETTINGS);
    if (!LOGGED_CAPABILITIES.durability.includes(options.durability)) {
      throw new EngineError("ENGINE_UNSUPPORTED", `memory has no level ${options.durability}`);
    }
    const { fileSystem, dir, errorIfMissing } = options;
    const lock = claimFolder(fileSystem, dir, MEMORY_IDENTITY, errorIfMissing);
    try {
      return new MemoryEngine(options, settings, lock);
    } catch (error) {
      lock.release();
      throw ioError(error, `cannot open ${dir}`, dir);
    }
  },
};
