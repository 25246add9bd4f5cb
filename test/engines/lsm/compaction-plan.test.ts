// Goal: no plan makes a wrong answer possible, and following plans ends in the shape that the
// policy promises. Method: tables that are only facts and the keys in them, merged by brute
// force; every plan is held against the definition of what may be older.

import { describe, expect, it } from "vitest";
import { compareKeys } from "../../../engines/index/key-order.ts";
import {
  type CompactionPlan,
  compactionDebtBytes,
  type PlanSettings,
  planCompaction,
  planFull,
} from "../../../engines/lsm/compaction-plan.ts";
import type { Table } from "../../../engines/lsm/table.ts";
import type { TableFacts } from "../../../engines/lsm/table-facts.ts";
import { LEVELS_MAX, Version } from "../../../engines/lsm/version.ts";
import { bytes, seeded } from "../support/stores.ts";

const KEY_BYTES = 100;
const TABLE_KEYS = 5;

/** What a plan looks at: the facts. */
function fakeTable(keys: readonly string[], maxSequence: number, deleteCount = 0): Table {
  const facts: Partial<TableFacts> = {
    id: maxSequence,
    sizeBytes: keys.length * KEY_BYTES,
    keyCount: keys.length - deleteCount,
    entryCount: keys.length,
    deleteCount,
    maxSequence,
    smallest: bytes(keys[0]!),
    largest: bytes(keys.at(-1)!),
  };
  return { facts, references: 0 } as unknown as Table;
}

function versionOf(levels: readonly (readonly Table[])[]): Version {
  const all = Array.from({ length: LEVELS_MAX }, (_, i) => levels[i] ?? []);
  return new Version(all, () => {});
}

function leveled(level0Trigger: number, levelBaseBytes: number): PlanSettings {
  return { policy: "leveled", level0Trigger, levelBaseBytes };
}

function overlaps({ facts: left }: Table, { facts: right }: Table): boolean {
  return (
    compareKeys(left.smallest, right.largest) <= 0 && compareKeys(right.smallest, left.largest) <= 0
  );
}

/** Newest first: level 0 as it is, then the deeper levels. */
function ageOf(version: Version, table: Table): number {
  const inLevel0 = version.levels[0]!.indexOf(table);
  if (inLevel0 >= 0) return inLevel0;
  return 1000 + version.levels.findIndex((tables) => tables.includes(table));
}

/** The definition of a plan that cannot change an answer. */
function expectSound(version: Version, plan: CompactionPlan, what: string): void {
  const inputs = plan.groups.flat();
  expect(new Set(inputs).size, `${what}: an input twice`).toBe(inputs.length);
  const others = version.tables().filter((table) => !inputs.includes(table));
  const older = new Set(plan.older.flat());
  for (const input of inputs) {
    for (const other of others) {
      if (!overlaps(input, other)) continue;
      const isOlder = ageOf(version, other) > ageOf(version, input);
      if (isOlder) expect(older.has(other), `${what}: an older table is forgotten`).toBe(true);
      const outputAge = plan.toLevel === 0 ? ageOf(version, inputs.at(-1)!) : 1000 + plan.toLevel;
      const staysNewer = ageOf(version, other) < outputAge;
      // What is moved to an older place must not pass something that is older than it.
      if (isOlder && staysNewer) expect.fail(`${what}: an input is put behind an older table`);
    }
  }
  for (const group of plan.groups) {
    expect(group.length).toBeGreaterThan(0);
    for (let i = 1; i < group.length; i++) {
      const order = compareKeys(group[i - 1]!.facts.largest, group[i]!.facts.smallest);
      expect(order, `${what}: a group ascends`).toBeLessThan(0);
    }
  }
  for (const list of plan.older) {
    for (let i = 1; i < list.length; i++) {
      const order = compareKeys(list[i - 1]!.facts.largest, list[i]!.facts.smallest);
      expect(order, `${what}: a list of older tables ascends`).toBeLessThan(0);
    }
  }
  const ages = plan.groups.map((group) => ageOf(version, group[0]!));
  expect(ages, `${what}: newest group first`).toEqual([...ages].sort((a, b) => a - b));
}

/** A store of keys and facts. */
class Store {
  version: Version;
  readonly #keys = new Map<Table, readonly string[]>();
  readonly #settings: PlanSettings;
  #sequence = 0;
  moves = 0;
  merges = 0;

