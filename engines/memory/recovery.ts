// Opens the files of a memory store and fills index and arena.
//
// Steps:
//  1. The manifest says which files there are: a snapshot file, perhaps, and logs.
//  2. Each is read in order and verified; of two records of a key the one with the higher sequence
//     wins. A record of a snapshot file has the sequence of the last write before its moment.
//  3. Only when every file was found good: the torn tail of the open log is cut off, and files that
//     the manifest does not list are removed. Before that nothing is changed.

import path from "node:path";
import type { Durability, EngineOptions } from "../engine.ts";
import { corruption } from "../errors.ts";
import type { KeyIndex } from "../index/key-index.ts";
import { LOG_HEADER_BYTES, readLogHeader } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import { checkListed, MANIFEST_NAME } from "../log/manifest.ts";
import {
  keyLengthAt,
  kindAt,
  RECORD_HEADER_BYTES,
  type RecordBuffer,
  RecordKind,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { SequenceTable } from "../log/sequence-table.ts";
import { listedFiles, removeOrphans } from "../log/store-files.ts";
import type { StoreFile } from "./memory.ts";
import type { ValueArena } from "./value-arena.ts";

export interface RecoveredMemory {
  /** In the order of the manifest. */
  readonly files: StoreFile[];
  readonly lastDurability: Durability | undefined;
  readonly sequence: number;
  readonly keys: number;
  readonly liveBytes: number;
  readonly facts: Record<string, number | string | boolean>;
}

interface Recovery {
  readonly index: KeyIndex;
  readonly values: ValueArena;
  readonly sequences: SequenceTable;
  sequence: number;
  keys: number;
  liveBytes: number;
  records: number;
}

const FILE_PATTERN = /^(\d{6,9})\.(snap|log)$/;

export function recoverMemory(
  options: EngineOptions,
  index: KeyIndex,
  values: ValueArena,
): RecoveredMemory {
  const { fileSystem, dir } = options;
  const listed = listedFiles(options, (name) => FILE_PATTERN.test(name));
  const sequences = new SequenceTable();
  const recovery = { index, values, sequences, sequence: 0, keys: 0, liveBytes: 0, records: 0 };
  const files: StoreFile[] = [];
  let lastDurability: Durability | undefined;
  let tornBytes = 0;
  try {
    for (const [i, entry] of listed.entries()) {
      const id = Number(FILE_PATTERN.exec(entry.name)?.[1]);
      if (!(id > 0)) throw corruption(path.join(dir, MANIFEST_NAME), 0, `it lists ${entry.name}`);
      checkListed(fileSystem, dir, entry);
      const file = fileSystem.openSync(path.join(dir, entry.name), "write");
      const store = { id, name: entry.name, file, sizeBytes: LOG_HEADER_BYTES };
      files.push(store);
      lastDurability = readLogHeader(file, id);
      const found = scanLog(
        {
          file,
          fileId: id,
          from: LOG_HEADER_BYTES,
          durability: lastDurability,
          isLast: i === listed.length - 1,
          provenBytes: entry.sizeBytes ?? 0,
        },
        (buffer, at) => apply(recovery, buffer, at),
      );
      store.sizeBytes = found.end;
      tornBytes = found.tornBytes;
    }
  } catch (error) {
    for (const { file } of files) file.closeSync();
    throw error;
  }
  const last = files.at(-1);
  if (last !== undefined && tornBytes > 0) {
    last.file.truncateSync(last.sizeBytes);
    last.file.syncSync();
  }
  const names = new Set(listed.map((entry) => entry.name));
  removeOrphans(options, (name) => FILE_PATTERN.test(name) && !names.has(name));
  const { sequence, keys, liveBytes, records } = recovery;
  const facts = { files: files.length, recordsScanned: records, tornBytes };
  return { files, lastDurability, sequence, keys, liveBytes, facts };
}

/** Step 2 for one record. */
function apply(recovery: Recovery, buffer: RecordBuffer, at: number): void {
  const kind = kindAt(buffer, at);
  if (kind === RecordKind.syncMark) return;
  const { index, values } = recovery;
  const { entries } = index;
  recovery.records++;
  const sequence = sequenceAt(buffer, at);
  recovery.sequence = Math.max(recovery.sequence, sequence);
  const keyStart = at + RECORD_HEADER_BYTES;
  const keyEnd = keyStart + keyLengthAt(buffer, at);
  const id = index.insert(buffer.bytes.subarray(keyStart, keyEnd));
  if (!recovery.sequences.isNewest(id, sequence)) return;
  const keyLength = keyEnd - keyStart;
  if (entries.a(id) !== 0) {
    values.free(entries.a(id), entries.b(id), entries.c(id));
    recovery.keys--;
    recovery.liveBytes -= keyLength + entries.c(id);
  }
  if (kind === RecordKind.delete) {
    entries.set(id, 0, 0, 0);
    return;
  }
  const valueLength = valueLengthAt(buffer, at);
  values.add(buffer.bytes.subarray(keyEnd, keyEnd + valueLength));
  entries.set(id, values.page, values.unit, valueLength);
  recovery.keys++;
  recovery.liveBytes += keyLength + valueLength;
}
