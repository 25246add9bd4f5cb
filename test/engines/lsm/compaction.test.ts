// Goal: flushes and compactions keep exactly what somebody may read, and drop the rest; a delete
// goes only where nothing older can be. Method: the jobs are run to their end on random entries,
// and held against the definition by brute force (entries.ts).

import { describe, expect, it } from "vitest";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { LOG_HEADER_BYTES } from "../../../engines/log/log-header.ts";
import { encodeRecord, RecordKind } from "../../../engines/log/record.ts";
import { encodeStored } from "../../../engines/lsm/block-file.ts";
import {
  type CompactionJob,
  type FlushJob,
  type Job,
  type JobResult,
  type KeyRange,
  runJob,
} from "../../../engines/lsm/job.ts";
import { LogImage } from "../../../engines/lsm/log-image.ts";
import {
  encodeFacts,
  encodeFooter,
  type TableFacts,
  tablePath,
} from "../../../engines/lsm/table-facts.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, seeded } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";
import {
  byKeyThenNewest,
  type Entry,
  keptOf,
  openTable,
  PLAIN_TABLE,
  put,
  randomEntries,
  readGroups,
  show,
  tombstone,
  writeTable,
} from "./entries.ts";

const OUTPUT_IDS = Array.from({ length: 60 }, (_, i) => 900 + i);

function runToEnd(job: Job, fileSystem: FileSystem): JobResult {
  const steps = runJob(job, fileSystem);
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

function compactionJob(job: Partial<CompactionJob>): CompactionJob {
  return {
    kind: "compaction",
    dir: STORE_DIR,
    tableOptions: PLAIN_TABLE,
    snapshots: [],
    groups: [],
    older: [],
    outputIds: OUTPUT_IDS,
    tableBytes: Number.POSITIVE_INFINITY,
    ...job,
  };
}

function entriesOf(fileSystem: FileSystem, tables: readonly TableFacts[]): Entry[] {
  const opened = tables.map((facts) => openTable(fileSystem, facts));
  const entries = readGroups([opened]);
  for (const table of opened) table.close();
  return entries;
}

/** Merges groups of entries, the newest first, each one table. */
function merged(groups: readonly (readonly Entry[])[], job: Partial<CompactionJob> = {}): Entry[] {
  const fileSystem = new MemoryFileSystem();
  const ids = groups.map((entries, i) => [writeTable(fileSystem, i + 1, entries).id]);
  const { tables } = runToEnd(compactionJob({ groups: ids, ...job }), fileSystem);
  return entriesOf(fileSystem, tables);
}

function range(smallest: string, largest: string): KeyRange {
  return { smallest: bytes(smallest), largest: bytes(largest) };
}

function flushJob(entries: readonly Entry[], job: Partial<FlushJob> = {}): FlushJob {
  const image = LogImage.ofSize(4 * 1024 * 1024);
  let end = LOG_HEADER_BYTES;
  for (const [i, { key, sequence, isDelete, value }] of entries.entries()) {
    const kind = isDelete ? RecordKind.delete : RecordKind.put;
    const { buffer } = image;
    end += encodeRecord(buffer, end, 1, end, kind, 0, sequence, key, value);
    const none = new Uint8Array(0);
    // What a log has beside records.
    if (i % 9 === 4)
      end += encodeRecord(buffer, end, 1, end, RecordKind.syncMark, 0, end, none, none);
  }
  return {
    kind: "flush",
    dir: STORE_DIR,
    tableOptions: PLAIN_TABLE,
    snapshots: [],
    tableId: 900,
    memory: image.buffer.bytes.buffer,
    endOffset: end,
    ...job,
  };
}

describe("a flush", () => {
  it("keeps the newest of each key, and what snapshots see, deletes too", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const entries = randomEntries(random, 1 + random(200), 5000);
      entries.sort((left, right) => left.sequence - right.sequence);
      const snapshots = Array.from({ length: random(4) }, () => 4990 + random(220));
      snapshots.sort((left, right) => left - right);
      const fileSystem = new MemoryFileSystem();
      fileSystem.makeDirSync(STORE_DIR);
      const { tables } = runToEnd(flushJob(entries, { snapshots }), fileSystem);
      expect(tables).toHaveLength(1);
      const expected = keptOf(entries, snapshots, undefined);
      const found = entriesOf(fileSystem, tables);
      expect(found.map(show), `seed ${seed}, snapshots ${snapshots}`).toEqual(expected.map(show));
    }
  });
});

