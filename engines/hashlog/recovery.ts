// Opens the segments of a store and builds the index.
//
// Steps:
//  1. The manifest says which segments there are. One that is missing is damage.
//  2. Each segment's hint, where it verifies, gives keys and places; the rest of the segment, or
//     all of it, is scanned and verified record by record.
//  3. Of two records of a key the one with the higher sequence wins, in whatever file it stands.
//  4. Only when every file was found good: the torn tail of the active segment is cut off, and
//     files that the manifest does not list are removed. Before that nothing is changed.

import path from "node:path";
import type { Durability, EngineOptions } from "../engine.ts";
import { corruption } from "../errors.ts";
import type { KeyIndex } from "../index/key-index.ts";
import type { File } from "../io/filesystem.ts";
import { LOG_HEADER_BYTES, readLogHeader } from "../log/log-header.ts";
import { scanLog } from "../log/log-scan.ts";
import { checkListed, MANIFEST_NAME, type ManifestEntry } from "../log/manifest.ts";
import {
  keyLengthAt,
  kindAt,
  RECORD_HEADER_BYTES,
  RecordKind,
  recordBytes,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { SequenceTable } from "../log/sequence-table.ts";
import { listedFiles, removeOrphans } from "../log/store-files.ts";
import { readHint } from "./hint.ts";
import { type Segment, segmentId } from "./segment.ts";

export interface RecoveredSegments {
  /** In the order of the manifest: the active one is the last. */
  readonly segments: Segment[];
  readonly lastDurability: Durability | undefined;
  readonly sequence: number;
  /** Live keys. */
  readonly keys: number;
  readonly facts: Record<string, number | string | boolean>;
}

/** What the steps share. */
interface Recovery {
  readonly index: KeyIndex;
  readonly sequences: SequenceTable;
  readonly segments: Map<number, Segment>;
  sequence: number;
  keys: number;
  hintedRecords: number;
  scannedRecords: number;
}

export function recoverSegments(options: EngineOptions, index: KeyIndex): RecoveredSegments {
  const listed = listedFiles(options, (name) => segmentId(name) !== undefined);
  const recovery: Recovery = {
    index,
    sequences: new SequenceTable(),
    segments: new Map(),
    sequence: 0,
    keys: 0,
    hintedRecords: 0,
    scannedRecords: 0,
  };
  let lastDurability: Durability | undefined;
  let tornBytes = 0;
  try {
    for (const [i, entry] of listed.entries()) {
      const isLast = i === listed.length - 1;
      const found = recoverSegment(options, recovery, entry, isLast);
      lastDurability = found.durability;
      tornBytes = found.tornBytes;
    }
  } catch (error) {
    for (const segment of recovery.segments.values()) segment.file.closeSync();
    throw error;
  }
  const segments = [...recovery.segments.values()];
  const active = segments.at(-1);
  if (active !== undefined && tornBytes > 0) {
    active.file.truncateSync(active.sizeBytes);
    active.file.syncSync();
  }
  const names = new Set(listed.map((entry) => entry.name));
  removeOrphans(options, (name) => {
    const log = name.replace(/\.hint$/, ".log");
    return segmentId(log) !== undefined && !names.has(log);
  });
  return {
    segments,
    lastDurability,
    sequence: recovery.sequence,
    keys: recovery.keys,
    facts: {
      segments: segments.length,
      recordsFromHints: recovery.hintedRecords,
      recordsScanned: recovery.scannedRecords,
      tornBytes,
    },
  };
}

function recoverSegment(
  options: EngineOptions,
  recovery: Recovery,
  entry: ManifestEntry,
  isLast: boolean,
): { durability: Durability; tornBytes: number } {
  const { fileSystem, dir } = options;
  const filePath = path.join(dir, entry.name);
  const id = segmentId(entry.name);
  if (id === undefined)
    throw corruption(path.join(dir, MANIFEST_NAME), 0, `it lists ${entry.name}`);
  checkListed(fileSystem, dir, entry);
  const file = fileSystem.openSync(filePath, "write");
  const segment = newSegment(id, file);
  recovery.segments.set(id, segment);
  const durability = readLogHeader(file, id);
  const hint = readHint(fileSystem, dir, id);
  hint?.forEach((kind, key, valueLength, offset, sequence) => {
    recovery.hintedRecords++;
    apply(recovery, segment, kind, key, valueLength, offset, sequence);
  });
  const provenBytes = Math.max(hint?.coveredBytes ?? 0, entry.sizeBytes ?? 0);
  const from = hint?.coveredBytes ?? LOG_HEADER_BYTES;
  const scan = { file, fileId: id, from, durability, isLast, provenBytes };
  const { end, tornBytes } = scanLog(scan, (buffer, at, offset) => {
    const kind = kindAt(buffer, at);
    if (kind === RecordKind.syncMark) return;
    recovery.scannedRecords++;
    const keyStart = at + RECORD_HEADER_BYTES;
    const key = buffer.bytes.subarray(keyStart, keyStart + keyLengthAt(buffer, at));
    const valueLength = valueLengthAt(buffer, at);
    apply(recovery, segment, kind, key, valueLength, offset, sequenceAt(buffer, at));
  });
  segment.sizeBytes = end;
  segment.hinted = hint !== undefined && hint.coveredBytes === end;
  return { durability, tornBytes };
}

function newSegment(id: number, file: File): Segment {
  return {
    id,
    file,
    sizeBytes: LOG_HEADER_BYTES,
    liveBytes: 0,
    minSequence: Number.POSITIVE_INFINITY,
    hinted: false,
  };
}

/** Step 3 for one record. */
function apply(
  recovery: Recovery,
  segment: Segment,
  kind: number,
  key: Uint8Array,
  valueLength: number,
  offset: number,
  sequence: number,
): void {
  const { index } = recovery;
  segment.minSequence = Math.min(segment.minSequence, sequence);
  recovery.sequence = Math.max(recovery.sequence, sequence);
  const id = index.insert(key);
  if (!recovery.sequences.isNewest(id, sequence)) return;
  const { entries } = index;
  const oldSegment = entries.a(id);
  if (oldSegment !== 0) {
    const oldBytes = recordBytes(key.length, entries.c(id));
    recovery.segments.get(oldSegment)!.liveBytes -= oldBytes;
    recovery.keys--;
  }
  if (kind === RecordKind.delete) {
    entries.set(id, 0, 0, 0);
    return;
  }
  entries.set(id, segment.id, offset, valueLength);
  segment.liveBytes += recordBytes(key.length, valueLength);
  recovery.keys++;
}
