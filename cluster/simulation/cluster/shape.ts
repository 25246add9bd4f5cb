// What a cluster of the simulation is: nodes in racks and data centres, with engines of their own,
// one keyspace, and how its clients ask.

import type { AntiEntropySettings } from "../../antientropy/repairs.ts";
import type { Keyspace } from "../../keyspace.ts";
import type { Consistency } from "../../replication/consistency.ts";
import { fixedPartitions } from "../../ring/fixed-partitions.ts";
import { plan } from "../../ring/plan.ts";
import type { Ring } from "../../ring/ring.ts";
import type { RingNode } from "../../ring/ring-node.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import type { ReadMode } from "../../transport/message.ts";
import type { Plan } from "../scenario.ts";
import { alwaysMeet } from "./quorums.ts";

/** How one session asks. */
export interface AskMode {
  readonly read: Consistency;
  readonly write: Consistency;
  readonly mode: ReadMode;
}

export interface ClusterShape {
  readonly ringNodes: readonly RingNode[];
  /** A power of two. */
  readonly partitions: number;
  readonly keyspace: Keyspace;
  /** The same for all sessions of a run, so that what is claimed can be said. */
  readonly ask: AskMode;
  /** In ms, of every request of a client, and of each of its attempts. */
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  /** Values are filled up to about so many bytes. */
  readonly valueBytes: number;
  /** Requests that a node has open at most. */
  readonly requestsMax: number;
  /** Absent: replicas are not compared in the background. */
  readonly antiEntropy?: AntiEntropySettings;
  /** Of the ring: it will be a replica of every key that it is none of. Absent: nobody will. */
  readonly pendingNode?: NodeId;
  /** Where it is known before the run: of these nodes and this keyspace. */
  readonly ring?: Ring;
}

/** From then on the ring is to be of these nodes. */
export interface RingChangeAsked {
  readonly atMs: number;
  readonly members: readonly NodeId[];
}

export interface ClusterPlan extends Plan {
  readonly shape: ClusterShape;
  /** In the order of their times; each waits for the end of the one before. */
  readonly ringChanges?: readonly RingChangeAsked[];
  /** Rare paths stay rare: nothing but the faults of the plan befalls anybody. */
  readonly isCalm?: boolean;
}

/** The ring of the shape: the same for the same shape. */
export function ringOf(
  { ringNodes, partitions, keyspace, ring }: ClusterShape,
  random: RandomStream,
): Ring {
  if (ring !== undefined) return ring;
  const strategy = fixedPartitions(partitions);
  return plan(undefined, ringNodes, { replicas: keyspace.replicas }, strategy, random).ring;
}

/** Whether a read must see every write that was acknowledged before it began. */
export function isRegular({ keyspace, ask }: ClusterShape): boolean {
  const isStrict = keyspace.quorum === "strict";
  return isStrict && alwaysMeet(ask.read, ask.write, keyspace.replicas);
}
