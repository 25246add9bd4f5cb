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
  snapshotLogBytes: { kind: "integer", default: 64 * 1024 * 1024, min: 64 * 1024, max: 2 ** 40 },
} as const;

export const memoryModule: EngineModule = {
  name: "memory",
  description: "everything in memory, with a log and snapshot files on disk",
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
