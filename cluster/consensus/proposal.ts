// The proposer of CASPaxos (Rystsov 2018, section 2.2) for one change of a key, or for all gets of
// it that wait together.
//
// Steps of a change:
//  1. Prepare: a quorum promises a new ballot, and tells the newest state that it accepted. This is
//     left out while the promises for the last change of this node still hold (leads.ts).
//  2. Accept: the changed state, or the same when the request was done before, goes to everybody.
//     When a quorum has accepted it, the request is done.
// Steps of a get:
//  1. Peek: when a quorum stands at one accepted ballot with nothing promised above it, its state
//     is the answer (standing.ts says why).
//  2. When it differs, and nothing is promised above the newest, that ballot and state are offered
//     to everybody once more: whoever began this need not be disturbed to see it finished.
//  3. When more is promised: after a pause a second look, and then a change that changes nothing.
//
// A refusal begins again with a higher ballot, after a random pause that grows, so that one of two
// rivals gets through.
//
// Invariants:
//  I1. A ballot is proposed with one state.
//  I2. Only what a quorum has accepted is answered.

import assert from "node:assert";
import type { NodeId } from "../runtime.ts";
import type { Acceptor } from "./acceptor.ts";
import { type Ballot, type BallotSource, compareBallots, NO_BALLOT } from "./ballot.ts";
import type { Electorate } from "./electorate.ts";
import type { Leads } from "./leads.ts";
import { MessageKind } from "./messages.ts";
import type { Poll, PollListener, Polls, Question } from "./poll.ts";
import { EMPTY_STATE, RegisterState } from "./register-state.ts";
import type { RegisterRequest } from "./request.ts";

const PAUSE_MIN_MS = 2;
const PAUSE_DOUBLINGS_MAX = 6;
/** So often a get looks again before it disturbs whoever is proposing. */
const LOOKS_MAX = 2;

/** What all proposals of a node share. */
export interface ProposalParts {
  readonly polls: Polls;
  readonly ballots: BallotSource;
  readonly leads: Leads;
  readonly acceptor: Acceptor;
}

type Phase = "peek" | "offer" | "prepare" | "accept";

export class Proposal implements PollListener {
  /** Gets, or one change. */
  readonly requests: RegisterRequest[];
  readonly #parts: ProposalParts;
  readonly #text: string;
  readonly #key: Uint8Array;
  readonly #onEnd: () => void;
  #phase: Phase = "peek";
  #poll: Poll | undefined;
  #cancelPause: (() => void) | undefined;
  /** Of prepare, accept and offer. */
  #ballot: Ballot = NO_BALLOT;
  /** Of accept and offer. */
  #state: RegisterState = EMPTY_STATE;
  /** The highest counter that anybody told of. */
  #counter = 0;
  #refusals = 0;
  #looks = 0;

  constructor(
    parts: ProposalParts,
    text: string,
    key: Uint8Array,
    requests: RegisterRequest[],
    onEnd: () => void,
  ) {
    assert(requests.length > 0, "there is something to propose");
    this.#parts = parts;
    this.#text = text;
    this.#key = key;
    this.requests = requests;
    this.#onEnd = onEnd;
  }

  start(): void {
    if (this.#isGet) this.#peek(false);
    else if (!this.#goOn()) this.#prepare();
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#poll?.end();
    this.#cancelPause?.();
  }

  onAnswer(poll: Poll): void {
    switch (this.#phase) {
      case "peek":
        this.#onPeek(poll);
        return;
      case "prepare":
        this.#onPromise(poll);
        return;
      case "offer":
      case "accept":
        this.#onAccept(poll);
        return;
    }
  }

  onRound(): void {}

  onOtherPlan(): void {
    if (this.#isGet) this.#peek(false);
    else this.#prepare();
  }

  get #isGet(): boolean {
    return this.requests[0]?.change === undefined;
  }

  get #electorate(): Electorate {
    return this.#parts.polls.desk.electorateOf(this.#key);
  }

  #mark(name: string): void {
    this.#parts.polls.desk.runtime.probes.mark(name);
  }

