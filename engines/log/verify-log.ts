// Reads whole log files and checks every byte.

import type { Durability, VerifyProblem, VerifyReport } from "../engine.ts";
import { EngineError } from "../errors.ts";
import type { File } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES, readLogHeader } from "./log-header.ts";
import { scanLog } from "./log-scan.ts";

export interface LogFile {
  readonly id: number;
  readonly file: File;
  readonly sizeBytes: number;
}

/** Damage is listed, the first in each file; only other failures are thrown. */
export async function verifyLogFiles(
  files: readonly LogFile[],
  durability: Durability,
): Promise<VerifyReport> {
  const problems: VerifyProblem[] = [];
  let recordsChecked = 0;
  let bytesChecked = 0;
  const pause = new Uint8Array(1);
  for (const { file, id, sizeBytes } of files) {
    await file.read(pause, 0, 1, 0);
    try {
      readLogHeader(file, id);
      const scan = { file, fileId: id, from: LOG_HEADER_BYTES, durability };
      const { records } = scanLog({ ...scan, isLast: false, provenBytes: sizeBytes }, () => {});
      recordsChecked += records;
      bytesChecked += sizeBytes;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      problems.push({ file: file.path, offset: error.offset ?? 0, message: error.message });
    }
  }
  return { filesChecked: files.length, recordsChecked, bytesChecked, problems };
}
