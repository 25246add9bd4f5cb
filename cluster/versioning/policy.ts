// What a keyspace does with writes that did not see each other. One policy object serves one node;
// sets of versions are immutable, and shared freely.
//
// Rules of every policy:
//  R1. `merge` is commutative, associative and idempotent, so that replicas that have seen the same
//      versions agree, whatever the order. Nothing but a later or, under `lww`, newer write ever
//      removes a version: nothing is pruned by size.
//  R2. `update` is for the coordinator alone: it makes the one new event. All else is `merge`.
//  R3. A write without a context over `siblingsMax` is refused before it is an event.
//  R4. The same request again is no new event where it is known, and one sibling where two
//      coordinators made two events of it.

import type { Context } from "./context.ts";
import type { DvvSet } from "./dvv-set.ts";
import type { Actor, Dot, Order } from "./vector-clock.ts";
import type { RequestId, Version } from "./version.ts";

export type PolicyName = "dvv" | "vector-clock" | "lww";

export interface PolicyOptions {
  /** Siblings up to which a write without a context may add one; 100 unless told. */
  readonly siblingsMax?: number;
  /**
   * Of how many of each actor's last events the request stays known after they were overwritten; 3
   * unless told. One takes about ten bytes. More lets a retry be known for what it is after more
   * writes in between; the same on every node.
   */
  readonly requestMemory?: number;
  /** `lww`: how far a timestamp may be ahead of the wall clock, in ms; 10,000 unless told. */
  readonly maxDriftMs?: number;
  /**
   * `lww`: timestamps are the wall clock's alone, also where it is older than what it overwrites:
   * wrong, and there only so that tests can show what goes wrong.
   */
  readonly isWallClock?: boolean;
}

export interface Write {
  /** Absent: a delete. Must not be changed afterwards. */
  readonly value?: Uint8Array;
  /** What the writer has seen; absent or empty: nothing. */
  readonly context?: Context;
  readonly request: RequestId;
  readonly actor: Actor;
  /** The wall clock of this node, in milliseconds since 1970. */
  readonly nowWallMs: number;
}

/** `siblings` is how many there are now. */
export type UpdateResult =
  | {
      readonly outcome: "written" | "duplicate";
      readonly set: DvvSet;
      /** The event of the request. */
      readonly dot: Dot;
      readonly siblings: number;
    }
  | { readonly outcome: "refused"; readonly siblings: number; readonly siblingsMax: number };

export interface Reading {
  /** Tombstones included; one for each request. Empty when nothing was ever written. */
  readonly siblings: readonly Version[];
  readonly context: Context;
}

export interface ConflictPolicy {
  readonly name: PolicyName;
  /** Throws VERSION_STATE. The bytes must not change as long as the set is used. */
  decode(bytes: Uint8Array): DvvSet;
  encode(set: DvvSet): Uint8Array;
  /** `stored` is absent when this replica holds nothing. Throws VERSION_CLOCK_DRIFT (`lww`). */
  update(stored: DvvSet | undefined, write: Write): UpdateResult;
  merge(a: DvvSet, b: DvvSet): DvvSet;
  read(set: DvvSet): Reading;
  /** `before`: `b` knows everything that `a` knows, and more. */
  compare(a: DvvSet, b: DvvSet): Order;
  /** Whether both know the same events, and hold the same of them. */
  isEqual(a: DvvSet, b: DvvSet): boolean;
  siblingCount(set: DvvSet): number;
  /** For what another node sent, before it is merged. Throws VERSION_CLOCK_DRIFT (`lww`). */
  admit(set: DvvSet, nowWallMs: number): void;
  /** Values that this node dropped although the winner had not seen them; 0 but for `lww`. */
  readonly lostUpdates: number;
}
