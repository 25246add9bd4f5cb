// Knows a message that came twice (runtime.ts: datagrams may), so that what is said of the first
// copy is true of the second: without it one copy of a write could be refused, and said to be not
// done, and the other one be done.
//
// Of every sender it has a sliding window over the turns of its numbers (slot-table.ts), as the
// anti-replay window of IPsec (RFC 4303, section 3.4.3), with a bitmap that is a ring of words and
// never shifted (RFC 6479):
//  1. A turn above the highest yet moves the window up, and is new.
//  2. A turn in the window is new when its bit is not set yet.
//  3. A turn below the window is taken for a copy: for the sender it is as if it were lost.
//
// A sender that restarts under the same name goes on from another random turn, also from a lower
// one. Turns that are far from all that came are therefore those of another run of it, with a
// window of its own; the windows of its last runs are kept, as copies of theirs may still come.
//
// Invariants:
//  I1. A copy is known as long as its sender is one of the SENDERS_MAX that were heard last, its
//      run is one of the last RUNS_MAX of that, and fewer than `farTurns` turns of the run have
//      come since. Any other copy is taken for a new message.
//  I2. What is no copy is taken for one only when it comes after what its sender began a window of
//      turns later; or when a sender restarts within `farTurns` below where it was. That lasts
//      until its turns have caught up.

import assert from "node:assert";
import { turnOf } from "../slot-table.ts";

const SENDERS_MAX = 512;
const RUNS_MAX = 3;
const WORD_BITS = 32;

/** One run of a sender. A word of turns is found at its number modulo the length of the window. */
class Run {
  readonly words: Int32Array;
  /** The highest that a turn came of; the window ends with it. */
  highest: number;

  constructor(words: number, highest: number) {
    this.words = new Int32Array(words);
    this.highest = highest;
  }

  /** Says whether the turn came before, or is too old to tell. */
  isCopy(word: number, bit: number): boolean {
    const { words } = this;
    const ahead = word - this.highest;
    if (-ahead >= words.length) return true;
    if (ahead > 0) this.#moveUp(ahead);
    const at = word & (words.length - 1);
    if ((words[at]! & bit) !== 0) return true;
    words[at]! |= bit;
    return false;
  }

  #moveUp(ahead: number): void {
    const { words } = this;
    if (ahead >= words.length) words.fill(0);
    else {
      for (let i = 1; i <= ahead; i++) words[(this.highest + i) & (words.length - 1)] = 0;
    }
    this.highest += ahead;
  }
}

class Sender {
  /** The newest first. */
  readonly runs: Run[] = [];
  heardAt = 0;
}

/** Senders are told apart by what stands for them: a name, or a number that is theirs alone. */
export class RecentCopies<Id extends string | number> {
  readonly #words: number;
  readonly #farWords: number;
  readonly #senders = new Map<Id, Sender>();
  /** Counts messages. */
  #now = 0;

  /**
   * @param windowTurns A power of 2, at least 64; a bit each, for each sender.
   * @param farTurns More than the window; turns this far apart are of different runs.
   */
  constructor(windowTurns: number, farTurns: number) {
    assert(windowTurns >= 64 && Number.isInteger(Math.log2(windowTurns)), "a power of 2, from 64");
    assert(farTurns > windowTurns, "what is far is not in the window");
    this.#words = windowTurns / WORD_BITS;
    this.#farWords = farTurns / WORD_BITS;
  }

  /** @param number From a SlotTable of the sender; another one in every message of it. */
  isCopy(from: Id, number: number): boolean {
    const turn = turnOf(number);
    const word = Math.floor(turn / WORD_BITS);
    return this.#runOf(from, word).isCopy(word, 1 << (turn % WORD_BITS));
  }

  #runOf(from: Id, word: number): Run {
    const { runs } = this.#heard(from);
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!;
      if (Math.abs(word - run.highest) < this.#farWords) return run;
    }
    const run = new Run(this.#words, word);
    if (runs.unshift(run) > RUNS_MAX) runs.pop();
    return run;
  }

  #heard(from: Id): Sender {
    let sender = this.#senders.get(from);
    if (sender === undefined) {
      if (this.#senders.size === SENDERS_MAX) this.#forgetOne();
      sender = new Sender();
      this.#senders.set(from, sender);
    }
    sender.heardAt = ++this.#now;
    return sender;
  }

  /** Who was not heard for longest. */
  #forgetOne(): void {
    let oldest: Id | undefined;
    let heardAt = Number.POSITIVE_INFINITY;
    for (const [id, sender] of this.#senders) {
      if (sender.heardAt >= heardAt) continue;
      oldest = id;
      heardAt = sender.heardAt;
    }
    this.#senders.delete(oldest!);
  }
}
