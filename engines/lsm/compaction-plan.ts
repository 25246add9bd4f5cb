// What to compact next. Pure: a version in, a plan out.
//
// Leveled (after LevelDB and RocksDB):
//  1. The score of level 0 is its number of tables over the trigger; of any other but the last,
//     its bytes over its target, which grows tenfold from level to level.
//  2. The level with the highest score of at least 1 is compacted into the next one: level 0 as a
//     whole; of another, the table that drags along the fewest bytes for its size.
//  3. A single table that overlaps nothing below is moved without being read.
//
// Size-tiered: all tables are in level 0, each a sorted run. Neighbours in age that are of similar
// size become one run, once there are as many as the trigger says. Where no sizes are similar, and
// yet there are too many runs, the neighbours with the fewest bytes do.

import { compareKeys } from "../index/key-order.ts";
import type { KeyRange } from "./job.ts";
import type { Table } from "./table.ts";
import { LEVELS_MAX, type Version } from "./version.ts";

export interface PlanSettings {
  readonly policy: "leveled" | "tiered";
  /** Tables of level 0, or runs of similar size, at which a compaction is due. */
  readonly level0Trigger: number;
  /** Bytes that level 1 should have; each next one ten times as many. */
  readonly levelBaseBytes: number;
}

export interface CompactionPlan {
  readonly fromLevel: number;
  readonly toLevel: number;
  /** Newest first; the tables of a group ascend, and have no key in common. */
  readonly groups: readonly (readonly Table[])[];
  /** Tables that may hold older versions of the keys, and are no inputs; each list ascends. */
  readonly older: readonly (readonly Table[])[];
  /** Nothing has to be read: the table changes its level. */
  readonly isMove: boolean;
  /** Output tables are split at their size; false: one run, one table. */
  readonly splits: boolean;
}

const MULTIPLIER = 10;
/** Runs are of similar size when the older is at most this many times the sum of the newer. */
const TIER_RATIO = 1.5;
/** Size-tiered: more runs than this are merged, whatever their sizes; below the stop of writes. */
const RUNS_MAX = 16;

function targetBytes(level: number, settings: PlanSettings): number {
  return settings.levelBaseBytes * MULTIPLIER ** (level - 1);
}

/** The plan that is due, or undefined. */
export function planCompaction(
  version: Version,
  settings: PlanSettings,
): CompactionPlan | undefined {
  return settings.policy === "leveled"
    ? planLeveled(version, settings)
    : planTiered(version, settings);
}

/** Bytes that have to be compacted until nothing is due. */
export function compactionDebtBytes(version: Version, settings: PlanSettings): number {
  if (settings.policy === "tiered") {
    const inputs = planTiered(version, settings)?.groups.flat() ?? [];
    return inputs.reduce((sum, { facts }) => sum + facts.sizeBytes, 0);
  }
  const level0 = version.levels[0]!.length;
  let debt = level0 >= settings.level0Trigger ? version.levelBytes(0) : 0;
  for (let level = 1; level < LEVELS_MAX - 1; level++) {
    debt += Math.max(0, version.levelBytes(level) - targetBytes(level, settings));
  }
  return debt;
}

/** Everything into one level. Undefined when there is nothing that could get better. */
export function planFull(version: Version, settings: PlanSettings): CompactionPlan | undefined {
  const tables = version.tables();
  const used = version.levels.filter((level) => level.length > 0).length;
  const hasOld = tables.some(({ facts }) => facts.deleteCount + facts.entryCount > facts.keyCount);
  const hasWaste = hasOld || used > 1;
  const isOneRun = version.levels[0]!.length < 2;
  if (tables.length === 0 || (!hasWaste && isOneRun)) return undefined;
  const total = tables.reduce((sum, { facts }) => sum + facts.sizeBytes, 0);
  let toLevel = 0;
  if (settings.policy === "leveled") {
    toLevel = 1;
    while (toLevel < LEVELS_MAX - 1 && targetBytes(toLevel, settings) < total) toLevel++;
    const deepest = version.levels.findLastIndex((level) => level.length > 0);
    toLevel = Math.max(toLevel, deepest);
  }
  const groups = groupsOf(version.levels.map((level) => [...level]));
  return { fromLevel: 0, toLevel, groups, older: [], isMove: false, splits: toLevel > 0 };
}

