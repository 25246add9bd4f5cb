// One question to all voters of a key, asked again until it is over. A quorum is of one roll.
//
// Invariants:
//  I1. A member's newest answer counts, once, and only to the question that it was asked.

import type { NodeId, Runtime } from "../runtime.ts";
import { type Ballot, compareBallots, NO_BALLOT } from "./ballot.ts";
import { encodeAsk } from "./codec.ts";
import type { Electorate } from "./electorate.ts";
import { type Answer, Ask, type AskKind, MessageKind, Outcome } from "./messages.ts";

const RESEND_MS = 60;
const EARLY_MS = 1;
const NUMBER_BOUND = 2 ** 40;

export interface PollListener {
  /** There is another answer. */
  onAnswer(poll: Poll): void;
  /** Who has not answered is about to be asked again; the poll may be ended here. */
  onRound(poll: Poll): void;
  /** Voters are not those of the poll any more. */
  onOtherPlan(poll: Poll): void;
}

export interface Question {
  readonly kind: AskKind;
  readonly electorate: Electorate;
  readonly key: Uint8Array;
  /** Of a peek: everybody is asked for the state, not just who is nearest. */
  readonly wantsStates?: boolean;
  /** Only others are asked. */
  readonly skipsSelf?: boolean;
  readonly ballot?: Ballot;
  readonly state?: Uint8Array;
}

/** What polls share. */
export interface PollDesk {
  readonly runtime: Runtime;
  electorateOf(key: Uint8Array): Electorate;
  /** Delivers to the acceptor of this node. */
  askHere(ask: Ask): void;
  send(to: NodeId, payload: Uint8Array): void;
}

export class Poll {
  readonly electorate: Electorate;
  /** By member; undefined until it has answered. */
  readonly answers: (Answer | undefined)[];
  readonly #polls: Polls;
  readonly #listener: PollListener;
  readonly #ask: Ask;
  readonly #skipsSelf: boolean;
  #payload: Uint8Array | undefined;
  #cancelTimer: (() => void) | undefined;
  #isOver = false;

  constructor(polls: Polls, number: number, question: Question, listener: PollListener) {
    const { kind, electorate, key, ballot = NO_BALLOT, state } = question;
    this.electorate = electorate;
    this.answers = new Array<Answer | undefined>(electorate.members.length).fill(undefined);
    this.#polls = polls;
    this.#listener = listener;
    this.#skipsSelf = question.skipsSelf === true;
    const wantsState = question.wantsStates ?? kind === MessageKind.prepare;
    this.#ask = new Ask(kind, number, electorate.plan, key, wantsState, ballot, state);
  }

  get number(): number {
    return this.#ask.number;
  }

  start(): void {
    this.#await();
    this.#sendAll();
  }

  end(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#polls.forget(this);
  }

