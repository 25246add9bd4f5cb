// What clients and nodes say to each other. The bytes are in codec.ts.
//
// A message is whole or not there; it may come twice, late, or never (runtime.ts), so that each is
// safe to take in twice, and whoever waits for one has a deadline.

import type { TryTimes } from "../consensus/request.ts";
import type { ClusterErrorCode, WriteFate } from "../errors.ts";
import type { Consistency } from "../replication/consistency.ts";
import type { NodeId } from "../runtime.ts";
import type { RequestId } from "../versioning/version.ts";

/** The first byte of a message. */
export const Kind = {
  get: 1,
  put: 2,
  compareAndSet: 3,
  getMany: 4,
  scan: 5,
  answer: 16,
  manyAnswer: 17,
  read: 32,
  readAnswer: 33,
  mint: 34,
  mintAnswer: 35,
  merge: 36,
  mergeAnswer: 37,
  scanPart: 38,
  scanPartAnswer: 39,
  consensus: 48,
  entropy: 49,
  plan: 50,
} as const;

/** How replicas are asked for a read. */
export interface ReadMode {
  /** `all` replicas, or just as many as must answer. */
  readonly fanOut: "all" | "r";
  /** All but one replica are asked for a hash of what they hold. */
  readonly digests: boolean;
  /**
   * Replicas that lack something get it: `blocking` before the answer, as far as the level asks;
   * `background` after it.
   */
  readonly repair: "background" | "blocking" | "off";
  /** With fan-out `r`: another replica is asked when one is late, within a budget. */
  readonly hedge: boolean;
}

/** What every request of a client carries. */
interface Asked {
  /** Which try of which request this is, to the client alone: the answer repeats it. */
  readonly attempt: number;
  /** Of the ring that the client knows. */
  readonly epoch: number;
  readonly keyspace: string;
  /** How long the client still waits, in ms, from when it is sent. */
  readonly timeoutMs: number;
}

export interface GetMessage extends Asked {
  readonly kind: typeof Kind.get;
  readonly key: Uint8Array;
  readonly consistency: Consistency;
  readonly mode: ReadMode;
}

export interface PutMessage extends Asked, TryTimes {
  readonly kind: typeof Kind.put;
  readonly key: Uint8Array;
  /** Undefined: a delete. */
  readonly value: Uint8Array | undefined;
  /** As a read gave it out; undefined: the writer has seen nothing. */
  readonly context: Uint8Array | undefined;
  readonly id: RequestId;
  readonly consistency: Consistency;
  /** The answer has what a get would have: what the replica that wrote it held then. */
  readonly wantsValues: boolean;
}

/** Only in a linearizable keyspace. */
export interface CompareAndSetMessage extends Asked, TryTimes {
  readonly kind: typeof Kind.compareAndSet;
  readonly key: Uint8Array;
  /** Undefined: that there is nothing. */
  readonly expected: Uint8Array | undefined;
  /** Undefined: a delete. */
  readonly value: Uint8Array | undefined;
  readonly id: RequestId;
}

export interface GetManyMessage extends Asked {
  readonly kind: typeof Kind.getMany;
  readonly keys: readonly Uint8Array[];
  readonly consistency: Consistency;
  readonly mode: ReadMode;
}

export interface ScanMessage extends Asked {
  readonly kind: typeof Kind.scan;
  /** Inclusive; empty: from the first key. */
  readonly from: Uint8Array;
  /** Exclusive; undefined: to the last key. */
  readonly to: Uint8Array | undefined;
  /** Keys with a value in one answer, at least 1. */
  readonly limit: number;
  readonly consistency: Consistency;
}

/** Who answered: what a client may be told of any request. */
export interface AnsweredBy {
  readonly primaries: readonly NodeId[];
  readonly fallbacks: readonly NodeId[];
}

export interface AnswerMessage {
  readonly kind: typeof Kind.answer;
  readonly attempt: number;
  /** Undefined when it was done. */
  readonly error:
    | { readonly code: ClusterErrorCode; readonly text: string; readonly fate: WriteFate }
    | undefined;
  readonly answeredBy: AnsweredBy;
  /** Of a get: every sibling. Of a compare-and-set that did not swap: what was there. */
  readonly values: readonly Uint8Array[];
  readonly context: Uint8Array | undefined;
  /** Of a compare-and-set; true of everything else that was done. */
  readonly isSwapped: boolean;
}

export interface ManyEntry {
  readonly key: Uint8Array;
  readonly values: readonly Uint8Array[];
  readonly context: Uint8Array | undefined;
  /** Of getMany: this key could not be read. */
  readonly error?: { readonly code: ClusterErrorCode; readonly text: string };
}

