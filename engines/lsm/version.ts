// A version: which tables the store consists of. It never changes; a flush or a compaction makes
// another one. Who reads holds a reference to its version, and so to the files.
//
// Invariants:
//  I1. Tables of level 0 are newest first, each as a whole newer than the next.
//  I2. Tables of any other level ascend, and have no key in common.
//  I3. A table is referenced once by every version that lists it and that somebody holds.

import assert from "node:assert";
import { compareKeys } from "../index/key-order.ts";
import type { Table } from "./table.ts";

/** Levels of a store at most, level 0 included. */
export const LEVELS_MAX = 7;

export type Levels = readonly (readonly Table[])[];

export interface Placed {
  readonly level: number;
  readonly table: Table;
}

export class Version {
  readonly levels: Levels;
  #references = 0;
  readonly #onObsolete: (table: Table) => void;

  /** `onObsolete`: nothing refers to the table any more, and no newer version lists it. */
  constructor(levels: Levels, onObsolete: (table: Table) => void) {
    this.levels = levels;
    this.#onObsolete = onObsolete;
    for (const [level, tables] of levels.entries()) {
      for (let i = 1; i < tables.length; i++) {
        const before = tables[i - 1]!.facts;
        const { facts } = tables[i]!;
        if (level === 0) assert(before.maxSequence >= facts.maxSequence, "I1: newest first");
        else assert(compareKeys(before.largest, facts.smallest) < 0, "I2: tables ascend");
      }
    }
  }

  static empty(onObsolete: (table: Table) => void): Version {
    return new Version(
      Array.from({ length: LEVELS_MAX }, () => []),
      onObsolete,
    );
  }

  /** The version after these tables were taken out and put in. */
  edited(removed: ReadonlySet<Table>, added: readonly Placed[]): Version {
    const levels = this.levels.map((tables, level) => {
      const kept = tables.filter((table) => !removed.has(table));
      const fresh = added.filter((each) => each.level === level).map(({ table }) => table);
      if (fresh.length === 0) return kept;
      return [...fresh, ...kept].sort(level === 0 ? byRecency : byKey);
    });
    return new Version(levels, this.#onObsolete);
  }

  hold(): this {
    if (this.#references++ === 0) for (const table of this.tables()) table.references++;
    return this;
  }

  release(): void {
    assert(this.#references > 0, "I3: a version is released as often as it was held");
    if (--this.#references > 0) return;
    for (const table of this.tables()) {
      table.references--;
      if (table.references === 0 && table.isObsolete) this.#onObsolete(table);
    }
  }

  tables(): Table[] {
    return this.levels.flat();
  }

  /** The table of a level from 1 on that covers the key, if any. */
  tableOf(level: number, key: Uint8Array): Table | undefined {
    const tables = this.levels[level]!;
    let low = 0;
    let high = tables.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(tables[middle]!.facts.largest, key) < 0) low = middle + 1;
      else high = middle;
    }
    const table = tables[low];
    return table !== undefined && compareKeys(table.facts.smallest, key) <= 0 ? table : undefined;
  }

  /** Tables of a level that have keys between these, inclusive. */
  overlapping(level: number, smallest: Uint8Array, largest: Uint8Array): Table[] {
    return this.levels[level]!.filter(
      ({ facts }) =>
        compareKeys(facts.largest, smallest) >= 0 && compareKeys(facts.smallest, largest) <= 0,
    );
  }

  levelBytes(level: number): number {
    return this.levels[level]!.reduce((sum, { facts }) => sum + facts.sizeBytes, 0);
  }
}

function byRecency(left: Table, right: Table): number {
  return right.facts.maxSequence - left.facts.maxSequence;
}

function byKey(left: Table, right: Table): number {
  return compareKeys(left.facts.smallest, right.facts.smallest);
}