  constructor(settings: PlanSettings) {
    this.#settings = settings;
    this.version = versionOf([]);
  }

  flush(keys: readonly string[]): void {
    const table = this.#table(keys, ++this.#sequence);
    this.version = this.version.edited(new Set(), [{ level: 0, table }]);
  }

  /** Follows plans until nothing is due; fails when that does not end. */
  settle(what: string): void {
    for (let round = 0; ; round++) {
      expect(round, `${what}: compactions that do not end`).toBeLessThan(200);
      const plan = planCompaction(this.version, this.#settings);
      if (plan === undefined) return;
      this.apply(plan, `${what}, round ${round}`);
    }
  }

  apply(plan: CompactionPlan, what: string): void {
    expectSound(this.version, plan, what);
    const inputs = plan.groups.flat();
    const { toLevel } = plan;
    if (plan.isMove) {
      this.moves++;
      const placed = inputs.map((table) => ({ level: toLevel, table }));
      this.version = this.version.edited(new Set(inputs), placed);
      return;
    }
    this.merges++;
    const keys = [...new Set(inputs.flatMap((table) => this.#keys.get(table)!))].sort();
    const newest = Math.max(...inputs.map(({ facts }) => facts.maxSequence));
    const size = plan.splits ? TABLE_KEYS : keys.length;
    const outputs = Array.from({ length: Math.ceil(keys.length / size) }, (_, i) =>
      this.#table(keys.slice(i * size, (i + 1) * size), newest),
    );
    // The constructor of a version asserts that levels have no overlap.
    this.version = this.version.edited(
      new Set(inputs),
      outputs.map((table) => ({ level: toLevel, table })),
    );
  }

  keys(): Set<string> {
    return new Set(this.version.tables().flatMap((table) => this.#keys.get(table)!));
  }

  #table(keys: readonly string[], maxSequence: number): Table {
    const table = fakeTable(keys, maxSequence);
    this.#keys.set(table, keys);
    return table;
  }
}

function randomKeys(random: (below: number) => number, width: number): string[] {
  const first = random(1000 - width);
  const keys = Array.from({ length: 1 + random(12) }, () =>
    String(first + random(width)).padStart(4, "0"),
  );
  return [...new Set(keys)].sort();
}

describe("plans", () => {
  it.each<PlanSettings>([
    leveled(2, 500),
    leveled(4, 1000),
    { policy: "tiered", level0Trigger: 2, levelBaseBytes: 1000 },
    { policy: "tiered", level0Trigger: 4, levelBaseBytes: 1000 },
  ])("are sound, lose nothing, and end, for random flushes: %o", (settings) => {
    let merges = 0;
    let moves = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const random = seeded(seed);
      const store = new Store(settings);
      const written = new Set<string>();
      for (let flush = 0; flush < 120; flush++) {
        const keys = randomKeys(random, [10, 300, 900][random(3)]!);
        for (const key of keys) written.add(key);
        store.flush(keys);
        if (random(3) > 0) store.settle(`seed ${seed}, flush ${flush}`);
      }
      store.settle(`seed ${seed}, at the end`);
      expect(store.keys(), `seed ${seed}`).toEqual(written);
      const { version } = store;
      if (settings.policy === "leveled") {
        expect(version.levels[0]!.length).toBeLessThan(settings.level0Trigger);
        for (let level = 1; level < LEVELS_MAX - 1; level++) {
          const target = settings.levelBaseBytes * 10 ** (level - 1);
          expect(version.levelBytes(level)).toBeLessThan(target);
        }
        expect(compactionDebtBytes(version, settings)).toBe(0);
        expect(version.levels.findLastIndex((tables) => tables.length > 0)).toBeGreaterThan(1);
      } else {
        expect(version.levels.slice(1).flat()).toEqual([]);
        expect(version.levels[0]!.length).toBeLessThan(settings.level0Trigger * 8);
      }
      const full = planFull(version, settings);
      if (full !== undefined) store.apply(full, `seed ${seed}, full`);
      expect(store.version.levels.filter((tables) => tables.length > 0)).toHaveLength(1);
      expect(store.keys(), `seed ${seed}, full`).toEqual(written);
      merges += store.merges;
      moves += store.moves;
    }
    expect(merges).toBeGreaterThan(100);
    if (settings.policy === "leveled") expect(moves).toBeGreaterThan(5);
  });

  it("know what is older than the whole of the inputs, beyond the table that was picked", () => {
    const level0 = [fakeTable(["m", "n"], 9), fakeTable(["m", "n"], 8)];
    const wide = fakeTable(["a", "b", "z"], 5, 1);
    const deep = fakeTable(["a", "b", "c"], 2);
    const version = versionOf([level0, [wide], [deep]]);
    const plan = planCompaction(version, leveled(2, 10_000))!;
    expect(plan.groups.flat()).toContain(wide);
    expect(plan.older.flat()).toContain(deep);
  });

  it("know of deeper levels when a leveled store is opened as a tiered one", () => {
    const runs = [fakeTable(["a", "b"], 9, 1), fakeTable(["c", "d"], 8)];
    const deep = fakeTable(["a", "b", "c"], 2);
    const version = versionOf([runs, [], [deep]]);
    const plan = planCompaction(version, {
      policy: "tiered",
      level0Trigger: 2,
      levelBaseBytes: 1,
    })!;
    expect(plan.older.flat()).toContain(deep);
  });

  it("take level 0 as a whole, and of another level the table that drags along the least", () => {
    const settings = leveled(4, 1000);
    const three = [3, 2, 1].map((sequence) => fakeTable(["a", "b"], sequence));
    expect(planCompaction(versionOf([three]), settings)).toBeUndefined();
    const four = [fakeTable(["c"], 4), ...three];
    expect(planCompaction(versionOf([four]), settings)!.groups).toHaveLength(4);
    const wide = fakeTable(["a", "b", "c", "d", "e", "f", "g"], 1);
    const narrow = fakeTable(["p", "q", "r", "s", "t", "u", "v"], 1);
    const below = [
      fakeTable(["a", "b", "c"], 1),
      fakeTable(["d", "e", "f"], 1),
      fakeTable(["p"], 1),
    ];
    const plan = planCompaction(versionOf([[], [wide, narrow], below]), settings)!;
    expect(plan.groups).toEqual([[narrow], [below[2]]]);
    expect([plan.fromLevel, plan.toLevel, plan.isMove]).toEqual([1, 2, false]);
    const alone = planCompaction(versionOf([[], [wide, narrow], below.slice(0, 2)]), settings)!;
    expect([alone.groups, alone.isMove]).toEqual([[[narrow]], true]);
  });

  it("take in every table below that the inputs touch, their ends included", () => {
    const level0 = [fakeTable(["d", "f"], 9), fakeTable(["f", "h"], 8)];
    const below = [fakeTable(["a", "d"], 1), fakeTable(["e", "g"], 1), fakeTable(["h", "k"], 1)];
    const beyond = [fakeTable(["l"], 1)];
    const version = versionOf([level0, [...below, ...beyond]]);
    expect(planCompaction(version, leveled(2, 10_000))!.groups.at(-1)).toEqual(below);
  });

  it("merge runs of similar size only, and keep their place in age", () => {
    const settings: PlanSettings = { policy: "tiered", level0Trigger: 3, levelBaseBytes: 1 };
    const small = [9, 8].map((sequence) => fakeTable(["a"], sequence));
    const large = [5, 4].map((sequence) => fakeTable([..."abcdefghij"], sequence));
    expect(planCompaction(versionOf([[...small, ...large]]), settings)).toBeUndefined();
    const third = fakeTable(["a"], 7);
    const plan = planCompaction(versionOf([[...small, third, ...large]]), settings)!;
    expect(plan.groups).toEqual([...small, third].map((table) => [table]));
    expect(plan.older.flat()).toEqual(large);
    expect([plan.toLevel, plan.splits]).toEqual([0, false]);
  });

  it("for everything end at a level that holds it, and are not made for nothing", () => {
    const settings = leveled(4, 300);
    const clean = fakeTable(["a", "b"], 1);
    expect(planFull(versionOf([]), settings)).toBeUndefined();
    expect(planFull(versionOf([[], [], [clean]]), settings)).toBeUndefined();
    expect(planFull(versionOf([[], [fakeTable(["a"], 1, 1)]]), settings)).toBeDefined();
    const many = fakeTable([..."abcdefg"], 1);
    expect(planFull(versionOf([[many, clean]]), settings)!.toLevel).toBe(2);
    expect(planFull(versionOf([[many], [], [], [clean]]), settings)!.toLevel).toBe(3);
    expect(planFull(versionOf([[many, clean]]), { ...settings, policy: "tiered" })!.toLevel).toBe(
      0,
    );
  });
});
