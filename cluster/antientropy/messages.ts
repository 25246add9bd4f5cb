// What two nodes say to each other about one partition of one keyspace. The bytes are in codec.ts.
//
// One asks and the other answers; the one that answers keeps nothing in between. An answer that
// does not come is asked for again under the same number, so that every request is safe to take in
// twice.

import type { Partition, Span } from "./partition.ts";

/** The first number of every message. */
export const Kind = {
  sums: 1,
  list: 2,
  look: 3,
  fetch: 4,
  push: 5,
  page: 6,
  sumsAnswer: 17,
  listAnswer: 18,
  lookAnswer: 19,
  fetchAnswer: 20,
  pushAnswer: 21,
  pageAnswer: 22,
  refused: 32,
  busy: 33,
} as const;

/** Numbers of things in one message, at most. */
export const NODES_MAX = 4096;
export const SPANS_MAX = 512;
export const HASHES_MAX = 8192;
export const KEYS_MAX = 512;

/** Whom the two must agree with before anything they say can be compared. */
export interface PlanName {
  /** Of the ring. */
  readonly epoch: number;
  /** Of the keyspace's replicas: `ruleNumber`. */
  readonly rule: number;
}

/** What every request carries. */
interface Asked {
  readonly number: number;
  readonly plan: PlanName;
  readonly partition: Partition;
}

/** What are the sums of these nodes of a level? */
export interface SumsAsk extends Asked {
  readonly kind: typeof Kind.sums;
  readonly level: number;
  /** Ascending. */
  readonly nodes: readonly number[];
}

/** Which hashes are at these offsets? */
export interface ListAsk extends Asked {
  readonly kind: typeof Kind.list;
  /** Ascending, with something between. */
  readonly spans: readonly Span[];
}

/** Which keys are at just these offsets, and with which hashes? */
export interface LookAsk extends Asked {
  readonly kind: typeof Kind.look;
  /** Ascending. */
  readonly offsets: readonly number[];
}

/** What are the versions of these keys? */
export interface FetchAsk extends Asked {
  readonly kind: typeof Kind.fetch;
  readonly keys: readonly Uint8Array[];
}

/** Take these versions in. */
export interface PushAsk extends Asked {
  readonly kind: typeof Kind.push;
  readonly keys: readonly Uint8Array[];
  readonly sets: readonly Uint8Array[];
}

/** What do you have from this offset on? */
export interface PageAsk extends Asked {
  readonly kind: typeof Kind.page;
  readonly start: number;
}

export type Ask = SumsAsk | ListAsk | LookAsk | FetchAsk | PushAsk | PageAsk;

export interface SumsAnswer {
  readonly kind: typeof Kind.sumsAnswer;
  readonly number: number;
  /** Of the leaves of the one who answers. */
  readonly level: number;
  /** In the whole partition. */
  readonly keys: number;
  /** In the order of the nodes. */
  readonly sums: readonly number[];
}

export interface ListAnswer {
  readonly kind: typeof Kind.listAnswer;
  readonly number: number;
  /** What was asked for is answered up to this offset, exclusive. */
  readonly end: number;
  /** Ascending; one of several keys at one position comes several times. */
  readonly offsets: readonly number[];
  readonly hashes: readonly number[];
}

export interface LookAnswer {
  readonly kind: typeof Kind.lookAnswer;
  readonly number: number;
  readonly end: number;
  readonly keys: readonly Uint8Array[];
  readonly hashes: readonly number[];
}

/** What is there in the place of a set that cannot be given. */
export const Missing = { absent: 0, unreadable: 1 } as const;
export type Missing = (typeof Missing)[keyof typeof Missing];
export type Found = Uint8Array | Missing;

export interface FetchAnswer {
  readonly kind: typeof Kind.fetchAnswer;
  readonly number: number;
  /** Of the first keys that were asked for, at least one. */
  readonly found: readonly Found[];
}

export interface PushAnswer {
  readonly kind: typeof Kind.pushAnswer;
  readonly number: number;
  /** How many of them could not be stored. */
  readonly failed: number;
}

export interface PageAnswer {
  readonly kind: typeof Kind.pageAnswer;
  readonly number: number;
  readonly end: number;
  readonly keys: readonly Uint8Array[];
  readonly found: readonly Found[];
}

/** Why a request is not answered. */
export const Refusal = {
  /** The plans differ, or it has no such partition. */
  plan: 1,
  /** Its index or tree is not made yet, or was changed so that the question has no answer. */
  notReady: 2,
  /** Its engine cannot read or write. */
  failed: 3,
} as const;
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

export interface Refused {
  readonly kind: typeof Kind.refused;
  readonly number: number;
  readonly reason: Refusal;
}

/** It has sent as much as it may: ask again after so many milliseconds. */
export interface Busy {
  readonly kind: typeof Kind.busy;
  readonly number: number;
  readonly waitMs: number;
}

export type Answer =
  | SumsAnswer
  | ListAnswer
  | LookAnswer
  | FetchAnswer
  | PushAnswer
  | PageAnswer
  | Refused
  | Busy;

export type Message = Ask | Answer;
