// What the registers of one keyspace say to each other.

import { type Ballot, NO_BALLOT } from "./ballot.ts";

/** The first number of every message. */
export const MessageKind = {
  /** What have you promised and accepted? Changes nothing. */
  peek: 1,
  /** Promise to take nothing below the ballot, and say what you have accepted. */
  prepare: 2,
  /** Take this state under this ballot. */
  accept: 3,
  answer: 4,
  hello: 5,
  challenge: 6,
  join: 7,
  welcome: 8,
  list: 9,
  listed: 10,
} as const;

export type AskKind = (typeof MessageKind)["peek" | "prepare" | "accept"];

/** What one node asks of the voters of a key. Its runs of bytes are views. */
export class Ask {
  readonly kind: AskKind;
  /** Of the poll: answers have the same. */
  readonly number: number;
  /** Who votes, as the asking node knows it. */
  readonly plan: number;
  readonly key: Uint8Array;
  /** Of a peek: the state is wanted as well. Every promise brings it. */
  readonly wantsState: boolean;
  readonly ballot: Ballot;
  /** Of an accept: a whole RegisterState. */
  readonly state: Uint8Array | undefined;

  constructor(
    kind: AskKind,
    number: number,
    plan: number,
    key: Uint8Array,
    wantsState: boolean,
    ballot: Ballot = NO_BALLOT,
    state: Uint8Array | undefined = undefined,
  ) {
    this.kind = kind;
    this.number = number;
    this.plan = plan;
    this.key = key;
    this.wantsState = wantsState;
    this.ballot = ballot;
    this.state = state;
  }
}

export const Outcome = {
  /** What was asked for is so, durably. */
  done: 1,
  /** Something higher was promised: `promised`. */
  refused: 2,
  /** It may not vote on that key now, or knows another plan. */
  noVote: 3,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export class Answer {
  readonly number: number;
  readonly outcome: Outcome;
  /** Who votes and on which disks, as the answering node knows it; 0 without a vote. */
  readonly roll: number;
  readonly promised: Ballot;
  readonly accepted: Ballot;
  /** What was accepted; undefined when nothing was, or it was not wanted. */
  readonly state: Uint8Array | undefined;

  constructor(
    number: number,
    outcome: Outcome,
    roll = 0,
    promised: Ballot = NO_BALLOT,
    accepted: Ballot = NO_BALLOT,
    state: Uint8Array | undefined = undefined,
  ) {
    this.number = number;
    this.outcome = outcome;
    this.roll = roll;
    this.promised = promised;
    this.accepted = accepted;
    this.state = state;
  }
}

/** How a disk becomes known to another node (standing.ts). */
export type JoinMessage =
  | { readonly kind: typeof MessageKind.hello; readonly disk: number }
  | { readonly kind: typeof MessageKind.challenge; readonly disk: number; readonly nonce: number }
  | { readonly kind: typeof MessageKind.join; readonly disk: number; readonly nonce: number }
  | {
      readonly kind: typeof MessageKind.welcome;
      readonly disk: number;
      /** The disk of the one who welcomes. */
      readonly own: number;
      /** Another disk of that node was known here before. */
      readonly isSuccessor: boolean;
    };

/** Which keys do you hold of which I am a voter? (walk.ts) */
export interface ListMessage {
  readonly kind: typeof MessageKind.list;
  readonly number: number;
  /** Exclusive; from the first key when absent. */
  readonly after: Uint8Array | undefined;
}

export interface ListedMessage {
  readonly kind: typeof MessageKind.listed;
  readonly number: number;
  readonly keys: readonly Uint8Array[];
  /** Where to go on; undefined at the end. */
  readonly next: Uint8Array | undefined;
  /** The list has every key on which the answering node ever voted together with the asker. */
  readonly isWhole: boolean;
}

export type Message =
  | Ask
  | ({ readonly kind: typeof MessageKind.answer } & { readonly answer: Answer })
  | JoinMessage
  | ListMessage
  | ListedMessage;
