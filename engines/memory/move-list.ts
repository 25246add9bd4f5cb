// Where records went from the files that a snapshot file replaces, so that the words of their keys
// can be moved once it is listed. In blocks, so that growing copies nothing.

import type { EntryArena } from "../index/entry-arena.ts";

/** Words of a move: id, number of the old file | index of the new one << 16, old unit, new unit. */
const MOVE_WORDS = 4;
const BLOCK_MOVES = 8192;

export class MoveList {
  readonly #blocks: Uint32Array[] = [];
  #last = BLOCK_MOVES;
  #done = 0;

  add(id: number, number: number, unit: number, fileIndex: number, newUnit: number): void {
    if (this.#last === BLOCK_MOVES) {
      this.#blocks.push(new Uint32Array(MOVE_WORDS * BLOCK_MOVES));
      this.#last = 0;
    }
    const block = this.#blocks.at(-1)!;
    const at = this.#last++ * MOVE_WORDS;
    block[at] = id;
    block[at + 1] = number | (fileIndex << 16);
    block[at + 2] = unit;
    block[at + 3] = newUnit;
  }

  /**
   * Moves the words of some thousand keys by compare-and-swap: a key that was written or deleted
   * meanwhile keeps its newer words. `numbers` are those of the new files. False: all are done.
   */
  step(entries: EntryArena, numbers: readonly number[]): boolean {
    const block = this.#blocks[this.#done];
    if (block === undefined) return false;
    this.#done++;
    const count = this.#done === this.#blocks.length ? this.#last : BLOCK_MOVES;
    for (let at = 0; at < count * MOVE_WORDS; at += MOVE_WORDS) {
      const id = block[at]!;
      const from = block[at + 1]!;
      if (entries.a(id) !== (from & 0xffff) || entries.b(id) !== block[at + 2]!) continue;
      entries.set(id, numbers[from >>> 16]!, block[at + 3]!, entries.c(id));
    }
    return true;
  }
}
