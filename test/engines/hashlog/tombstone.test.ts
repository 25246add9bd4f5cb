// A merge of some of the segments keeps a tombstone as long as another segment may hold a
// superseded record of its key, and drops it when none can.

import { describe, expect, it } from "vitest";
import type { MergeHost } from "../../../engines/hashlog/merge-host.ts";
import { MergeJob } from "../../../engines/hashlog/merge-job.ts";
import type { Segment } from "../../../engines/hashlog/segment.ts";
import { SegmentTable } from "../../../engines/hashlog/segment-table.ts";
import { VersionedIndex } from "../../../engines/index/versioned-index.ts";
import { LOG_HEADER_BYTES } from "../../../engines/log/log-header.ts";
import { scanLog } from "../../../engines/log/log-scan.ts";
import { LogWriter } from "../../../engines/log/log-writer.ts";
import {
  encodeRecord,
  kindAt,
  newRecordBuffer,
  RecordKind,
  recordBytes,
  sequenceAt,
} from "../../../engines/log/record.ts";
import { completeOptions } from "../../../engines/options.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, inTempDir } from "../support/stores.ts";

type TestRecord = readonly [RecordKind, number, string];

class TestStore {
  readonly options;
  readonly table: SegmentTable;
  readonly versions = new VersionedIndex();
  #active: Segment | undefined;

  constructor(dir: string) {
    const fileSystem = new FaultyFileSystem();
    this.options = completeOptions({ dir, fileSystem, cacheBytes: 0 });
    this.table = new SegmentTable(this.options, []);
  }

  /** A listed segment of records [kind, sequence, key]; nothing in it is live. */
  add(records: readonly TestRecord[]): Segment {
    const segment = this.table.append(Math.min(...records.map(([, sequence]) => sequence)));
    const buffer = newRecordBuffer(4096);
    for (const [kind, sequence, key] of records) {
      const value = bytes(kind === RecordKind.put ? "value" : "");
      const { id, file, sizeBytes } = segment;
      const length = recordBytes(key.length, value.length);
      encodeRecord(buffer, 0, id, sizeBytes, kind, 0, sequence, bytes(key), value);
      file.writeSync(buffer.bytes, 0, length, sizeBytes);
      segment.sizeBytes += length;
      if (kind === RecordKind.put) segment.deadPutBytes += length;
      else segment.tombstoneBytes += length;
    }
    this.#active = segment;
    return segment;
  }

  /** Sequences of the tombstones that a merge of the victims leaves in their place. */
  tombstonesAfterMerge(victims: readonly Segment[]): number[] {
    const { options, table, versions } = this;
    const { sizeBytes, id, file } = this.#active!;
    const writer = new LogWriter({
      durability: "os",
      writeGrouping: "one",
      bufferBytes: 4096,
      onCommit: () => {},
      onRollback: () => {},
    });
    writer.switchTo(id, file, sizeBytes);
    const host: MergeHost = {
      options,
      versions,
      writer,
      table,
      active: () => this.#active!,
      sequence: () => 1000,
      changeManifest: (change) => change(),
      dropped: () => {},
      count: () => {},
    };
    const before = new Set(table.listed);
    const job = new MergeJob(host, victims, 1024 * 1024);
    for (let step = 0; step < 20 && !job.isDone; step++) job.step(100, false);
    expect(job.isDone).toBe(true);
    expect(table.listed.some((segment) => victims.includes(segment))).toBe(false);
    const kept: number[] = [];
    for (const output of table.listed.filter((segment) => !before.has(segment))) {
      const { sizeBytes: provenBytes } = output;
      const scan = { file: output.file, fileId: output.id, from: LOG_HEADER_BYTES };
      scanLog({ ...scan, durability: "os", isLast: false, provenBytes }, (buffer, at) => {
        expect(kindAt(buffer, at)).toBe(RecordKind.delete);
        kept.push(sequenceAt(buffer, at));
      });
    }
    table.closeFiles();
    return kept;
  }
}

const { put, delete: remove } = RecordKind;

describe("tombstones in a merge", () => {
  it.each<[string, readonly TestRecord[][], readonly number[], readonly number[]]>([
    ["an older record stands elsewhere", [[[put, 10, "key"]], [[remove, 20, "key"]]], [1], [20]],
    ["older ones are victims, too", [[[put, 10, "key"]], [[remove, 20, "key"]]], [0, 1], []],
    ["only later records stand elsewhere", [[[remove, 20, "key"]], [[put, 30, "x"]]], [0], []],
    [
      "some are younger than what stands elsewhere",
      [
        [[put, 10, "key"]],
        [
          [remove, 5, "early"],
          [remove, 20, "key"],
          [remove, 21, "late"],
        ],
      ],
      [1],
      [20, 21],
    ],
  ])("when %s", async (_name, segments, victims, expected) => {
    await inTempDir(async (dir) => {
      const store = new TestStore(dir);
      const listed = segments.map((records) => store.add(records));
      store.add([[put, 1000, "active"]]);
      expect(store.tombstonesAfterMerge(victims.map((i) => listed[i]!))).toEqual(expected);
    });
  });
});
