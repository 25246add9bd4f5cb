// Opens the segments of a store and builds the index.
//
// Steps:
//  1. The manifest says which segments there are. One that is missing is damage.
//  2. Each segment's hint, where it verifies, gives keys and places; the rest of the segment, or
//     all of it, is scanned and verified record by record.
//  3. After a clean close, live.hint says which records are the newest of their keys. Else, of
//     two records of a key the one with the higher sequence wins, in whatever file it stands.
//  4. Only when every file was found good: the torn tail of the active segment is cut off, and
//     live.hint and files that the manifest does not list are removed. Before that nothing is
//     changed.

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
  RecordKind,
  recordBytes,
  sequenceAt,
  valueLengthAt,
} from "../log/record.ts";
import { SequenceTable } from "../log/sequence-table.ts";
import { listedFiles, removeOrphans } from "../log/store-files.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { readHint } from "./hint.ts";
import { LIVE_NAME, type LiveRecords, readLiveFile } from "./live-file.ts";
import { type Segment, segmentId } from "./segment.ts";
import { emptySegment } from "./segment-table.ts";

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
class Recovery {
  readonly index: KeyIndex;
  readonly live: LiveRecords | undefined;
  readonly sequences = new SequenceTable();
  /** By slot. */
  readonly segments: Segment[] = [];
  sequence: number;
  keys = 0;
  hintedRecords = 0;
  scannedRecords = 0;

  constructor(index: KeyIndex, live: LiveRecords | undefined) {
    this.index = index;
    this.live = live;
    this.sequence = live?.sequence ?? 0;
    if (live !== undefined) index.reserve(live.keys);
  }

  /** Step 3 for one record, whose key is `bytes[start..start + keyLength)`. */
  apply(
    segment: Segment,
    kind: number,
    bytes: Uint8Array,
    start: number,
    keyLength: number,
    valueLength: number,
    offset: number,
    sequence: number,
  ): void {
    if (sequence < segment.minSequence) segment.minSequence = sequence;
    if (sequence > this.sequence) this.sequence = sequence;
    const length = recordBytes(keyLength, valueLength);
    const { index } = this;
    if (kind === RecordKind.delete) segment.tombstoneBytes += length;
    if (this.live !== undefined) {
      if (kind === RecordKind.delete) return;
      if (this.live.isLive(segment.id, offset)) {
        const id = index.load(bytes, start, keyLength);
        index.entries.set(id, segment.slot, offset, valueLength);
        segment.liveBytes += length;
        this.keys++;
      } else segment.deadPutBytes += length;
      return;
    }
    const id = index.insertRange(bytes, start, keyLength);
    if (!this.sequences.isNewest(id, sequence)) {
      if (kind === RecordKind.put) segment.deadPutBytes += length;
      return;
    }
    const { entries } = index;
    const oldSlot = entries.a(id);
    if (oldSlot !== 0) {
      const oldBytes = recordBytes(keyLength, entries.c(id));
      const old = this.segments[oldSlot]!;
      old.liveBytes -= oldBytes;
      old.deadPutBytes += oldBytes;
      this.keys--;
    }
    if (kind === RecordKind.delete) {
      entries.set(id, 0, 0, 0);
      return;
    }
    entries.set(id, segment.slot, offset, valueLength);
    segment.liveBytes += length;
    this.keys++;
  }
}

export function recoverSegments(options: EngineOptions, index: KeyIndex): RecoveredSegments {
  const { fileSystem, dir } = options;
  const listed = listedFiles(options, (name) => segmentId(name) !== undefined);
  const live = readLiveFile(fileSystem, dir, listed);
  const recovery = new Recovery(index, live);
  try {
    let last: RecoveredSegment | undefined;
    for (const [i, entry] of listed.entries()) {
      last = recoverSegment(options, recovery, entry, i + 1, i === listed.length - 1);
    }
    if (live !== undefined) index.settle();
    if (live !== undefined && recovery.keys !== live.keys) {
      const what = `it tells of ${live.keys} keys, but ${recovery.keys} were found; remove it`;
      throw corruption(path.join(dir, LIVE_NAME), 16, what);
    }
    const segments = recovery.segments.slice(1);
    const tornBytes = last?.tornBytes ?? 0;
    tidyUp(options, listed, segments, tornBytes);
    return {
      segments,
      lastDurability: last?.durability,
      sequence: recovery.sequence,
      keys: recovery.keys,
      facts: {
        segments: segments.length,
        clean: live !== undefined,
        recordsFromHints: recovery.hintedRecords,
        recordsScanned: recovery.scannedRecords,
        tornBytes,
      },
    };
  } catch (error) {
    for (const segment of recovery.segments) segment?.file.closeSync();
    throw error;
  }
}

