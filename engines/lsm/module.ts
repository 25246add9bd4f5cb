// The LSM tree as the registry knows it.

import type { EngineModule } from "../engine.ts";
import { EngineError, ioError } from "../errors.ts";
import { claimFolder } from "../io/folder.ts";
import { nodeFileSystem } from "../io/node-filesystem.ts";
import { LOGGED_CAPABILITIES } from "../log/logged-engine.ts";
import { PACKAGE_VERSION } from "../version.ts";
import { InlineBackground } from "./background.ts";
import { LSM_IDENTITY } from "./identity.ts";
import { Lsm } from "./lsm.ts";
import { readLsmSettings } from "./settings.ts";
import { WorkerBackground } from "./worker.ts";

export const lsmModule: EngineModule = {
  name: "lsm",
  description: "log-structured merge tree: lz4 blocks, Bloom filters, leveled compaction",
  version: () => PACKAGE_VERSION,
  supports: LOGGED_CAPABILITIES,
  async open(options) {
    const settings = readLsmSettings(options);
    if (!LOGGED_CAPABILITIES.durability.includes(options.durability)) {
      throw new EngineError("ENGINE_UNSUPPORTED", `lsm has no level ${options.durability}`);
    }
    const { fileSystem, dir, errorIfMissing } = options;
    const lock = claimFolder(fileSystem, dir, LSM_IDENTITY, errorIfMissing);
    // Another file system than the real one cannot be seen from another thread.
    const isInline = options.background === "inline" || fileSystem !== nodeFileSystem;
    const background = isInline ? new InlineBackground(fileSystem) : new WorkerBackground();
    try {
      return new Lsm(options, settings, lock, background);
    } catch (error) {
      lock.release();
      throw ioError(error, `cannot open ${dir}`, dir);
    }
  },
};
