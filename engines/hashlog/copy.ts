// Reads whole segments: to check every byte, and to copy them as a checkpoint.

import path from "node:path";
import type { Durability, VerifyProblem, VerifyReport } from "../engine.ts";
import { EngineError } from "../errors.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { claimFolder } from "../io/folder.ts";
import { LOG_HEADER_BYTES, readLogHeader } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import { writeManifest } from "../log/manifest.ts";
import { HASHLOG_IDENTITY } from "./identity.ts";
import { type Segment, segmentName, segmentPath } from "./segment.ts";

const COPY_BYTES = 1024 * 1024;

export async function verifySegments(
  segments: readonly Segment[],
  durability: Durability,
): Promise<VerifyReport> {
  const problems: VerifyProblem[] = [];
  let recordsChecked = 0;
  let bytesChecked = 0;
  const pause = new Uint8Array(1);
  for (const { file, id, sizeBytes } of segments) {
    await file.read(pause, 0, 1, 0);
    try {
      readLogHeader(file, id);
      const scan = { file, fileId: id, from: LOG_HEADER_BYTES, durability };
      recordsChecked += scanLog(
        { ...scan, isLast: false, provenBytes: sizeBytes },
        () => {},
      ).records;
      bytesChecked += sizeBytes;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      problems.push({ file: file.path, offset: error.offset ?? 0, message: error.message });
    }
  }
  return { filesChecked: segments.length, recordsChecked, bytesChecked, problems };
}

/** Copies the segments, each up to its size, into a new folder that opens as a store. */
export async function checkpointSegments(
  fileSystem: FileSystem,
  dir: string,
  segments: readonly Segment[],
): Promise<void> {
  if (fileSystem.listSync(dir).length > 0) {
    throw new EngineError(
      "ENGINE_WRONG_FOLDER",
      `${dir} is not empty; a checkpoint wants a new one`,
    );
  }
  const lock = claimFolder(fileSystem, dir, HASHLOG_IDENTITY, false);
  try {
    for (const segment of segments) {
      const copy = fileSystem.openSync(segmentPath(dir, segment.id), "create");
      try {
        const buffer = new Uint8Array(COPY_BYTES);
        for (let offset = 0; offset < segment.sizeBytes; ) {
          const wanted = Math.min(COPY_BYTES, segment.sizeBytes - offset);
          const length = await segment.file.read(buffer, 0, wanted, offset);
          copy.writeSync(buffer, 0, length, offset);
          offset += length;
        }
        await copy.sync();
      } finally {
        copy.closeSync();
      }
    }
    fileSystem.syncDirSync(path.dirname(segmentPath(dir, 1)));
    writeManifest(
      fileSystem,
      dir,
      segments.map((segment) => segmentName(segment.id)),
    );
  } finally {
    lock.release();
  }
}
