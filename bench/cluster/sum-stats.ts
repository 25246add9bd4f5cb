// The figures of several engines as those of one. Ratios are left out: they are no sums. So are
// facts about one opening, mean latencies, and what users wrote and read: each engine counts the
// copies that it holds, and the cluster alone knows what was written once.

import type { EngineStats } from "../../engines/engine.ts";

const SUMS = [
  "cacheHits",
  "cacheMisses",
  "filterChecks",
  "filterFalsePositives",
  "stalls",
  "stallNs",
  "compactionDebtBytes",
  "liveBytes",
  "deadBytes",
  "files",
  "diskBytes",
  "syncs",
  "writes",
] as const;
const SUMS_BY_PART = ["bytesWritten", "bytesRead", "memoryBytes"] as const;

type Sums = { -readonly [K in keyof EngineStats]: EngineStats[K] };

/** A figure that no engine knows is absent; one that only some know is the sum of those. */
export function sumStats(all: readonly EngineStats[]): EngineStats {
  const sums: Sums = {};
  for (const stats of all) {
    for (const name of SUMS) {
      const figure = stats[name];
      if (figure !== undefined) sums[name] = (sums[name] ?? 0) + figure;
    }
    for (const name of SUMS_BY_PART) {
      const parts = stats[name];
      if (parts === undefined) continue;
      const sum: Record<string, number> = { ...sums[name] };
      for (const [part, figure] of Object.entries(parts)) sum[part] = (sum[part] ?? 0) + figure;
      sums[name] = sum;
    }
  }
  return sums;
}
