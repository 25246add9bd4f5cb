// Goal: a table gives back its entries by key and by range, forward and back, for every size of
// block. Method: random entries against a search through the list; corners one by one.

import { describe, expect, it } from "vitest";
import { hashKey } from "../../../engines/index/hash.ts";
import { BlockReader } from "../../../engines/lsm/block-file.ts";
import { Found } from "../../../engines/lsm/block-seeker.ts";
import { EntryRun } from "../../../engines/lsm/entry-run.ts";
import { type Bound, EntrySource } from "../../../engines/lsm/entry-source.ts";
import { type Table, TableSeeker } from "../../../engines/lsm/table.ts";
import { encodeFooter, readFacts, tablePath } from "../../../engines/lsm/table-facts.ts";
import { TableFeeder } from "../../../engines/lsm/table-feeder.ts";
import type { TableOptions } from "../../../engines/lsm/table-writer.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, seeded } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";
import {
  type Entry,
  openTable,
  PLAIN_TABLE,
  put,
  randomEntries,
  randomKey,
  readGroups,
  show,
  writeTable,
} from "./entries.ts";

function tableOf(entries: readonly Entry[], options: TableOptions = PLAIN_TABLE): Table {
  const fileSystem = new MemoryFileSystem();
  const facts = writeTable(fileSystem, 7, entries, options);
  const file = fileSystem.openSync(tablePath(STORE_DIR, 7), "read");
  expect(readFacts(file, 7), "the file says what the writer says").toEqual(facts);
  return openTable(fileSystem, facts);
}

function expectGet(table: Table, entries: readonly Entry[], key: Uint8Array, sequence: number) {
  const what = `${Buffer.from(key).toString("hex")} as of ${sequence}`;
  const expected = entries.find(
    (entry) => Buffer.compare(entry.key, key) === 0 && entry.sequence <= sequence,
  );
  if (!table.covers(key)) {
    expect(expected, `${what} is covered`).toBeUndefined();
    return;
  }
  const seeker = new TableSeeker();
  const found = table.get(key, hashKey(key), sequence, seeker);
  if (expected === undefined) expect(found, what).toBe(Found.nothing);
  else {
    expect(found, what).toBe(expected.isDelete ? Found.tombstone : Found.value);
    const { valueStart, valueLength } = seeker.inBlock;
    const value = seeker.block.subarray(valueStart, valueStart + valueLength);
    expect(Buffer.compare(value, expected.value), what).toBe(0);
  }
}

/** Keys with sequences from the bound on, in its direction. */
function scanned(tables: readonly Table[], reverse: boolean, start: Bound): string[] {
  const options = { reverse, start, aheadBytesMax: 1024, onRead: () => {} };
  const source = new EntrySource(new TableFeeder(tables, options), reverse, start, new EntryRun());
  const seen: string[] = [];
  for (; !source.done; source.advance()) {
    const key = source.run.keys.subarray(source.keyStart, source.keyStart + source.keyLength);
    seen.push(`${Buffer.from(key).toString("hex")}@${source.sequence}`);
  }
  return seen;
}

function expectScan(tables: readonly Table[], entries: readonly Entry[], start: Bound) {
  for (const reverse of [false, true]) {
    const sign = reverse ? -1 : 1;
    const expected = entries.filter(({ key }) => {
      const order = sign * Buffer.compare(key, start.key);
      return order > 0 || (order === 0 && start.inclusive);
    });
    if (reverse) expected.reverse();
    const names = expected.map((e) => `${Buffer.from(e.key).toString("hex")}@${e.sequence}`);
    const { key, inclusive } = start;
    const what = `${reverse ? "back" : "on"} from ${Buffer.from(key).toString("hex")} ${inclusive}`;
    expect(scanned(tables, reverse, start), what).toEqual(names);
  }
}

/** Each block's keys, read from the file. */
function keysOfBlocks(table: Table): Uint8Array[][] {
  const { offsets, blockCount } = table.map().index;
  const reader = new BlockReader(table.file, table.facts.id);
  return Array.from({ length: blockCount }, (_, i) => {
    const run = new EntryRun();
    run.decode(reader.read(offsets[i]!, offsets[i + 1]! - offsets[i]!), 0);
    return Array.from({ length: run.count }, (_, at) =>
      run.keys.slice(run.keyStart(at), run.keyEnds[at]!),
    );
  });
}

