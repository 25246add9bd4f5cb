// A scan over a tree: what is pinned, and the sources that are merged, newest first.

import type { Cursor, ScanOptions } from "../engine.ts";
import type { RunPool } from "./entry-run.ts";
import { type Bound, EntrySource } from "./entry-source.ts";
import { LsmCursor } from "./lsm-cursor.ts";
import type { Memtable } from "./memtable.ts";
import { MemtableFeeder } from "./memtable-feeder.ts";
import type { LsmSnapshot } from "./snapshot-list.ts";
import type { LsmCounters } from "./stats.ts";
import { TableFeeder } from "./table-feeder.ts";
import type { Tree } from "./tree.ts";
import type { Version } from "./version.ts";

const AHEAD_BYTES_MAX = 256 * 1024;

export interface ScanParts {
  /** A snapshot of the scan's own, closed at its end. */
  readonly pin: LsmSnapshot;
  readonly counters: LsmCounters;
  readonly assertOpen: () => void;
}

export function scanTree(tree: Tree, options: ScanOptions, parts: ScanParts): Cursor {
  const { pin, counters, assertOpen } = parts;
  const { sequence } = pin;
  const { runs } = tree;
  const version = tree.version.hold();
  tree.openScans++;
  const memtables = [tree.active, ...tree.sealed.toReversed()];
  const onRead = (bytes: number): void => {
    counters.scanBytesRead += bytes;
  };
  return new LsmCursor(
    {
      sequence,
      openSources: (reverse, start) => [
        ...memtableSources(memtables, sequence, reverse, start, runs),
        ...tableSources(version, reverse, start, onRead, runs),
      ],
      generation: () => memtables.reduce((sum, { rollbacks }) => sum + rollbacks, 0),
      runs,
      assertOpen,
      onRead: (bytes) => {
        counters.userBytesRead += bytes;
      },
      release: () => {
        pin.close();
        version.release();
        tree.openScans--;
      },
    },
    options,
  );
}

function memtableSources(
  memtables: readonly Memtable[],
  sequence: number,
  reverse: boolean,
  start: Bound | undefined,
  runs: RunPool,
): EntrySource[] {
  return memtables
    .filter((memtable) => !memtable.isEmpty)
    .map((memtable) => {
      const feeder = new MemtableFeeder(memtable, sequence, reverse, start);
      return new EntrySource(feeder, reverse, start, runs.take());
    });
}

function tableSources(
  version: Version,
  reverse: boolean,
  start: Bound | undefined,
  onRead: (bytes: number) => void,
  runs: RunPool,
): EntrySource[] {
  const options = { reverse, start, onRead, aheadBytesMax: AHEAD_BYTES_MAX };
  const [level0 = [], ...deeper] = version.levels;
  return [...level0.map((table) => [table]), ...deeper]
    .filter((tables) => tables.length > 0)
    .map(
      (tables) => new EntrySource(new TableFeeder(tables, options), reverse, start, runs.take()),
    );
}
