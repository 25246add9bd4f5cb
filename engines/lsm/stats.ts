// The figures of the engine in the words of the contract.

import type { EngineStats } from "../engine.ts";
import type { BackPressure } from "./back-pressure.ts";
import type { Compactor } from "./compactor.ts";
import type { Tree } from "./tree.ts";

/** Counted since open, for `stats`. */
export interface LsmCounters {
  userBytesWritten: number;
  userBytesRead: number;
  scanBytesRead: number;
}

export function lsmStats(
  tree: Tree,
  compactor: Compactor,
  pressure: BackPressure,
  counters: LsmCounters,
): EngineStats {
  const { writer, cache, version } = tree;
  const { userBytesWritten, userBytesRead, scanBytesRead } = counters;
  const bytesWritten = { log: writer.bytesWritten, ...compactor.bytesWritten };
  const written = bytesWritten.log + bytesWritten.table + bytesWritten.compaction;
  const get = tree.counters.getBytesRead;
  const memtables = [tree.active, ...tree.sealed];
  const failure = compactor.failure?.message;
  return {
    userBytesWritten,
    userBytesRead,
    bytesWritten,
    bytesRead: { get, scan: scanBytesRead, compaction: compactor.bytesRead },
    ...(userBytesWritten > 0 ? { writeAmplification: written / userBytesWritten } : {}),
    ...(userBytesRead > 0 ? { readAmplification: (get + scanBytesRead) / userBytesRead } : {}),
    cacheHits: cache.hits,
    cacheMisses: cache.misses,
    filterChecks: tree.counters.filterChecks,
    filterFalsePositives: tree.counters.filterFalsePositives,
    stalls: pressure.stalls,
    stallNs: pressure.stallNs,
    compactionDebtBytes: compactor.debtBytes,
    files: version.tables().length + memtables.length,
    diskBytes: tree.diskBytes,
    levels: version.levels.map((tables, level) => ({
      files: tables.length,
      bytes: version.levelBytes(level),
    })),
    memoryBytes: {
      memtables: memtables.reduce((sum, memtable) => sum + memtable.memoryBytes, 0),
      cache: cache.usedBytes,
    },
    syncs: writer.syncCount,
    writes: writer.writeCount,
    recovery: {
      ...tree.recovery,
      ...(failure === undefined ? {} : { backgroundFailure: failure }),
    },
  };
}
