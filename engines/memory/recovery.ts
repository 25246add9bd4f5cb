// Opens the files of a memory store, and fills the index and the memory for hot values.
//
// Steps:
//  1. The manifest says which files there are: snapshot files, perhaps, and logs.
//  2. Each is read in order and verified; of two records of a key the one with the higher sequence
//     wins. A record of a snapshot file has the sequence of the last write before its moment.
//  3. A value goes into memory as if it were written now: what does not fit stays in its file, and
//     those that were read last, which are the newest, are hot.
//  4. Only when every file was found good: the torn tail of the open log is cut off, and files that
//     the manifest does not list are removed. Before that nothing is changed.

import path from "node:path";
import type { Durability, EngineOptions } from "../engine.ts";
import { corruption } from "../errors.ts";
import type { KeyIndex } from "../index/key-index.ts";
import { LOG_HEADER_BYTES, readLogHeader } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import { checkListed, MANIFEST_NAME, type ManifestEntry } from "../log/manifest.ts";
import {
  keyLengthAt,
  kindAt,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  RecordKind,
  recordBytes,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { SequenceTable } from "../log/sequence-table.ts";
import { listedFiles, removeOrphans } from "../log/store-files.ts";
import { OFFSET_UNIT_BYTES } from "./cold-reader.ts";
import type { FileTable } from "./file-table.ts";
import type { HotValues } from "./hot-values.ts";
import { isLogName, type StoreFile, storeFileId } from "./store-file.ts";

export interface RecoveredMemory {
  /** In the order of the manifest. */
  readonly files: StoreFile[];
  /** The level of the last file, when that is a log. */
  readonly openLogDurability: Durability | undefined;
  readonly sequence: number;
  readonly keys: number;
  /** Bytes of keys and values of live records, and of the records. */
  readonly liveBytes: number;
  readonly liveRecordBytes: number;
  readonly facts: Record<string, number | string | boolean>;
}

interface Recovery {
  readonly options: EngineOptions;
  readonly index: KeyIndex;
  readonly hot: HotValues;
  readonly table: FileTable;
  readonly files: StoreFile[];
  readonly sequences: SequenceTable;
  durability: Durability | undefined;
  tornBytes: number;
  sequence: number;
  keys: number;
  liveBytes: number;
  liveRecordBytes: number;
  records: number;
}

/** Throws EngineError; then nothing is left open. */
export function recoverMemory(
  options: EngineOptions,
  index: KeyIndex,
  hot: HotValues,
  table: FileTable,
): RecoveredMemory {
  const listed = listedFiles(options, (name) => storeFileId(name) > 0);
  const sequences = new SequenceTable();
  const none = { sequence: 0, keys: 0, liveBytes: 0, liveRecordBytes: 0, records: 0, tornBytes: 0 };
  const files: StoreFile[] = [];
  const recovery: Recovery = {
    ...{ options, index, hot, table, files, sequences, durability: undefined },
    ...none,
  };
  try {
    for (const [i, entry] of listed.entries()) {
      readFile(recovery, entry, i === listed.length - 1);
    }
    makeSafe(files, recovery.tornBytes);
  } catch (error) {
    for (const file of files) table.forget(file);
    throw error;
  }
  const last = files.at(-1);
  const { tornBytes, durability } = recovery;
  const names = new Set(listed.map((entry) => entry.name));
  removeOrphans(options, (name) => storeFileId(name) > 0 && !names.has(name));
  return {
    ...recovery,
    openLogDurability: last !== undefined && isLogName(last.name) ? durability : undefined,
    facts: { files: files.length, recordsScanned: recovery.records, tornBytes },
  };
}

/**
 * What a process wrote that was killed, the kernel has, and perhaps the device has not: the
 * manifest is about to list it, and a flush to promise it.
 */
function makeSafe(files: readonly StoreFile[], tornBytes: number): void {
  const last = files.at(-1);
  if (tornBytes > 0) last?.file.truncateSync(last.sizeBytes);
  for (const { name, file } of files) if (isLogName(name)) file.syncSync();
}

/** Step 2 for one file. */
function readFile(recovery: Recovery, entry: ManifestEntry, isLast: boolean): void {
  const { fileSystem, dir } = recovery.options;
  const id = storeFileId(entry.name);
  if (id === 0) throw corruption(path.join(dir, MANIFEST_NAME), 0, `it lists ${entry.name}`);
  checkListed(fileSystem, dir, entry);
  const file = fileSystem.openSync(path.join(dir, entry.name), "write");
  const stored = recovery.table.add(id, entry.name, file, LOG_HEADER_BYTES);
  recovery.files.push(stored);
  const durability = readLogHeader(file, id);
  const provenBytes = entry.sizeBytes ?? 0;
  const scan = { file, fileId: id, from: LOG_HEADER_BYTES, durability, isLast, provenBytes };
  const { end, tornBytes } = scanLog(scan, (buffer, at, offset) =>
    apply(recovery, stored, buffer, at, offset),
  );
  stored.sizeBytes = end;
  recovery.durability = durability;
  recovery.tornBytes = tornBytes;
}

/** Steps 2 and 3 for one record. */
function apply(
  recovery: Recovery,
  { number }: StoreFile,
  buffer: RecordBuffer,
  at: number,
  offset: number,
): void {
  const kind = kindAt(buffer, at);
  if (kind === RecordKind.syncMark) return;
  const { index, hot } = recovery;
  const { entries } = index;
  recovery.records++;
  const sequence = sequenceAt(buffer, at);
  recovery.sequence = Math.max(recovery.sequence, sequence);
  const keyStart = at + RECORD_HEADER_BYTES;
  const keyLength = keyLengthAt(buffer, at);
  const keyEnd = keyStart + keyLength;
  const id = index.insert(buffer.bytes.subarray(keyStart, keyEnd));
  if (!recovery.sequences.isNewest(id, sequence)) return;
  if (entries.a(id) !== 0) count(recovery, keyLength, entries.c(id), -1);
  if (kind === RecordKind.delete) {
    entries.set(id, 0, 0, 0);
    hot.remove(buffer.bytes, keyStart, keyLength);
    return;
  }
  const valueLength = valueLengthAt(buffer, at);
  const value = buffer.bytes.subarray(keyEnd, keyEnd + valueLength);
  entries.set(id, number, offset / OFFSET_UNIT_BYTES, valueLength);
  hot.put(buffer.bytes, keyStart, keyLength, value);
  count(recovery, keyLength, valueLength, 1);
}

function count(recovery: Recovery, keyLength: number, valueLength: number, sign: number): void {
  recovery.keys += sign;
  recovery.liveBytes += sign * (keyLength + valueLength);
  recovery.liveRecordBytes += sign * recordBytes(keyLength, valueLength);
}
