// Places in the arena that are to be freed, as soon as nobody can ask for them any more.
//
// Invariants:
//  I1. A place that was superseded by a write that can be undone is not freed.
//  I2. A place that was superseded while a snapshot was open is not freed before it is closed.

import assert from "node:assert";
import type { ValueArena } from "./value-arena.ts";

const WORDS = 3;

/** A growing list of (page, unit, length). */
class PlaceList {
  words = new Uint32Array(WORDS * 64);
  count = 0;

  push(page: number, unit: number, length: number): void {
    if (this.count * WORDS === this.words.length) {
      const larger = new Uint32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    const at = this.count++ * WORDS;
    this.words[at] = page;
    this.words[at + 1] = unit;
    this.words[at + 2] = length;
  }
}

export class FreeQueue {
  readonly #arena: ValueArena;
  /** Superseded since the last commit. */
  readonly #pending = new PlaceList();
  /** Superseded for good, but perhaps read through a snapshot. */
  readonly #held = new PlaceList();

  constructor(arena: ValueArena) {
    this.#arena = arena;
  }

  get isEmpty(): boolean {
    return this.#pending.count === 0;
  }

  add(page: number, unit: number, length: number): void {
    this.#pending.push(page, unit, length);
  }

  /** The write that superseded the place was undone. */
  remove(page: number, unit: number): void {
    const { words } = this.#pending;
    let at = (this.#pending.count - 1) * WORDS;
    while (at >= 0 && (words[at] !== page || words[at + 1] !== unit)) at -= WORDS;
    assert(at >= 0, "I1: an undone write had superseded the place");
    words.copyWithin(at, at + WORDS, this.#pending.count * WORDS);
    this.#pending.count--;
  }

  /** What was superseded so far stays so. */
  commit(hasSnapshots: boolean): void {
    const { words, count } = this.#pending;
    this.#pending.count = 0;
    for (let at = 0; at < count * WORDS; at += WORDS) {
      if (hasSnapshots) this.#held.push(words[at]!, words[at + 1]!, words[at + 2]!);
      else this.#arena.free(words[at]!, words[at + 1]!, words[at + 2]!);
    }
  }

  /** I2: no snapshot is open any more. */
  releaseHeld(): void {
    const { words, count } = this.#held;
    this.#held.count = 0;
    for (let at = 0; at < count * WORDS; at += WORDS) {
      this.#arena.free(words[at]!, words[at + 1]!, words[at + 2]!);
    }
  }
}