  #ask(phase: Phase, question: Question): void {
    this.stop();
    this.#phase = phase;
    this.#poll = this.#parts.polls.begin(question, this);
    this.#poll.start();
  }

  #peek(wantsStates: boolean): void {
    const electorate = this.#electorate;
    const { probes, nodeId } = this.#parts.polls.desk.runtime;
    // A voter has most states itself.
    const isFar = electorate.indexOf(nodeId) < 0 || probes.isPlanted("consensus-stale-get");
    const question = { kind: MessageKind.peek, electorate, key: this.#key };
    this.#ask("peek", { ...question, wantsStates: wantsStates || isFar });
  }

  #onPeek(poll: Poll): void {
    const { probes } = this.#parts.polls.desk.runtime;
    if (probes.isPlanted("consensus-stale-get")) {
      this.#answerMinority(poll);
      return;
    }
    const seen = poll.quorum();
    if (seen === 0) return;
    const { accepted, state } = poll.newest(seen);
    const agreed = poll.quorum(accepted);
    const bytes = state ?? this.#ownState(accepted);
    const isMissing = bytes === undefined && accepted.counter > 0;
    if (agreed !== 0 && !probes.buggify("consensus no quick read")) {
      if (isMissing) {
        this.#peek(true);
        return;
      }
      this.#mark("consensus read at once");
      this.#finish(poll, agreed, stateOf(bytes));
      return;
    }
    if (compareBallots(poll.promised(seen), accepted) > 0 || accepted.counter === 0) {
      this.#onCrowd(poll);
      return;
    }
    if (isMissing) {
      this.#peek(true);
      return;
    }
    this.#mark("consensus read finished a write");
    this.#offer(accepted, stateOf(bytes));
  }

  /** The state of this node's record, if it stands at the ballot. */
  #ownState(accepted: Ballot): Uint8Array | undefined {
    const record = this.#parts.acceptor.recordNow(this.#text, this.#key);
    if (record === undefined || compareBallots(record.accepted, accepted) !== 0) return undefined;
    return record.state;
  }

  #onCrowd(poll: Poll): void {
    this.#counter = Math.max(this.#counter, poll.counter);
    this.#mark("consensus read met a proposal");
    if (++this.#looks > LOOKS_MAX) {
      this.#prepare();
      return;
    }
    this.#pause(this.#looks, () => this.#peek(true));
  }

  #answerMinority(poll: Poll): void {
    const agreeing = poll.answers.findIndex((answer) => answer !== undefined && answer.roll !== 0);
    if (agreeing < 0) return;
    this.#finish(poll, 1 << agreeing, stateOf(poll.answers[agreeing]!.state));
  }

  /** Begins with step 2 where the promises for the last change hold. */
  #goOn(): boolean {
    const { leads, acceptor, polls } = this.#parts;
    const record = acceptor.recordNow(this.#text, this.#key);
    this.#counter = record?.promised.counter ?? 0;
    const lead = leads.take(this.#text, this.#electorate.plan, record);
    if (lead === undefined) return false;
    if (polls.desk.runtime.probes.buggify("consensus forgets its lead")) return false;
    this.#mark("consensus went on from its lead");
    this.#propose(lead.nextStep(), stateOf(record!.state));
    return true;
  }

  #prepare(): void {
    this.#ballot = this.#parts.ballots.above(this.#counter);
    const question = { kind: MessageKind.prepare, ballot: this.#ballot, key: this.#key };
    this.#ask("prepare", { ...question, electorate: this.#electorate });
  }

  #onPromise(poll: Poll): void {
    const promised = poll.quorum();
    if (promised !== 0) {
      const { state } = poll.newest(promised);
      this.#propose(this.#ballot.nextStep(), stateOf(state));
      return;
    }
    if (poll.isLost) this.#onRefusal(poll);
  }

  #propose(ballot: Ballot, before: RegisterState): void {
    const { clock, probes } = this.#parts.polls.desk.runtime;
    const request = this.requests[0]!;
    const after = request.applyTo(before, clock, probes);
    if (after === undefined) {
      this.stop();
      request.endUnknown(probes);
      this.#onEnd();
      return;
    }
    this.#state = after;
    this.#send("accept", ballot);
  }

  #offer(ballot: Ballot, state: RegisterState): void {
    this.#state = state;
    this.#send("offer", ballot);
  }

  #send(phase: Phase, ballot: Ballot): void {
    this.#ballot = ballot;
    const state = this.#state.encode();
    const question = { kind: MessageKind.accept, ballot, state, key: this.#key };
    this.#ask(phase, { ...question, electorate: this.#electorate });
  }

  #onAccept(poll: Poll): void {
    const accepted = poll.quorum(this.#ballot);
    if (accepted === 0) {
      if (poll.isLost) this.#onRefusal(poll);
      return;
    }
    const { electorate } = poll;
    const { nodeId } = this.#parts.polls.desk.runtime;
    if (this.#phase === "accept" && electorate.indexOf(nodeId) >= 0) {
      this.#parts.leads.keep(this.#text, this.#ballot, electorate.plan);
    }
    this.#finish(poll, accepted, this.#state);
  }

  #onRefusal(poll: Poll): void {
    this.#counter = Math.max(this.#counter, poll.counter);
    this.#mark("consensus duel");
    this.#refusals++;
    // The first refusal only tells where the ballots are.
    this.#pause(this.#refusals - 1, () => this.#prepare());
  }

  #pause(doublings: number, then: () => void): void {
    this.stop();
    this.#poll = undefined;
    const { timers, random } = this.#parts.polls.desk.runtime;
    const meanMs = PAUSE_MIN_MS * 2 ** Math.min(doublings, PAUSE_DOUBLINGS_MAX);
    const delayMs = doublings === 0 ? 0 : meanMs * (0.5 + random.nextDouble());
    this.#cancelPause = timers.after(delayMs, then);
  }

  /** I2: `quorum` is the mask of those that agreed. */
  #finish(poll: Poll, quorum: number, state: RegisterState): void {
    this.stop();
    const answeredBy: NodeId[] = [];
    for (const [i, node] of poll.electorate.members.entries()) {
      if (((quorum >>> i) & 1) === 1) answeredBy.push(node);
    }
    for (const request of this.requests) request.succeed(state.value, answeredBy);
    this.#onEnd();
  }
}

function stateOf(bytes: Uint8Array | undefined): RegisterState {
  return bytes === undefined ? EMPTY_STATE : RegisterState.decode(bytes);
}
