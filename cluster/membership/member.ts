// One member, as this node knows it.

import type { NodeId } from "../runtime.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Suspicion } from "./suspicion.ts";

/**
 * In the order of precedence at one incarnation: a later one overrides an earlier one, and
 * whatever is of a higher incarnation overrides all. The numbers are those of messages.
 */
export const MemberState = { alive: 0, suspect: 1, dead: 2, left: 3 } as const;
export type MemberState = (typeof MemberState)[keyof typeof MemberState];
export type MemberStateName = keyof typeof MemberState;

const NAMES: readonly MemberStateName[] = ["alive", "suspect", "dead", "left"];

/** What is told of a member; a copy. */
export interface MemberView {
  readonly node: NodeId;
  readonly state: MemberStateName;
  readonly incarnation: number;
  /** Of its process. */
  readonly boot: number;
  readonly meta: Uint8Array;
  /** Of the clock, not of the wall. */
  readonly sinceMs: number;
}

export class Member {
  readonly node: NodeId;
  state: MemberState = MemberState.alive;
  incarnation: number;
  boot: number;
  meta: Uint8Array;
  /** When the state changed. */
  sinceMs: number;
  /** Who accused it, while it is suspect or dead; itself when it left. */
  accuser: NodeId;
  suspicion: Suspicion | undefined = undefined;
  /** Counts its heartbeats within the incarnation; under phi accrual. */
  heartbeat = 0;
  arrivals: Arrivals | undefined = undefined;
  /** Our own verdict on its silence, that nobody else is told; under phi accrual. */
  isSilent = false;

  constructor(node: NodeId, incarnation: number, boot: number, meta: Uint8Array, nowMs: number) {
    this.node = node;
    this.incarnation = incarnation;
    this.boot = boot;
    this.meta = meta;
    this.sinceMs = nowMs;
    this.accuser = node;
  }

  /** A suspect is up: it has not had its time yet. */
  get isUp(): boolean {
    return this.state <= MemberState.suspect && !this.isSilent;
  }

  get isGone(): boolean {
    return this.state >= MemberState.dead;
  }

  view(): MemberView {
    const { node, incarnation, boot, meta, sinceMs } = this;
    const state = this.isSilent && !this.isGone ? "dead" : NAMES[this.state]!;
    return { node, state, incarnation, boot, meta, sinceMs };
  }
}