  take(from: NodeId, answer: Answer): void {
    const index = this.electorate.indexOf(from);
    if (index < 0 || this.#isOver) return;
    this.answers[index] = answer;
    this.#listener.onAnswer(this);
  }

  /**
   * The members of a quorum that answered "done" with one roll; 0 when there is none. With `at`
   * only those count that accepted just that, and promised nothing above it.
   */
  quorum(at?: Ballot): number {
    const { answers } = this;
    for (let i = 0; i < answers.length; i++) {
      const { roll } = answers[i] ?? {};
      if (roll === undefined) continue;
      const mask = this.agreeing(roll, at);
      if (mask !== 0 && this.electorate.isQuorum(mask)) return mask;
    }
    return 0;
  }

  /** The members that answered "done" with that roll, and stand just at `at` if it is given. */
  agreeing(roll: number, at?: Ballot): number {
    const { answers } = this;
    let mask = 0;
    for (let i = 0; i < answers.length; i++) {
      const answer = answers[i];
      if (answer?.outcome !== Outcome.done || answer.roll !== roll) continue;
      if (at === undefined || isJustAt(answer, at)) mask |= 1 << i;
    }
    return mask;
  }

  /** So many refused that no quorum is left. */
  get isLost(): boolean {
    let left = 0;
    for (const [i, answer] of this.answers.entries()) {
      if (answer?.outcome !== Outcome.refused) left |= 1 << i;
    }
    return !this.electorate.isQuorum(left);
  }

  /** The highest counter of a ballot that any member told of. */
  get counter(): number {
    let counter = 0;
    for (const answer of this.answers) {
      if (answer !== undefined) counter = Math.max(counter, answer.promised.counter);
    }
    return counter;
  }

  /** The answer of a member of `mask` with the highest ballot that was accepted. */
  newest(mask: number): Answer {
    let newest: Answer | undefined;
    for (const [i, answer] of this.answers.entries()) {
      if (((mask >>> i) & 1) === 0) continue;
      if (newest !== undefined && compareBallots(answer!.accepted, newest.accepted) <= 0) continue;
      newest = answer!;
    }
    return newest!;
  }

  /** The highest ballot that a member of `mask` promised. */
  promised(mask: number): Ballot {
    let promised = NO_BALLOT;
    for (const [i, answer] of this.answers.entries()) {
      if (((mask >>> i) & 1) === 0) continue;
      if (compareBallots(answer!.promised, promised) > 0) promised = answer!.promised;
    }
    return promised;
  }

  #await(): void {
    const { runtime } = this.#polls.desk;
    const isEarly = runtime.probes.buggify("consensus asks again early");
    this.#cancelTimer = runtime.timers.after(isEarly ? EARLY_MS : RESEND_MS, () => this.#onTimer());
  }

  #onTimer(): void {
    const { desk } = this.#polls;
    if (desk.electorateOf(this.#ask.key).plan !== this.electorate.plan) {
      desk.runtime.probes.mark("consensus plan changed under way");
      this.#listener.onOtherPlan(this);
      return;
    }
    // All who are asked have answered, and yet too few are of one roll: they may be by now.
    if (!this.answers.some((_, index) => this.#isOpen(index))) this.answers.fill(undefined);
    this.#listener.onRound(this);
    if (this.#isOver) return;
    this.#await();
    this.#sendAll();
  }

  /** This node last: its answer may come before the call returns, and end the poll. */
  #sendAll(): void {
    const { desk } = this.#polls;
    const { members } = this.electorate;
    for (const [i, node] of members.entries()) {
      if (node !== desk.runtime.nodeId && this.#isOpen(i)) {
        this.#payload ??= encodeAsk(this.#ask);
        desk.send(node, this.#payload);
      }
    }
    const own = this.electorate.indexOf(desk.runtime.nodeId);
    if (own >= 0 && this.#isOpen(own)) desk.askHere(this.#ask);
  }

  /** Whether the member is still to be asked. */
  #isOpen(index: number): boolean {
    const { nodeId } = this.#polls.desk.runtime;
    if (this.#skipsSelf && this.electorate.members[index] === nodeId) return false;
    const outcome = this.answers[index]?.outcome;
    return outcome === undefined || outcome === Outcome.noVote;
  }
}

function isJustAt({ promised, accepted }: Answer, at: Ballot): boolean {
  return compareBallots(accepted, at) === 0 && compareBallots(promised, at) === 0;
}

/** The polls that this node has open. */
export class Polls {
  readonly desk: PollDesk;
  readonly #open = new Map<number, Poll>();
  #last: number;

  constructor(desk: PollDesk) {
    this.desk = desk;
    // Answers to the polls of a run before must not count for those of this one.
    this.#last = desk.runtime.random.split("polls").nextBelow(NUMBER_BOUND);
  }

  begin(question: Question, listener: PollListener): Poll {
    const poll = new Poll(this, ++this.#last, question, listener);
    this.#open.set(poll.number, poll);
    return poll;
  }

  take(from: NodeId, answer: Answer): void {
    this.#open.get(answer.number)?.take(from, answer);
  }

  forget(poll: Poll): void {
    this.#open.delete(poll.number);
  }
}