describe("a compaction", () => {
  it("keeps what may be read, for random groups, snapshots and older tables", () => {
    let dropped = 0;
    let aged = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = seeded(seed);
      const groups = Array.from({ length: 1 + random(4) }, (_, i) =>
        randomEntries(random, 1 + random(80), 10_000 - i * 1000),
      );
      const snapshots = Array.from({ length: random(3) }, () => 6900 + random(3300));
      snapshots.sort((left, right) => left - right);
      const cut = randomEntries(random, 2, 1).map(({ key }) => key);
      const older = random(2) === 0 ? [] : [[], [{ smallest: cut[0]!, largest: cut[1]! }]];
      const mayHold = (key: Uint8Array) =>
        older.length > 0 && Buffer.compare(key, cut[0]!) >= 0 && Buffer.compare(key, cut[1]!) <= 0;
      const all = groups.flat();
      const expected = keptOf(all, snapshots, mayHold);
      const found = merged(groups, { snapshots, older });
      expect(found.map(show), `seed ${seed}, snapshots ${snapshots}`).toEqual(expected.map(show));
      dropped += all.length - expected.length;
      aged += expected.filter(({ sequence }) => sequence === 0).length;
    }
    expect(dropped).toBeGreaterThan(500);
    expect(aged).toBeGreaterThan(100);
  });

  it("merges again what lost its sequence, and never takes it for newer", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const first = randomEntries(random, 80, 100);
      const below = keptOf(first, [], () => false);
      if (below.length === 0) continue;
      const second = randomEntries(random, 60, 500);
      const snapshots = [350 + random(50), 500 + random(80)];
      const found = merged([second, below], { snapshots });
      const expected = keptOf([...second, ...below], snapshots, () => false);
      expect(found.map(show), `seed ${seed}`).toEqual(expected.map(show));
    }
  });

  it("drops a delete only where nothing older can be, whichever list says so", () => {
    const deletes = ["a", "c", "f", "k"].map((key, i) => tombstone(bytes(key), 50 + i));
    const older = [[range("a", "b"), range("e", "g")], [], [range("j", "z")]];
    expect(merged([deletes], { older }).map(({ key }) => show(put(key, 1, key)))).toEqual(
      ["a", "f", "k"].map((key) => show(put(bytes(key), 1, bytes(key)))),
    );
    expect(merged([deletes], { older: [[range("0", "9")]] })).toEqual([]);
    expect(merged([deletes], { older, snapshots: [10] })).toHaveLength(4);
  });

  it("does not bring a deleted key back when it is merged by hand in parts", () => {
    // The delete stays as long as the put that it hides may be below; then both go.
    const hidden = [put(bytes("k"), 1, bytes("old"))];
    const delete2 = [tombstone(bytes("k"), 2)];
    const upper = merged([delete2], { older: [[range("k", "k")]] });
    expect(upper.map(show)).toEqual(delete2.map(show));
    expect(merged([upper, hidden])).toEqual([]);
  });

  it("ends tables at their size, and never between two versions of a key", () => {
    const random = seeded(6);
    const entries = randomEntries(random, 600, 1);
    const fileSystem = new MemoryFileSystem();
    const groups = [[writeTable(fileSystem, 1, entries).id]];
    const snapshots = Array.from({ length: 600 }, (_, i) => i);
    const tableBytes = 3000;
    const { tables } = runToEnd(compactionJob({ groups, snapshots, tableBytes }), fileSystem);
    expect(tables.length).toBeGreaterThan(5);
    for (const [i, { smallest, sizeBytes }] of tables.entries()) {
      if (i > 0) expect(Buffer.compare(tables[i - 1]!.largest, smallest)).toBeLessThan(0);
      if (i < tables.length - 1) expect(sizeBytes).toBeGreaterThan(tableBytes);
    }
    expect(entriesOf(fileSystem, tables).map(show)).toEqual(entries.map(show));
    const few = runToEnd(
      compactionJob({ groups, snapshots, tableBytes, outputIds: [800, 801] }),
      fileSystem,
    );
    expect(
      few.tables.map(({ id }) => id),
      "no ids left: the last table grows",
    ).toEqual([800, 801]);
    expect(entriesOf(fileSystem, few.tables)).toHaveLength(600);
  });

  it("leaves no table when nothing is left", () => {
    const fileSystem = new MemoryFileSystem();
    const { id } = writeTable(fileSystem, 1, [tombstone(bytes("a"), 5), tombstone(bytes("b"), 6)]);
    const { tables } = runToEnd(compactionJob({ groups: [[id]] }), fileSystem);
    expect(tables).toEqual([]);
    expect(fileSystem.listSync(STORE_DIR)).toEqual(["000001.sst"]);
  });

  it("counts as new as what it replaces, so that the order of runs holds", () => {
    const fileSystem = new MemoryFileSystem();
    const newer = writeTable(fileSystem, 1, [
      put(bytes("a"), 8, bytes("v")),
      tombstone(bytes("b"), 9),
    ]);
    const older = writeTable(fileSystem, 2, [put(bytes("b"), 3, bytes("v"))]);
    const groups = [[newer.id], [older.id]];
    const { tables } = runToEnd(compactionJob({ groups }), fileSystem);
    expect(tables.map(({ maxSequence }) => maxSequence)).toEqual([9]);
  });

  it("is refused when an input has fewer entries than it says", () => {
    const fileSystem = new MemoryFileSystem();
    const facts = writeTable(fileSystem, 1, randomEntries(seeded(2), 50, 1));
    const path = tablePath(STORE_DIR, 1);
    const content = fileSystem.readFileSync(path);
    const tailOffset = facts.indexOffset + facts.indexLength;
    const tail = encodeFacts({ ...facts, entryCount: 51 });
    const stored = encodeStored(tail, 1, tailOffset, false);
    const parts = [
      content.subarray(0, tailOffset),
      stored,
      encodeFooter(tailOffset, stored.length),
    ];
    const changed = new MemoryFileSystem(new Map([[path, Buffer.concat(parts)]]));
    expect(() => runToEnd(compactionJob({ groups: [[1]] }), changed)).toThrow(/51 entries/);
    expect(changed.listSync(STORE_DIR)).toEqual(["000001.sst"]);
  });

  it("is refused when an input is damaged, and leaves nothing behind", () => {
    const fileSystem = new MemoryFileSystem();
    const all = randomEntries(seeded(2), 50, 1);
    const { id } = writeTable(fileSystem, 1, all);
    const job = compactionJob({ groups: [[id]], tableBytes: 500 });
    const files = fileSystem.files();
    const sst = [...files.keys()][0]!;
    const content = files.get(sst)!;
    for (let cut = 0; cut < content.length; cut += 37) {
      const damaged = new MemoryFileSystem(new Map([[sst, content.subarray(0, cut)]]));
      expect(() => runToEnd(job, damaged)).toThrow(/damaged at offset/);
      expect(damaged.listSync(STORE_DIR), "nothing is left behind").toEqual(["000001.sst"]);
    }
    for (let at = 0; at < content.length - 16; at += 29) {
      const flipped = content.slice();
      flipped[at] = flipped[at]! ^ 4;
      const damaged = new MemoryFileSystem(new Map([[sst, flipped]]));
      let error: unknown;
      try {
        const found = entriesOf(damaged, runToEnd(job, damaged).tables);
        // Filters are not read by a compaction.
        expect(found.map(show)).toEqual(keptOf(all, [], () => false).map(show));
      } catch (thrown) {
        error = thrown;
        expect(thrown).toMatchObject({ code: "ENGINE_CORRUPTION", file: sst });
        expect(damaged.listSync(STORE_DIR)).toEqual(["000001.sst"]);
      }
      expect(error === undefined || error instanceof Error).toBe(true);
    }
  });

  it("gives every entry its key, value and sequence, compressed or not, in order", () => {
    const left = randomEntries(seeded(20), 300, 2 ** 40);
    const right = randomEntries(seeded(21), 300, 2 ** 33);
    const snapshots = [...left, ...right].map(({ sequence }) => sequence).sort((a, b) => a - b);
    for (const compress of [false, true]) {
      const tableOptions = { blockBytes: 512, filterBitsPerKey: 0, compress };
      const older = [[{ smallest: new Uint8Array(0), largest: new Uint8Array(200).fill(0xff) }]];
      const found = merged([left, right], { tableOptions, snapshots, older });
      const expected = [...left, ...right].sort(byKeyThenNewest);
      expect(found.map(show)).toEqual(expected.map(show));
    }
  });
});
