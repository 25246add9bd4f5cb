// Copies whole segments: a checkpoint.

import { EngineError } from "../errors.ts";
import type { FileSystem } from "../io/filesystem.ts";
import { claimFolder } from "../io/folder.ts";
import { writeManifest } from "../log/manifest.ts";
import { HASHLOG_IDENTITY } from "./identity.ts";
import { type Segment, segmentName, segmentPath } from "./segment.ts";

const COPY_BYTES = 1024 * 1024;

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
    fileSystem.syncDirSync(dir);
    const entries = segments.map(({ id, sizeBytes }) => ({ name: segmentName(id), sizeBytes }));
    writeManifest(fileSystem, dir, entries);
  } finally {
    lock.release();
  }
}