function planLeveled(version: Version, settings: PlanSettings): CompactionPlan | undefined {
  let fromLevel = 0;
  let best = version.levels[0]!.length / settings.level0Trigger;
  for (let level = 1; level < LEVELS_MAX - 1; level++) {
    const score = version.levelBytes(level) / targetBytes(level, settings);
    if (score > best) {
      best = score;
      fromLevel = level;
    }
  }
  if (best < 1) return undefined;
  const toLevel = fromLevel + 1;
  const from = fromLevel === 0 ? [...version.levels[0]!] : [cheapestTable(version, fromLevel)];
  const range = rangeOf(from);
  const below = version.overlapping(toLevel, range.smallest, range.largest);
  // The tables below may reach further, and what is older of their keys counts as well.
  const { smallest, largest } = rangeOf([...from, ...below]);
  const older: Table[][] = [];
  for (let level = toLevel + 1; level < LEVELS_MAX; level++) {
    older.push(version.overlapping(level, smallest, largest));
  }
  return {
    fromLevel,
    toLevel,
    groups: groupsOf(fromLevel === 0 ? [from, below] : [[], from, below]),
    older,
    isMove: from.length === 1 && below.length === 0,
    splits: true,
  };
}

function planTiered(version: Version, settings: PlanSettings): CompactionPlan | undefined {
  const runs = version.levels[0]!;
  const least = settings.level0Trigger;
  for (let first = 0; first + least <= runs.length; first++) {
    let sum = runs[first]!.facts.sizeBytes;
    let end = first + 1;
    while (end < runs.length && runs[end]!.facts.sizeBytes <= sum * TIER_RATIO) {
      sum += runs[end++]!.facts.sizeBytes;
    }
    if (end - first >= least) return tieredPlan(version, first, end);
  }
  if (runs.length < RUNS_MAX) return undefined;
  let best = 0;
  for (let first = 1; first + least <= runs.length; first++) {
    if (bytesOf(runs, first, first + least) < bytesOf(runs, best, best + least)) best = first;
  }
  return tieredPlan(version, best, best + least);
}

function tieredPlan({ levels }: Version, first: number, end: number): CompactionPlan {
  const [runs = [], ...deeper] = levels;
  const groups = runs.slice(first, end).map((table) => [table]);
  // Deeper levels have tables where the store was leveled before.
  const older = [...runs.slice(end).map((table) => [table]), ...deeper];
  return { fromLevel: 0, toLevel: 0, groups, older, isMove: false, splits: false };
}

function bytesOf(runs: readonly Table[], first: number, end: number): number {
  return runs.slice(first, end).reduce((sum, { facts }) => sum + facts.sizeBytes, 0);
}

/** Tables of level 0 are groups of their own; those of another level are one. */
function groupsOf([level0, ...rest]: readonly (readonly Table[])[]): (readonly Table[])[] {
  return [...level0!.map((table) => [table]), ...rest.filter((level) => level.length > 0)];
}

function cheapestTable(version: Version, level: number): Table {
  let best = version.levels[level]![0]!;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const table of version.levels[level]!) {
    const { smallest, largest, sizeBytes } = table.facts;
    const below = version.overlapping(level + 1, smallest, largest);
    const cost = below.reduce((sum, { facts }) => sum + facts.sizeBytes, 0) / sizeBytes;
    if (cost < bestCost) {
      bestCost = cost;
      best = table;
    }
  }
  return best;
}

function rangeOf(tables: readonly Table[]): KeyRange {
  return {
    smallest: tables.map(({ facts }) => facts.smallest).reduce(lesser),
    largest: tables.map(({ facts }) => facts.largest).reduce(greater),
  };
}

function lesser(left: Uint8Array, right: Uint8Array): Uint8Array {
  return compareKeys(left, right) <= 0 ? left : right;
}

function greater(left: Uint8Array, right: Uint8Array): Uint8Array {
  return compareKeys(left, right) >= 0 ? left : right;
}
