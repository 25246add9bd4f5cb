// Ballots order the proposals of a key. Paxos needs one thing of them: no two proposals of
// different states have the same.
//
// A ballot is (counter, node, attempt, step), compared in this order. The first three name an
// attempt; its steps follow one another without a new round of promises: the promise of step 0
// holds for all, as nobody else has ballots between them.
//
// Invariants:
//  I1. A node gives each attempt of one of its runs a number of its own, and begins each run at a
//      random place of 2^48: two runs of a million attempts meet with a chance of about 10^-8, and
//      then only matter when key and counter are the same as well.
//  I2. Step 0 asks for promises; states are proposed from step 1 on, each step once.

import assert from "node:assert";
import type { NodeId, RandomStream } from "../runtime.ts";
import { type ByteReader, type ByteWriter, NODE_BYTES_MAX } from "../versioning/wire.ts";

const START_BOUND = 2 ** 48;
/** Counters of ballots from elsewhere, inclusive: the next one is still exact, and a message. */
const COUNTER_MAX = 2 ** 52;

/** Upper bound of what `writeBallot` writes. */
export const BALLOT_BYTES_MAX = 3 * 8 + 1 + NODE_BYTES_MAX;

/** Immutable. */
export class Ballot {
  /** From 1; 0 only in `NO_BALLOT`. */
  readonly counter: number;
  readonly node: NodeId;
  readonly attempt: number;
  readonly step: number;

  constructor(counter: number, node: NodeId, attempt: number, step: number) {
    this.counter = counter;
    this.node = node;
    this.attempt = attempt;
    this.step = step;
  }

  /** The next of the same attempt. */
  nextStep(): Ballot {
    return new Ballot(this.counter, this.node, this.attempt, this.step + 1);
  }
}

/** Below every other. */
export const NO_BALLOT = new Ballot(0, "", 0, 0);

/** Below 0 when `a` comes before `b`, 0 when they are the same, else above 0. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.counter !== b.counter) return a.counter - b.counter;
  if (a.node !== b.node) return a.node < b.node ? -1 : 1;
  if (a.attempt !== b.attempt) return a.attempt - b.attempt;
  return a.step - b.step;
}

/** Hands out the ballots of one run of a node. */
export class BallotSource {
  readonly #node: NodeId;
  #last: number;

  constructor(node: NodeId, random: RandomStream) {
    this.#node = node;
    this.#last = random.nextBelow(START_BOUND);
  }

  /** Step 0 of a new attempt, above all ballots with counters up to `counter`. */
  above(counter: number): Ballot {
    assert(counter >= 0 && counter <= COUNTER_MAX, "counters are exact");
    return new Ballot(counter + 1, this.#node, ++this.#last, 0);
  }
}

export function writeBallot(writer: ByteWriter, ballot: Ballot): void {
  writer.number(ballot.counter);
  if (ballot.counter === 0) return;
  writer.node(ballot.node);
  writer.number(ballot.attempt);
  writer.number(ballot.step);
}

export function readBallot(reader: ByteReader): Ballot {
  const counter = reader.number();
  if (counter === 0) return NO_BALLOT;
  if (counter > COUNTER_MAX) reader.fail("a ballot beyond all that are ever reached");
  const node = reader.node();
  const attempt = reader.number();
  return new Ballot(counter, node, attempt, reader.number());
}
