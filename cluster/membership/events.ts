// What happens among members as one of them sees it. Timelines are drawn of it.

import type { NodeId } from "../runtime.ts";
import type { MemberStateName } from "./member.ts";

/** A member became that, here. */
export interface StateEvent {
  readonly kind: MemberStateName;
  readonly atMs: number;
  readonly node: NodeId;
  readonly incarnation: number;
  /** Who accused it; the node itself when it is alive or left. */
  readonly by: NodeId;
}

/** This node spoke up against an accusation, by going above it. */
export interface RefutedEvent {
  readonly kind: "refuted";
  readonly atMs: number;
  readonly node: NodeId;
  /** The new one. */
  readonly incarnation: number;
  readonly by: NodeId;
}

/** This node takes part. */
export interface JoinedEvent {
  readonly kind: "joined";
  readonly atMs: number;
  readonly node: NodeId;
  /** Who let it in; the node itself when it knows of nobody else to ask. */
  readonly by: NodeId;
}

/**
 * - `cluster`: the other node is of a cluster with another name.
 * - `clock`: the clocks of both are too far apart.
 * - `duplicate`: two processes have one name.
 * - `detector`: one has swim, the other phi.
 */
export type RefusalReason = "cluster" | "clock" | "duplicate" | "detector";

/** Both sides tell of a refusal. */
export interface RefusedEvent {
  readonly kind: "refused";
  readonly atMs: number;
  /** Who was refused. */
  readonly node: NodeId;
  readonly by: NodeId;
  readonly reason: RefusalReason;
  /** For a person, with the cure. */
  readonly message: string;
}

/** This process was held up, and knows it. */
export interface StalledEvent {
  readonly kind: "stalled";
  readonly atMs: number;
  readonly node: NodeId;
  readonly lateMs: number;
}

/** A member that was gone for long is forgotten. */
export interface ReapedEvent {
  readonly kind: "reaped";
  readonly atMs: number;
  readonly node: NodeId;
}

export type MembershipEvent =
  | StateEvent
  | RefutedEvent
  | JoinedEvent
  | RefusedEvent
  | StalledEvent
  | ReapedEvent;
