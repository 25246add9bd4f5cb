// What members say to each other. A datagram says whose it is and then one part after the other;
// each part is whole in itself, so that a list that needs several datagrams may lose some of them.

import type { NodeId } from "../runtime.ts";
import type { MemberState } from "./member.ts";

/** The first number of every part. */
export const PartKind = {
  /** Are you there? */
  ping: 1,
  /** Is `target` there, in your view? */
  pingRequest: 2,
  ack: 3,
  /** The target was asked and is silent so far: but I am here (Lifeguard L1). */
  nack: 4,
  /** A node says of itself that it is there. */
  alive: 5,
  suspect: 6,
  dead: 7,
  /** Who begins asks to take part. */
  join: 8,
  welcome: 9,
  refused: 10,
  /** Head of a datagram of a list of members. */
  exchange: 11,
  /** One line of such a list. */
  state: 12,
  /** Heartbeats, as far as the sender knows them. */
  beats: 13,
  /** Tell me of these. */
  want: 14,
} as const;

export interface NumberPart {
  readonly kind: (typeof PartKind)["ping" | "ack" | "nack"];
  readonly number: number;
}

export interface PingRequestPart {
  readonly kind: typeof PartKind.pingRequest;
  readonly number: number;
  readonly target: NodeId;
}

export interface AlivePart {
  readonly kind: typeof PartKind.alive;
  readonly node: NodeId;
  readonly incarnation: number;
  readonly boot: number;
  readonly meta: Uint8Array;
}

export interface AccusationPart {
  readonly kind: (typeof PartKind)["suspect" | "dead"];
  readonly node: NodeId;
  readonly incarnation: number;
  /** Who says so; a node that says it of itself leaves. */
  readonly by: NodeId;
}

export interface JoinPart {
  readonly kind: typeof PartKind.join;
  readonly cluster: string;
  /** Milliseconds since 1970, by its clock. */
  readonly wallMs: number;
  readonly detector: Detector;
}

/** In every datagram of a list for a newcomer. */
export interface WelcomePart {
  readonly kind: typeof PartKind.welcome;
  readonly wallMs: number;
  /** How many members are up: a newcomer that knows fewer asks again. */
  readonly members: number;
}

export const Detector = { swim: 1, phi: 2 } as const;
export type Detector = (typeof Detector)[keyof typeof Detector];

export const Refusal = { cluster: 1, clock: 2, duplicate: 3, detector: 4 } as const;
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

export interface RefusedPart {
  readonly kind: typeof PartKind.refused;
  /** Of the process that is refused: another one of that name is not meant. */
  readonly boot: number;
  readonly reason: Refusal;
  /** Of those who refuse. */
  readonly cluster: string;
  readonly wallMs: number;
}

export const ListKind = {
  /** The other side sends its own. */
  request: 1,
  /** More of a request, and the answer to one. */
  plain: 2,
  /** For a newcomer: everybody else knows it. */
  welcome: 3,
} as const;
export type ListKind = (typeof ListKind)[keyof typeof ListKind];

export interface ExchangePart {
  readonly kind: typeof PartKind.exchange;
  readonly list: ListKind;
}

export interface StatePart {
  readonly kind: typeof PartKind.state;
  readonly node: NodeId;
  readonly state: MemberState;
  readonly incarnation: number;
  readonly boot: number;
  readonly meta: Uint8Array;
}

export interface Beat {
  readonly node: NodeId;
  readonly incarnation: number;
  readonly heartbeat: number;
}

export interface BeatsPart {
  readonly kind: typeof PartKind.beats;
  /** The receiver answers with those that it knows better. */
  readonly wantsAnswer: boolean;
  readonly beats: readonly Beat[];
}

export interface WantPart {
  readonly kind: typeof PartKind.want;
  readonly nodes: readonly NodeId[];
}

export type Part =
  | NumberPart
  | PingRequestPart
  | AlivePart
  | AccusationPart
  | JoinPart
  | WelcomePart
  | RefusedPart
  | ExchangePart
  | StatePart
  | BeatsPart
  | WantPart;

export interface Datagram {
  /** A hash of the name of the cluster. */
  readonly cluster: number;
  /** Of the process that sent it, and its incarnation: a receiver sees what it missed. */
  readonly boot: number;
  readonly incarnation: number;
  readonly parts: readonly Part[];
}
