// The hash log as the registry knows it.

import type { EngineModule } from "../engine.ts";
import { EngineError, ioError } from "../errors.ts";
import { claimFolder } from "../io/folder.ts";
import { LOGGED_CAPABILITIES } from "../log/logged-engine.ts";
import { readSettings } from "../settings.ts";
import { PACKAGE_VERSION } from "../version.ts";
import { HashLog } from "./hashlog.ts";
import { HASHLOG_IDENTITY } from "./identity.ts";

const SETTINGS = {
  segmentSizeBytes: {
    kind: "integer",
    default: 128 * 1024 * 1024,
    min: 64 * 1024,
    max: 1024 * 1024 * 1024,
  },
  autoMerge: { kind: "boolean", default: true },
  spacePercentMax: { kind: "integer", default: 150, min: 125, max: 10_000 },
} as const;

export const hashlogModule: EngineModule = {
  name: "hashlog",
  description: "append-only hash log: values in segments on disk, every key in memory",
  version: () => PACKAGE_VERSION,
  supports: LOGGED_CAPABILITIES,
  async open(options) {
    const settings = readSettings("hashlog", options.settings, SETTINGS);
    if (!settings.autoMerge && Object.hasOwn(options.settings, "spacePercentMax")) {
      throw new EngineError(
        "ENGINE_OPTION",
        "setting spacePercentMax bounds what autoMerge leaves, and autoMerge is false; drop one",
      );
    }
    if (!LOGGED_CAPABILITIES.durability.includes(options.durability)) {
      throw new EngineError("ENGINE_UNSUPPORTED", `hashlog has no level ${options.durability}`);
    }
    const { fileSystem, dir, errorIfMissing } = options;
    const lock = claimFolder(fileSystem, dir, HASHLOG_IDENTITY, errorIfMissing);
    try {
      return new HashLog(options, settings, lock);
    } catch (error) {
      lock.release();
      throw ioError(error, `cannot open ${dir}`, dir);
    }
  },
} as const;
