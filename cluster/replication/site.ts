// What the requests of one node share: the world, the keyspaces, and how to reach the others.

import type { HintStore } from "../hints/hint-store.ts";
import type { Keyspace } from "../keyspace.ts";
import type { Liveness } from "../membership/liveness.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import type { Message } from "../transport/message.ts";
import type { ConflictPolicy } from "../versioning/policy.ts";
import type { HedgeBudget } from "./hedge.ts";
import type { Replica } from "./replica.ts";
import type { RequestTable } from "./request-table.ts";
import type { Topology } from "./topology.ts";

/** One keyspace on this node. */
export interface Host {
  readonly keyspace: Keyspace;
  /** Another one when the ring has changed. */
  topology: Topology;
  readonly replica: Replica;
  readonly policy: ConflictPolicy;
  readonly hedges: HedgeBudget;
}

export interface Site {
  readonly runtime: Runtime;
  /** Of this node; another ring may put it elsewhere. */
  readonly dc: string;
  /** Of who owns what, at this moment. */
  readonly epoch: number;
  readonly liveness: Liveness;
  readonly requests: RequestTable;
  readonly hints: HintStore;
  /** Never to this node itself. */
  send(to: NodeId, message: Message): void;
  /** What is done on the node's own account; an error there is its end. */
  watch(work: Promise<unknown>): void;
}