describe("a table", () => {
  it.each([
    { blockBytes: 64, filterBitsPerKey: 0, compress: false },
    { blockBytes: 256, filterBitsPerKey: 10, compress: true },
    { blockBytes: 4096, filterBitsPerKey: 10, compress: true },
  ])("gives back random entries by key and by range: %o", (options) => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seeded(seed);
      const entries = randomEntries(random, 1 + random(250), 1000);
      const table = tableOf(entries, options);
      expect(readGroups([[table]]).map(show), `seed ${seed}`).toEqual(entries.map(show));
      const backward = readGroups([[table]], true).map(show);
      expect(backward, `seed ${seed}`).toEqual(entries.map(show).reverse());
      const keys = [
        ...entries.map(({ key }) => key),
        ...Array.from({ length: 40 }, () => randomKey(random)),
      ];
      for (const key of keys) {
        expectGet(table, entries, key, Number.POSITIVE_INFINITY);
        expectGet(table, entries, key, 999 + random(250));
        if (random(8) === 0) expectScan([table], entries, { key, inclusive: random(2) === 0 });
      }
    }
  });

  it("has its versions of a key in one block, and bounds that tell blocks apart", () => {
    const random = seeded(3);
    const entries = randomEntries(random, 400, 1);
    const table = tableOf(entries, { blockBytes: 64, filterBitsPerKey: 0, compress: false });
    const blocks = keysOfBlocks(table);
    expect(blocks.length).toBeGreaterThan(20);
    const { index } = table.map();
    for (const [i, keys] of blocks.entries()) {
      const before = blocks[i - 1]?.at(-1);
      if (before !== undefined) expect(Buffer.compare(before, keys[0]!)).toBeLessThan(0);
      for (const key of keys) expect(index.blockOf(key)).toBe(i);
    }
  });

  it("has keys that only zeros and their ends tell apart, across blocks", () => {
    const keys = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((zeros) => [
      Uint8Array.from([0x61, ...new Uint8Array(zeros)]),
      Uint8Array.from([0x61, ...new Uint8Array(zeros), 1]),
    ]);
    keys.sort(Buffer.compare);
    const entries = keys.map((key, i) => put(key, i + 1, new Uint8Array(64).fill(i)));
    const table = tableOf(entries, { blockBytes: 64, filterBitsPerKey: 10, compress: false });
    expect(table.facts.blockCount).toBe(keys.length);
    for (const key of keys) {
      expectGet(table, entries, key, Number.POSITIVE_INFINITY);
      expectScan([table], entries, { key, inclusive: true });
      expectScan([table], entries, { key, inclusive: false });
    }
  });

  it("may have one entry, an empty key, and nothing else", () => {
    for (const key of [new Uint8Array(0), bytes("k"), new Uint8Array(65_535).fill(0xff)]) {
      const entries = [put(key, 2 ** 40, new Uint8Array(0))];
      const table = tableOf(entries);
      expectGet(table, entries, key, Number.POSITIVE_INFINITY);
      expectGet(table, entries, key, 2 ** 40 - 1);
      expectScan([table], entries, { key, inclusive: true });
      expectScan([table], entries, { key: bytes("j"), inclusive: true });
    }
  });

  it("has values beyond its blocks and its write buffer, and keys of 64 KiB", () => {
    const long = (last: number) => new Uint8Array(65_535).fill(1).fill(last, 65_534);
    const entries = [
      put(bytes("\0"), 1, new Uint8Array(300_000).fill(5)),
      put(long(2), 2, new Uint8Array(4 * 1024 * 1024).fill(6)),
      put(long(3), 3, bytes("small")),
      put(long(4), 4, new Uint8Array(0)),
    ];
    for (const compress of [false, true]) {
      const table = tableOf(entries, { blockBytes: 4096, filterBitsPerKey: 10, compress });
      expect(readGroups([[table]]).map(({ value }) => value.length)).toEqual(
        entries.map(({ value }) => value.length),
      );
      for (const { key } of entries) expectGet(table, entries, key, Number.POSITIVE_INFINITY);
      expectScan([table], entries, { key: long(3), inclusive: false });
    }
  });

  it("is read with others that follow it as one", () => {
    const fileSystem = new MemoryFileSystem();
    const entries = randomEntries(seeded(4), 300, 1);
    const cuts = entries.flatMap(({ key }, i) => {
      const isNew = i > 0 && Buffer.compare(entries[i - 1]!.key, key) !== 0;
      return isNew && i % 5 === 0 ? [i] : [];
    });
    const parts = [0, ...cuts].map((from, i) => entries.slice(from, cuts[i] ?? entries.length));
    const tables = parts.map((part, i) =>
      openTable(fileSystem, writeTable(fileSystem, i + 1, part)),
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { key } of entries) {
      expectScan(tables, entries, { key, inclusive: true });
      expectScan(tables, entries, { key: Uint8Array.from([...key, 0]), inclusive: true });
    }
  });

  it("says what is in it", () => {
    const entries = randomEntries(seeded(8), 100, 500);
    const { facts } = tableOf(entries);
    expect(facts.entryCount).toBe(100);
    expect(facts.deleteCount).toBe(entries.filter(({ isDelete }) => isDelete).length);
    expect(facts.keyBytes).toBe(entries.reduce((sum, { key }) => sum + key.length, 0));
    expect(facts.valueBytes).toBe(entries.reduce((sum, { value }) => sum + value.length, 0));
    expect([facts.minSequence, facts.maxSequence]).toEqual([500, 599]);
    expect(facts.smallest).toEqual(entries[0]!.key);
    expect(facts.largest).toEqual(entries.at(-1)!.key);
  });

  it("is not written when its tail is beyond what its footer can say", () => {
    let footer: Uint8Array;
    try {
      footer = encodeFooter(2 ** 32 + 5, 100);
    } catch (error) {
      expect((error as Error).name).toMatch(/AssertionError|EngineError/);
      return;
    }
    expect(footer, "a footer that says another offset").not.toEqual(encodeFooter(5, 100));
  });
});
