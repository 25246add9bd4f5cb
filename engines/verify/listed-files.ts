// What can be said of a store that does not open: each log that its manifest lists is read by
// itself, so that damage behind the first place is named too.

import path from "node:path";
import type { VerifyReport } from "../engine.ts";
import { EngineError } from "../errors.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES, readLogHeader } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import { checkListed, type ManifestEntry, readManifest } from "../log/manifest.ts";

/** Logs, and snapshot files, which are written like logs. */
const LOG_NAME = /^(\d{6,10})\.(?:log|snap)$/;

export interface ListedReport extends VerifyReport {
  /** Files that the manifest lists and that cannot be read by themselves. */
  readonly unchecked: readonly string[];
}

/** The first damage in each file. Of a damaged or absent manifest nothing follows. */
export function verifyListedFiles(fileSystem: FileSystem, dir: string): ListedReport {
  const report = { filesChecked: 0, recordsChecked: 0, bytesChecked: 0 };
  const problems: VerifyReport["problems"][number][] = [];
  const unchecked: string[] = [];
  const entries = orNone(() => readManifest(fileSystem, dir)) ?? [];
  for (const [i, entry] of entries.entries()) {
    const file = path.join(dir, entry.name);
    try {
      checkListed(fileSystem, dir, entry);
      const id = Number(LOG_NAME.exec(entry.name)?.[1]);
      if (!(id > 0)) {
        unchecked.push(file);
        continue;
      }
      report.filesChecked++;
      const isLast = i === entries.length - 1;
      const { records, bytes } = verifyLog(fileSystem, file, id, entry, isLast);
      report.recordsChecked += records;
      report.bytesChecked += bytes;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      problems.push({
        file: error.file ?? file,
        offset: error.offset ?? 0,
        message: error.message,
      });
    }
  }
  return { ...report, problems, unchecked };
}

function verifyLog(
  fileSystem: FileSystem,
  path: string,
  fileId: number,
  entry: ManifestEntry,
  isLast: boolean,
): { records: number; bytes: number } {
  const file = fileSystem.openSync(path, "read");
  try {
    const durability = readLogHeader(file, fileId);
    const provenBytes = entry.sizeBytes ?? 0;
    const scan = { file, fileId, from: LOG_HEADER_BYTES, durability, isLast, provenBytes };
    const { records, end } = scanLog(scan, () => {});
    return { records, bytes: end };
  } finally {
    file.closeSync();
  }
}

function orNone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}
