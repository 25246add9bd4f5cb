// What a request asks of its quorum, and what that comes to on a keyspace's replicas.
//
// A level is a count by the rules of Cassandra: QUORUM is half of all replicas and one more;
// LOCAL_QUORUM the same of the coordinator's data centre alone; EACH_QUORUM that of every data
// centre, one by one, never as a sum. Or the counts are given as numbers: R or W, and PR or PW for
// how many of those must be primaries.

import type { NodeId } from "../runtime.ts";

export const LEVELS = [
  "ANY",
  "ONE",
  "TWO",
  "THREE",
  "QUORUM",
  "LOCAL_ONE",
  "LOCAL_QUORUM",
  "EACH_QUORUM",
  "ALL",
] as const;
export type Level = (typeof LEVELS)[number];

/** A level, or a count of 1 to N; `primaries` is PR or PW, 0 to N. */
export interface Consistency {
  readonly level?: Level;
  readonly count?: number;
  readonly primaries?: number;
}

/** What must have answered. All of it must be met. */
export interface Need {
  /** Different nodes, in whatever data centre; 0 for ANY, where a hint will do. */
  readonly nodes: number;
  /** Different primaries. */
  readonly primaries: number;
  readonly perDc: readonly { readonly dc: string; readonly nodes: number }[];
}

/** Whom a request asks, and what they are to the key. */
export interface Contact {
  readonly node: NodeId;
  readonly dc: string;
  /** `pending` will be a replica: it takes writes, and raises how many of them must answer. */
  readonly role: "primary" | "fallback" | "pending";
  /** Of a fallback: the primary whose writes it keeps. */
  readonly standsInFor?: NodeId;
}
