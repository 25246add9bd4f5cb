// A merge of some of the segments keeps a tombstone as long as another segment may hold an older
// record of its key, and drops it when none can.

import { describe, expect, it } from "vitest";
import { mergeSegments } from "../../../engines/hashlog/merge.ts";
import { type Segment, segmentPath } from "../../../engines/hashlog/segment.ts";
import { VersionedIndex } from "../../../engines/index/versioned-index.ts";
import { createLogFile, LOG_HEADER_BYTES } from "../../../engines/log/log-header.ts";
import { scanLog } from "../../../engines/log/log-scan.ts";
import { LogWriter } from "../../../engines/log/log-writer.ts";
import {
  encodeRecord,
  kindAt,
  newRecordBuffer,
  RecordKind,
  sequenceAt,
} from "../../../engines/log/record.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, inTempDir } from "../support/stores.ts";

const fileSystem = new FaultyFileSystem();

/** A sealed segment of records [kind, sequence, key]; nothing in it is live. */
function segmentOf(dir: string, id: number, records: [RecordKind, number, string][]): Segment {
  const file = createLogFile(fileSystem, segmentPath(dir, id), id, "os");
  const buffer = newRecordBuffer(4096);
  let offset = LOG_HEADER_BYTES;
  for (const [kind, sequence, key] of records) {
    const value = bytes(kind === RecordKind.put ? "value" : "");
    const length = encodeRecord(buffer, 0, id, offset, kind, 0, sequence, bytes(key), value);
    file.writeSync(buffer.bytes, 0, length, offset);
    offset += length;
  }
  const minSequence = Math.min(...records.map(([, sequence]) => sequence));
  return { id, file, sizeBytes: offset, liveBytes: 0, minSequence, hinted: false };
}

/** Sequences of the tombstones in what the merge of the victims puts in their place. */
async function mergedTombstones(dir: string, all: Segment[], victims: Segment[]) {
  const options = {
    dir,
    durability: "os",
    fileSystem,
    errorIfMissing: false,
    cacheBytes: 0,
    writeGrouping: "one",
    settings: {},
  } as const;
  const writer = new LogWriter({
    durability: "os",
    writeGrouping: "one",
    bufferBytes: 4096,
    onCommit: () => {},
    onRollback: () => {},
  });
  const active = segmentOf(dir, 90, [[RecordKind.put, 1000, "active"]]);
  writer.switchTo(active.id, active.file, active.sizeBytes);
  const kept: number[] = [];
  await mergeSegments({
    options,
    segmentSizeBytes: 1024 * 1024,
    versions: new VersionedIndex(),
    writer,
    victims,
    others: () => [...all, active],
    createFile: () => ({ ...segmentOf(dir, 91, []), minSequence: 0 }),
    replace: (_merged, output) => {
      if (output === undefined) return;
      const { file, id, sizeBytes } = output;
      const scan = { file, fileId: id, from: LOG_HEADER_BYTES, durability: "os" as const };
      scanLog({ ...scan, isLast: false, provenBytes: sizeBytes }, (buffer, at) => {
        if (kindAt(buffer, at) === RecordKind.delete) kept.push(sequenceAt(buffer, at));
      });
    },
    retire: () => {},
    assertOpen: () => {},
    count: () => {},
  });
  return kept;
}

describe("tombstones in a merge", () => {
  it("stay while a segment outside the merge has older records, and go otherwise", async () => {
    await inTempDir(async (dir) => {
      const older = segmentOf(dir, 1, [[RecordKind.put, 10, "key"]]);
      const newer = segmentOf(dir, 2, [[RecordKind.delete, 20, "key"]]);
      expect(await mergedTombstones(dir, [older, newer], [newer])).toEqual([20]);
    });
    await inTempDir(async (dir) => {
      const older = segmentOf(dir, 1, [[RecordKind.put, 10, "key"]]);
      const newer = segmentOf(dir, 2, [[RecordKind.delete, 20, "key"]]);
      expect(await mergedTombstones(dir, [older, newer], [older, newer])).toEqual([]);
    });
    await inTempDir(async (dir) => {
      const tombstone = segmentOf(dir, 1, [[RecordKind.delete, 20, "key"]]);
      const later = segmentOf(dir, 2, [[RecordKind.put, 30, "other"]]);
      expect(await mergedTombstones(dir, [tombstone, later], [tombstone])).toEqual([]);
    });
  });
});
