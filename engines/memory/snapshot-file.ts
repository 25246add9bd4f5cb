// A snapshot file: every live record of the store as of one moment, in the format of the log, under
// a name of its own. It replaces the logs before it.

import path from "node:path";
import type { EngineOptions } from "../engine.ts";
import { ignoreIoErrors, ioError } from "../errors.ts";
import type { IndexSnapshot, VersionedIndex } from "../index/versioned-index.ts";
import type { File } from "../io/filesystem.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../log/log-header.ts";
import { encodeRecord, newRecordBuffer, RecordKind, recordBytes } from "../log/record.ts";
import type { ValueArena } from "./value-arena.ts";

const BUFFER_BYTES = 1024 * 1024;

export interface SnapshotFileParts {
  readonly options: EngineOptions;
  readonly versions: VersionedIndex;
  readonly snapshot: IndexSnapshot;
  readonly values: ValueArena;
  readonly fileId: number;
  /** Sequence that every record of the file gets: that of the last write before the moment. */
  readonly sequence: number;
  /** Throws when the engine was closed meanwhile. */
  readonly assertOpen: () => void;
}

export function snapshotName(id: number): string {
  return `${String(id).padStart(6, "0")}.snap`;
}

/**
 * Writes the file in steps of about 1 MiB, other work in between, and syncs it. It is not in the
 * manifest yet. Returns its length in bytes.
 */
export async function writeSnapshotFile(parts: SnapshotFileParts, dir: string): Promise<number> {
  const { fileSystem } = parts.options;
  const filePath = path.join(dir, snapshotName(parts.fileId));
  const file = createLogFile(fileSystem, filePath, parts.fileId, "sync");
  try {
    const length = await writeRecords(parts, file);
    await file.sync();
    return length;
  } catch (cause) {
    ignoreIoErrors(() => fileSystem.removeSync(filePath));
    throw ioError(cause, `cannot write ${filePath}`, filePath);
  } finally {
    file.closeSync();
  }
}

async function writeRecords(parts: SnapshotFileParts, file: File): Promise<number> {
  const { versions, snapshot, values } = parts;
  const { entries } = versions.index;
  let buffer = newRecordBuffer(BUFFER_BYTES);
  let used = 0;
  let offset = LOG_HEADER_BYTES;
  for (const id of entries.ids()) {
    versions.read(id, snapshot);
    const { a: page, b: unit, c: length } = versions;
    if (page === 0) continue;
    const needed = recordBytes(entries.keyLength(id), length);
    if (used + needed > buffer.bytes.length) {
      file.writeSync(buffer.bytes, 0, used, offset);
      offset += used;
      used = 0;
      if (needed > buffer.bytes.length) buffer = newRecordBuffer(needed);
      await file.sync();
      parts.assertOpen();
    }
    const start = values.start(unit);
    used += encodeRecord(
      buffer,
      used,
      parts.fileId,
      offset + used,
      RecordKind.put,
      0,
      parts.sequence,
      entries.keyView(id),
      values.bytes(page).subarray(start, start + length),
    );
  }
  file.writeSync(buffer.bytes, 0, used, offset);
  return offset + used;
}