/** To getMany in the order of its keys, to a scan in the order of keys. */
export interface ManyAnswerMessage {
  readonly kind: typeof Kind.manyAnswer;
  readonly attempt: number;
  readonly error: AnswerMessage["error"];
  readonly answeredBy: AnsweredBy;
  readonly entries: readonly ManyEntry[];
  /** Of a scan: where the next one begins; undefined at the end. */
  readonly next: Uint8Array | undefined;
}

/** What one node asks of another. */
interface ReplicaAsked {
  /** To the node that asks alone: the answer repeats it. 0: no answer is wanted. */
  readonly number: number;
  readonly epoch: number;
  readonly keyspace: string;
}

export interface ReadMessage extends ReplicaAsked {
  readonly kind: typeof Kind.read;
  readonly key: Uint8Array;
  readonly isDigest: boolean;
  /** It is answered when what it finds is durable. */
  readonly isDurable: boolean;
}

/** How a replica took it. */
export const Status = {
  ok: 0,
  /** The engine could not: its disk is full or broken. */
  failed: 1,
  overloaded: 2,
  /** Mint: too many siblings. */
  siblings: 3,
  /** Another epoch of the ring. */
  epoch: 4,
  clock: 5,
  /** It does not know the keyspace, or cannot read what was sent. */
  refused: 6,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

export interface ReadAnswerMessage {
  readonly kind: typeof Kind.readAnswer;
  readonly number: number;
  readonly status: Status;
  readonly isDigest: boolean;
  /** digest.ts; 0 when nothing is stored. */
  readonly digest: number;
  /** Undefined when nothing is stored, and in a digest. */
  readonly set: Uint8Array | undefined;
}

/** Make the write an event of yours, store it, and say what came of it. */
export interface MintMessage extends ReplicaAsked {
  readonly kind: typeof Kind.mint;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  readonly context: Uint8Array | undefined;
  readonly id: RequestId;
  /** The one asked keeps it for this primary. */
  readonly standsInFor: NodeId | undefined;
}

export interface MintAnswerMessage {
  readonly kind: typeof Kind.mintAnswer;
  readonly number: number;
  readonly status: Status;
  /** What the others are to merge; undefined unless `ok`. */
  readonly set: Uint8Array | undefined;
}

/** Take these versions in. */
export interface MergeMessage extends ReplicaAsked {
  readonly kind: typeof Kind.merge;
  readonly key: Uint8Array;
  readonly set: Uint8Array;
  readonly standsInFor: NodeId | undefined;
}

export interface MergeAnswerMessage {
  readonly kind: typeof Kind.mergeAnswer;
  readonly number: number;
  readonly status: Status;
}

/** All keys that this node holds of these vnodes, in order, with their versions. */
export interface ScanPartMessage extends ReplicaAsked {
  readonly kind: typeof Kind.scanPart;
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
  readonly limit: number;
  /** Ascending. */
  readonly vnodes: readonly number[];
}

export interface ScanPartAnswerMessage {
  readonly kind: typeof Kind.scanPartAnswer;
  readonly number: number;
  readonly status: Status;
  readonly keys: readonly Uint8Array[];
  readonly sets: readonly Uint8Array[];
  /** There may be more behind the last key. */
  readonly hasMore: boolean;
}

/** Of the registers of a linearizable keyspace; they read the payload themselves. */
export interface ConsensusMessage {
  readonly kind: typeof Kind.consensus;
  readonly keyspace: string;
  readonly payload: Uint8Array;
}

/** Of replicas that compare what they hold; they read the payload themselves. */
export interface EntropyMessage {
  readonly kind: typeof Kind.entropy;
  readonly keyspace: string;
  readonly payload: Uint8Array;
}

/** Of who owns what; `keyspace` is that of the plan's register. */
export interface PlanMessage {
  readonly kind: typeof Kind.plan;
  readonly keyspace: string;
  readonly payload: Uint8Array;
}

export type ClientMessage =
  | GetMessage
  | PutMessage
  | CompareAndSetMessage
  | GetManyMessage
  | ScanMessage;

export type Message =
  | ClientMessage
  | AnswerMessage
  | ManyAnswerMessage
  | ReadMessage
  | ReadAnswerMessage
  | MintMessage
  | MintAnswerMessage
  | MergeMessage
  | MergeAnswerMessage
  | ScanPartMessage
  | ScanPartAnswerMessage
  | ConsensusMessage
  | EntropyMessage
  | PlanMessage;
