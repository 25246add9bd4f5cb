// Brings back the records that a disk would have if another had not been lost in its place.
//
// Steps for a key:
//  1. The others are peeked for ballots and state.
//  2. So many answered with the roll of this node, each itself allowed to vote on the key, that no
//     quorum was without one of them, whoever voted here before (Electorate.outlasts).
//  3. The highest promise and the newest state of all of them become the record.
// Why that is enough stands in standing.ts.

import type { Acceptor } from "./acceptor.ts";
import { MessageKind } from "./messages.ts";
import type { Poll, PollListener, Polls } from "./poll.ts";
import type { Standing } from "./standing.ts";
import { VoteRecord } from "./vote-record.ts";

/** Keys that are recovered at a time; who needs more asks again. */
const RECOVERIES_MAX = 256;
/** So often the others are asked before it ends without a result. */
const ROUNDS_MAX = 30;

export interface RecoveriesParts {
  readonly polls: Polls;
  readonly standing: Standing;
  readonly acceptor: Acceptor;
}

export class Recoveries {
  readonly #parts: RecoveriesParts;
  /** By the text of the key. */
  readonly #open = new Map<string, Recovery>();

  constructor(parts: RecoveriesParts) {
    this.#parts = parts;
  }

  stop(): void {
    for (const recovery of [...this.#open.values()]) recovery.end();
  }

  /** Does nothing when the key is being recovered. */
  begin(text: string, key: Uint8Array): void {
    if (this.#open.has(text) || this.#open.size >= RECOVERIES_MAX) return;
    const { desk } = this.#parts.polls;
    if (desk.electorateOf(key).indexOf(desk.runtime.nodeId) < 0) return;
    const recovery = new Recovery(this.#parts, text, key, () => this.#open.delete(text));
    this.#open.set(text, recovery);
    recovery.start();
  }
}

class Recovery implements PollListener {
  readonly #parts: RecoveriesParts;
  readonly #text: string;
  readonly #key: Uint8Array;
  readonly #onEnd: () => void;
  readonly #poll: Poll;
  #rounds = 0;

  constructor(parts: RecoveriesParts, text: string, key: Uint8Array, onEnd: () => void) {
    this.#parts = parts;
    this.#text = text;
    this.#key = key;
    this.#onEnd = onEnd;
    const { polls } = parts;
    const electorate = polls.desk.electorateOf(key);
    const question = {
      kind: MessageKind.peek,
      electorate,
      key,
      wantsStates: true,
      skipsSelf: true,
    };
    this.#poll = polls.begin(question, this);
  }

  start(): void {
    this.#poll.start();
  }

  end(): void {
    this.#poll.end();
    this.#onEnd();
  }

  onAnswer(poll: Poll): void {
    const { polls, standing, acceptor } = this.#parts;
    const { electorate } = poll;
    const { nodeId, probes } = polls.desk.runtime;
    const agreeing = poll.agreeing(electorate.roll(standing));
    if (!electorate.outlasts(agreeing, electorate.indexOf(nodeId))) return;
    const { accepted, state } = poll.newest(agreeing);
    const record = new VoteRecord(poll.promised(agreeing), accepted, state);
    this.end();
    acceptor.install(this.#text, this.#key, record);
    probes.mark("consensus recovered a key");
  }

  onRound(): void {
    if (++this.#rounds > ROUNDS_MAX) this.end();
  }

  onOtherPlan(): void {
    this.end();
  }
}