/**
 * Step 4. What a process wrote that was killed, the kernel has, and perhaps the device has not: the
 * manifest is about to list it, and a flush to promise it.
 */
function tidyUp(
  options: EngineOptions,
  listed: readonly ManifestEntry[],
  segments: readonly Segment[],
  tornBytes: number,
): void {
  const last = segments.at(-1);
  if (tornBytes > 0) last?.file.truncateSync(last.sizeBytes);
  for (const segment of segments) {
    if (segment.synced) continue;
    segment.file.syncSync();
    segment.synced = true;
  }
  const names = new Set(listed.map((entry) => entry.name));
  removeOrphans(options, (name) => {
    if (name === LIVE_NAME) return true;
    const log = name.replace(/\.hint$/, ".log");
    return segmentId(log) !== undefined && !names.has(log);
  });
}

interface RecoveredSegment {
  readonly durability: Durability;
  readonly tornBytes: number;
}

function recoverSegment(
  options: EngineOptions,
  recovery: Recovery,
  entry: ManifestEntry,
  slot: number,
  isLast: boolean,
): RecoveredSegment {
  const { fileSystem, dir } = options;
  const filePath = path.join(dir, entry.name);
  const id = segmentId(entry.name);
  if (id === undefined)
    throw corruption(path.join(dir, MANIFEST_NAME), 0, `it lists ${entry.name}`);
  checkListed(fileSystem, dir, entry);
  const file = fileSystem.openSync(filePath, "write");
  const segment = emptySegment(id, slot, file);
  recovery.segments[slot] = segment;
  const durability = readLogHeader(file, id);
  const found = readHint(fileSystem, dir, id);
  // One that was made for other bytes says nothing, but that there were so many once.
  const isOurs = found?.fingerprint === fingerprintOf(file, found?.coveredBytes ?? 0);
  const hint = isOurs ? found : undefined;
  hint?.forEach((kind, bytes, start, keyLength, valueLength, offset, sequence) => {
    recovery.hintedRecords++;
    recovery.apply(segment, kind, bytes, start, keyLength, valueLength, offset, sequence);
  });
  if (hint !== undefined) recovery.sequence = Math.max(recovery.sequence, hint.maxSequence);
  const provenBytes = Math.max(found?.coveredBytes ?? 0, entry.sizeBytes ?? 0);
  const from = hint?.coveredBytes ?? LOG_HEADER_BYTES;
  const scan = { file, fileId: id, from, durability, isLast, provenBytes };
  const { end, tornBytes } = scanLog(scan, (buffer, at, offset) => {
    const kind = kindAt(buffer, at);
    if (kind === RecordKind.syncMark) return;
    recovery.scannedRecords++;
    const start = at + RECORD_HEADER_BYTES;
    const sequence = sequenceAt(buffer, at);
    const keyLength = keyLengthAt(buffer, at);
    const valueLength = valueLengthAt(buffer, at);
    recovery.apply(segment, kind, buffer.bytes, start, keyLength, valueLength, offset, sequence);
  });
  segment.sizeBytes = end;
  const { live } = recovery;
  if (live !== undefined && live.fingerprint(id) !== fingerprintOf(file, end)) {
    const what = `it was made for another ${entry.name}; remove it`;
    throw corruption(path.join(dir, LIVE_NAME), 0, what);
  }
  if (hint !== undefined && hint.coveredBytes === end) {
    segment.hintBytes = hint.sizeBytes;
    segment.synced = true;
  }
  return { durability, tornBytes };
}
