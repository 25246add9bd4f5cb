// Blocks of tables as stretches of entries, forward or back, reading ahead.
//
// Steps of `fill`:
//  1. A block that is in the cache is taken from there; it is not marked as used.
//  2. Else several neighbouring blocks are read with one call: one at first, then twice as many
//     each time, up to AHEAD_BYTES_MAX, so that a short scan does not pay for a long one.

import { compareKeys } from "../index/key-order.ts";
import { BlockReader } from "./block-file.ts";
import type { EntryRun } from "./entry-run.ts";
import type { Bound, Feeder } from "./entry-source.ts";
import type { Table } from "./table.ts";
import type { TableIndex } from "./table-index.ts";

const AHEAD_BYTES_MIN = 16 * 1024;

export interface FeederOptions {
  readonly reverse: boolean;
  readonly start: Bound | undefined;
  /** The most bytes read with one call. */
  readonly aheadBytesMax: number;
  /** Told how many bytes were read. */
  readonly onRead: (bytes: number) => void;
  /** Reads everything from the file. Default false. */
  readonly ignoresCache?: boolean;
}

export class TableFeeder implements Feeder {
  readonly #tables: readonly Table[];
  readonly #options: FeederOptions;
  #tableAt: number;
  #index: TableIndex | undefined;
  #reader: BlockReader | undefined;
  #blockAt = 0;
  /** Blocks `#aheadFrom` to before `#aheadTo` are in the reader. */
  #aheadFrom = 0;
  #aheadTo = 0;
  #aheadBytes = 0;

  /** The tables ascend, and have no key in common. */
  constructor(tables: readonly Table[], options: FeederOptions) {
    this.#tables = tables;
    this.#options = options;
    this.#tableAt = this.#firstTable();
  }

  fill(run: EntryRun): boolean {
    if (!this.#enterBlock()) return false;
    const table = this.#tables[this.#tableAt]!;
    const { reverse } = this.#options;
    run.decode(this.#readBlock(table, this.#blockAt), table.facts.baseSequence);
    this.#blockAt += reverse ? -1 : 1;
    return true;
  }

  /** Makes `#blockAt` a block that is there, in the next table if need be. */
  #enterBlock(): boolean {
    const { reverse } = this.#options;
    for (;;) {
      if (this.#index === undefined) {
        const table = this.#tables[this.#tableAt];
        if (table === undefined) return false;
        this.#index = table.map().index;
        const { file, facts } = table;
        if (this.#reader === undefined) this.#reader = new BlockReader(file, facts.id);
        else this.#reader.moveTo(file, facts.id);
        this.#aheadTo = this.#aheadFrom;
        this.#blockAt = this.#firstBlock(table, this.#index);
      }
      if (this.#blockAt >= 0 && this.#blockAt < this.#index.blockCount) return true;
      this.#index = undefined;
      this.#tableAt += reverse ? -1 : 1;
    }
  }

  #firstTable(): number {
    const { reverse, start } = this.#options;
    const tables = this.#tables;
    if (start === undefined) return reverse ? tables.length - 1 : 0;
    const { key } = start;
    let low = 0;
    let high = tables.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { smallest, largest } = tables[middle]!.facts;
      const isBefore = reverse ? compareKeys(smallest, key) <= 0 : compareKeys(largest, key) < 0;
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return reverse ? low - 1 : low;
  }

  #firstBlock(table: Table, index: TableIndex): number {
    const { reverse, start } = this.#options;
    const last = index.blockCount - 1;
    if (start === undefined) return reverse ? last : 0;
    const { smallest, largest } = table.facts;
    if (compareKeys(start.key, smallest) < 0) return reverse ? -1 : 0;
    if (compareKeys(start.key, largest) > 0) return reverse ? last : last + 1;
    return index.blockOf(start.key);
  }

  #readBlock(table: Table, number: number): Uint8Array {
    const cached = table.cachedBlock(number);
    if (cached !== undefined && this.#options.ignoresCache !== true) return cached;
    const { offsets } = this.#index!;
    const reader = this.#reader!;
    if (number < this.#aheadFrom || number >= this.#aheadTo) this.#readAhead(number);
    const offset = offsets[number]!;
    const at = offset - offsets[this.#aheadFrom]!;
    return reader.decodeAhead(at, offset, offsets[number + 1]! - offset);
  }

  #readAhead(number: number): void {
    const { offsets, blockCount } = this.#index!;
    const { reverse, aheadBytesMax, onRead } = this.#options;
    let from = number;
    let to = number + 1;
    if (reverse) {
      while (from > 0 && offsets[to]! - offsets[from - 1]! <= this.#aheadBytes) from--;
    } else {
      while (to < blockCount && offsets[to + 1]! - offsets[from]! <= this.#aheadBytes) to++;
    }
    this.#aheadBytes = Math.min(aheadBytesMax, Math.max(AHEAD_BYTES_MIN, this.#aheadBytes * 2));
    const length = offsets[to]! - offsets[from]!;
    this.#reader!.readAhead(offsets[from]!, length);
    this.#aheadFrom = from;
    this.#aheadTo = to;
    onRead(length);
  }
}
