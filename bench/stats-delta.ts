// The statistics of a row. Engines count since they were opened, and several rows share an opening,
// so counters are differences between the end and the start of the row, warm-up included, and
// ratios are of those differences. What is a state and no counter (bytes on disk, keys, memory) is
// that of the end. What an engine does not count is absent, never 0.

import type { EngineStats } from "../engines/engine.ts";

const COUNTERS = [
  "userBytesWritten",
  "userBytesRead",
  "cacheHits",
  "cacheMisses",
  "filterChecks",
  "filterFalsePositives",
  "stalls",
  "stallNs",
  "syncs",
  "writes",
] as const;

type Counts = Readonly<Record<string, number>>;

/** Purposes of bytes read that users wait for; others are work of the engine's own. */
const READ_FOR_USERS = ["get", "scan"] as const;

export function statsDelta(before: EngineStats, after: EngineStats): EngineStats {
  const { writeAmplification: _write, readAmplification: _read, ...rest } = after;
  const delta: { -readonly [K in keyof EngineStats]: EngineStats[K] } = { ...rest };
  for (const name of COUNTERS) {
    const end = after[name];
    if (end !== undefined) delta[name] = end - (before[name] ?? 0);
  }
  const written = countsDelta(before.bytesWritten, after.bytesWritten);
  const read = countsDelta(before.bytesRead, after.bytesRead);
  if (written !== undefined) delta.bytesWritten = written;
  if (read !== undefined) delta.bytesRead = read;
  const writeRatio = ratio(sumOf(written), delta.userBytesWritten);
  const readRatio = ratio(sumOf(read, READ_FOR_USERS), delta.userBytesRead);
  if (writeRatio !== undefined) delta.writeAmplification = writeRatio;
  if (readRatio !== undefined) delta.readAmplification = readRatio;
  return delta;
}

function countsDelta(before: Counts | undefined, after: Counts | undefined): Counts | undefined {
  if (after === undefined) return undefined;
  const deltas = Object.entries(after).map(([name, end]) => [name, end - (before?.[name] ?? 0)]);
  return Object.fromEntries(deltas);
}

/** Absent when none of the names is counted. */
function sumOf(counts: Counts | undefined, names?: readonly string[]): number | undefined {
  if (counts === undefined) return undefined;
  const wanted = Object.keys(counts).filter((name) => names?.includes(name) ?? true);
  if (wanted.length === 0) return undefined;
  return wanted.reduce((sum, name) => sum + counts[name]!, 0);
}

/** Absent when nothing was asked of the engine, so that there is nothing to relate to. */
function ratio(bytes: number | undefined, userBytes: number | undefined): number | undefined {
  if (bytes === undefined || userBytes === undefined || userBytes <= 0) return undefined;
  return bytes / userBytes;
}
