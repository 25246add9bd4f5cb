// Entries of one part of the store, in order: a memtable, a table, or a level of tables. A source
// works on a run of them at a time, which its feeder fills.

import { compareRanges } from "../index/key-order.ts";
import { EntryRun } from "./entry-run.ts";

/** Where a scan begins. */
export interface Bound {
  readonly key: Uint8Array;
  readonly inclusive: boolean;
}

/** Hands out stretches of entries in order; within one they ascend, whatever the direction. */
export interface Feeder {
  /** Fills the run with the next stretch; false: there is none. Never an empty stretch. */
  fill(run: EntryRun): boolean;
}

export class EntrySource {
  readonly run: EntryRun;
  readonly #feeder: Feeder;
  readonly #reverse: boolean;
  #at = -1;
  /** The entry that the source stands at; nothing of it means anything when it is `done`. */
  keyStart = 0;
  keyLength = 0;
  sequence = 0;
  isDelete = false;
  done = false;

  /** Stands at the first entry at or behind the bound, in its direction. */
  constructor(feeder: Feeder, reverse: boolean, start: Bound | undefined, run = new EntryRun()) {
    this.run = run;
    this.#feeder = feeder;
    this.#reverse = reverse;
    this.#refill();
    if (start !== undefined) while (!this.done && this.#isBefore(start)) this.advance();
  }

  get valueStart(): number {
    return this.run.valueStarts[this.#at]!;
  }

  get valueLength(): number {
    return this.run.valueLengths[this.#at]!;
  }

  advance(): void {
    if (this.#reverse) {
      if (--this.#at < 0) this.#refill();
      else this.#load();
    } else {
      if (++this.#at >= this.run.count) this.#refill();
      else this.#load();
    }
  }

  #refill(): void {
    this.done = !this.#feeder.fill(this.run);
    if (this.done) return;
    this.#at = this.#reverse ? this.run.count - 1 : 0;
    this.#load();
  }

  #load(): void {
    const { run } = this;
    const at = this.#at;
    const start = at === 0 ? 0 : run.keyEnds[at - 1]!;
    this.keyStart = start;
    this.keyLength = run.keyEnds[at]! - start;
    this.sequence = run.sequences[at]!;
    this.isDelete = run.deletes[at] === 1;
  }

  #isBefore({ key, inclusive }: Bound): boolean {
    const order = compareRanges(this.run.keys, this.keyStart, this.keyLength, key, 0, key.length);
    if (order === 0) return !inclusive;
    return this.#reverse ? order > 0 : order < 0;
  }
}

/** Below 0 when the left entry comes first going forward: by key, then the newest first. */
function compareSources(left: EntrySource, right: EntrySource): number {
  const order = compareRanges(
    left.run.keys,
    left.keyStart,
    left.keyLength,
    right.run.keys,
    right.keyStart,
    right.keyLength,
  );
  return order !== 0 ? order : right.sequence - left.sequence;
}

/** Several sources as one. They are kept in order; few enough for insertion to be the fastest. */
export class MergedSources {
  readonly #sources: EntrySource[];
  readonly #sign: number;

  /** Of sources that hold the same entry (key and sequence 0), the earlier is the newer. */
  constructor(sources: readonly EntrySource[], reverse: boolean) {
    this.#sign = reverse ? -1 : 1;
    this.#sources = [];
    for (const source of sources) {
      if (source.done) continue;
      let at = this.#sources.length;
      while (at > 0 && this.#sign * compareSources(this.#sources[at - 1]!, source) > 0) at--;
      this.#sources.splice(at, 0, source);
    }
  }

  /** The source that stands at the next entry; undefined at the end. */
  get top(): EntrySource | undefined {
    return this.#sources[0];
  }

  /** Moves the top source on. */
  advance(): void {
    const sources = this.#sources;
    const moved = sources[0]!;
    moved.advance();
    if (moved.done) {
      sources.shift();
      return;
    }
    const count = sources.length;
    let at = 0;
    while (at + 1 < count && this.#sign * compareSources(sources[at + 1]!, moved) < 0) {
      sources[at] = sources[at + 1]!;
      at++;
    }
    sources[at] = moved;
  }
}
