// Entries, tables and merges of the lsm engine for tests, and what they should give by brute force.

import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { BlockCache } from "../../../engines/lsm/block-cache.ts";
import { EntryRun } from "../../../engines/lsm/entry-run.ts";
import { EntrySource, MergedSources } from "../../../engines/lsm/entry-source.ts";
import { Table, type TableCounters } from "../../../engines/lsm/table.ts";
import { type TableFacts, tablePath } from "../../../engines/lsm/table-facts.ts";
import { TableFeeder } from "../../../engines/lsm/table-feeder.ts";
import { type TableOptions, TableWriter } from "../../../engines/lsm/table-writer.ts";
import { STORE_DIR } from "../support/tiny-store.ts";

export interface Entry {
  readonly key: Uint8Array;
  /** 0: older than every snapshot. */
  readonly sequence: number;
  readonly isDelete: boolean;
  readonly value: Uint8Array;
}

const NO_VALUE = new Uint8Array(0);

export const PLAIN_TABLE: TableOptions = { blockBytes: 128, filterBitsPerKey: 10, compress: false };

export function put(key: Uint8Array, sequence: number, value: Uint8Array): Entry {
  return { key, sequence, isDelete: false, value };
}

export function tombstone(key: Uint8Array, sequence: number): Entry {
  return { key, sequence, isDelete: true, value: NO_VALUE };
}

/** Keys ascending, the newest version of a key first: the order of a table. */
export function byKeyThenNewest(left: Entry, right: Entry): number {
  return Buffer.compare(left.key, right.key) || right.sequence - left.sequence;
}

/** Readable, for comparisons and failures. */
export function show({ key, sequence, isDelete, value }: Entry): string {
  const hex = Buffer.from(key).toString("hex");
  return `${hex}@${sequence}${isDelete ? " deleted" : `=${Buffer.from(value).toString("hex")}`}`;
}

/** A key with many relatives: a few prefixes, few bytes, the empty key and 0xff among them. */
export function randomKey(random: (below: number) => number): Uint8Array {
  const tail = Uint8Array.from({ length: random(5) }, () => [0, 1, 0x61, 0xfe, 0xff][random(5)]!);
  const prefix = new Uint8Array([0, 0, 3, 150][random(4)]!).fill(0x6b);
  return Uint8Array.from([...prefix, ...tail]);
}

function randomValue(random: (below: number) => number): Uint8Array {
  const length = random(30) === 0 ? 20_000 : [0, 1, 7, 40, 63, 64, 300][random(7)]!;
  return new Uint8Array(length).fill(random(256));
}

/** Entries of different keys and versions, sequences from `from` up, each used once; sorted. */
export function randomEntries(
  random: (below: number) => number,
  count: number,
  from: number,
): Entry[] {
  const entries = Array.from({ length: count }, (_, i) => {
    const key = randomKey(random);
    return random(4) === 0 ? tombstone(key, from + i) : put(key, from + i, randomValue(random));
  });
  return entries.sort(byKeyThenNewest);
}

/** Writes a table with these entries, which are sorted; sequence 0 is kept as such. */
export function writeTable(
  fileSystem: FileSystem,
  id: number,
  entries: readonly Entry[],
  options: TableOptions = PLAIN_TABLE,
): TableFacts {
  const sequences = entries.map(({ sequence }) => sequence).filter((sequence) => sequence > 0);
  const base = sequences.length === 0 ? 1 : Math.min(...sequences);
  fileSystem.makeDirSync(STORE_DIR);
  const file = fileSystem.openSync(tablePath(STORE_DIR, id), "create");
  const writer = new TableWriter(file, id, base, base, options);
  for (const { key, sequence, isDelete, value } of entries) {
    const isNewKey = writer.isNewKey(key, 0, key.length);
    const { length } = value;
    const isOld = sequence === 0;
    writer.add(isNewKey, key, 0, key.length, sequence, isOld, isDelete, value, 0, length);
  }
  const facts = writer.finish();
  file.closeSync();
  return facts;
}

function noCounters(): TableCounters {
  return { filterChecks: 0, filterFalsePositives: 0, getBytesRead: 0 };
}

export function openTable(
  fileSystem: FileSystem,
  facts: TableFacts,
  cache = new BlockCache(1024 * 1024),
  counters = noCounters(),
): Table {
  const file = fileSystem.openSync(tablePath(STORE_DIR, facts.id), "read");
  return new Table(file, facts, cache, counters);
}

/** All entries of groups of tables, merged; each group ascends, the newest group first. */
export function readGroups(groups: readonly (readonly Table[])[], reverse = false): Entry[] {
  const options = { reverse, start: undefined, aheadBytesMax: 4096, onRead: () => {} };
  const sources = groups.map(
    (group) => new EntrySource(new TableFeeder(group, options), reverse, undefined, new EntryRun()),
  );
  const merged = new MergedSources(sources, reverse);
  const entries: Entry[] = [];
  for (let source = merged.top; source !== undefined; source = merged.top) {
    const { run, keyStart, keyLength, sequence, isDelete, valueStart, valueLength } = source;
    const key = run.keys.slice(keyStart, keyStart + keyLength);
    const value = run.values.slice(valueStart, valueStart + valueLength);
    entries.push({ key, sequence, isDelete, value });
    merged.advance();
  }
  return entries;
}

/**
 * What a flush or a compaction has to keep of these versions, by the definition: what is newest,
 * and what is newest for a snapshot. `mayHoldOlder`: something older of the key may be elsewhere;
 * where not, the last that is kept loses its sequence, or goes if it is a delete. Undefined: a
 * flush.
 */
export function keptOf(
  entries: readonly Entry[],
  snapshots: readonly number[],
  mayHoldOlder: ((key: Uint8Array) => boolean) | undefined,
): Entry[] {
  const sorted = [...entries].sort(byKeyThenNewest);
  const kept: Entry[] = [];
  for (let from = 0; from < sorted.length; ) {
    const { key } = sorted[from]!;
    let to = from;
    while (to < sorted.length && Buffer.compare(sorted[to]!.key, key) === 0) to++;
    const versions = sorted.slice(from, to);
    from = to;
    const seen = new Set([versions[0]!]);
    for (const snapshot of snapshots) {
      const visible = versions.find(({ sequence }) => sequence <= snapshot);
      if (visible !== undefined) seen.add(visible);
    }
    const ofKey = versions.filter((version) => seen.has(version));
    const oldest = ofKey.at(-1)!;
    const isSeenByAll = oldest.sequence <= (snapshots[0] ?? Number.POSITIVE_INFINITY);
    if (mayHoldOlder !== undefined && isSeenByAll) {
      if (oldest.sequence === 0 || !mayHoldOlder(key)) {
        ofKey.pop();
        if (!oldest.isDelete) ofKey.push({ ...oldest, sequence: 0 });
      }
    }
    kept.push(...ofKey);
  }
  return kept;
}
