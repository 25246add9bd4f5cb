// The settings of the engine, and how `cacheBytes` is shared out.

import type { EngineOptions } from "../engine.ts";
import { EngineError } from "../errors.ts";
import { readSettings } from "../settings.ts";
import type { PlanSettings } from "./compaction-plan.ts";
import type { TableOptions } from "./table-writer.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

export interface LsmSettings extends PlanSettings, TableOptions {
  /** A memtable, and its log, are sealed before they grow beyond this. Two are kept at most. */
  readonly memtableBytes: number;
  /** What is left of `cacheBytes` beside the memtables. */
  readonly blockCacheBytes: number;
  /** A compaction ends a table when it has grown to this. */
  readonly tableBytes: number;
}

/** Half of `cacheBytes` is for two memtables, unless that makes them larger than this. */
const MEMTABLE_BYTES_DEFAULT_MAX = 64 * MIB;

/** Throws ENGINE_OPTION for settings that are unknown, out of range, or contradict each other. */
export function readLsmSettings(options: EngineOptions): LsmSettings {
  const quarter = Math.floor(options.cacheBytes / 4);
  const memtableDefault = Math.min(MEMTABLE_BYTES_DEFAULT_MAX, Math.max(64 * KIB, quarter));
  const given = readSettings("lsm", options.settings, {
    memtableBytes: {
      kind: "integer",
      default: memtableDefault,
      min: 64 * KIB,
      max: 1024 * MIB,
    },
    blockBytes: { kind: "integer", default: 4 * KIB, min: 64, max: MIB },
    filterBitsPerKey: { kind: "integer", default: 10, min: 0, max: 64 },
    compress: { kind: "boolean", default: true },
    tableBytes: { kind: "integer", default: 16 * MIB, min: 4 * KIB, max: 1024 * MIB },
    level0Trigger: { kind: "integer", default: 4, min: 2, max: 12 },
    levelBaseBytes: { kind: "integer", default: 64 * MIB, min: 4 * KIB, max: 2 ** 40 },
    tiered: { kind: "boolean", default: false },
  });
  if (given.levelBaseBytes < given.tableBytes) {
    throw new EngineError(
      "ENGINE_OPTION",
      `settings of engine lsm contradict each other: levelBaseBytes ${given.levelBaseBytes} is ` +
        `below tableBytes ${given.tableBytes}: level 1 would never hold a table; raise the first`,
    );
  }
  // The default is at least 64 KiB, whatever `cacheBytes` is; more than that is a wish, and counts.
  if (given.memtableBytes > memtableDefault && 2 * given.memtableBytes > options.cacheBytes) {
    throw new EngineError(
      "ENGINE_OPTION",
      "settings of engine lsm contradict each other: two memtables of " +
        `${given.memtableBytes} bytes are more than cacheBytes, ${options.cacheBytes}; ` +
        "raise cacheBytes or lower memtableBytes",
    );
  }
  return {
    ...given,
    policy: given.tiered ? "tiered" : "leveled",
    blockCacheBytes: Math.max(0, options.cacheBytes - 2 * given.memtableBytes),
  };
}
