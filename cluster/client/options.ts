// What a client can be told, and what holds unless it is told.

import { ClusterError } from "../errors.ts";
import type { Keyspace } from "../keyspace.ts";
import type { Consistency } from "../replication/consistency.ts";
import type { Ring } from "../ring/ring.ts";
import type { Runtime } from "../runtime.ts";
import type { ReadMode } from "../transport/message.ts";

/** What a client asks of the world: it keeps no files. */
export type ClientRuntime = Pick<Runtime, "nodeId" | "clock" | "timers" | "random" | "network">;

export interface ClientOptions {
  /** Name of the cluster, as its nodes have it; "ringbench" unless told. */
  readonly cluster?: string;
  readonly ring: Ring;
  readonly keyspaces: readonly Keyspace[];
  /** The data centre whose nodes are asked first; absent: all are equally near. */
  readonly dc?: string;
  /** Whom to ask: `replica`, the default, a replica of the key; `any` node of the ring. */
  readonly route?: "replica" | "any";
  /** How long a request may take in all, in ms; 5000 unless told. */
  readonly timeoutMs?: number;
  /** How long one coordinator is waited for before another is asked too, in ms; 1000. */
  readonly attemptTimeoutMs?: number;
  /** How many coordinators are asked at most, 1 to 16; 4. One may be asked again. */
  readonly attemptsMax?: number;
  /** The pause before the second attempt after a refusal, in ms; doubled each time; 20. */
  readonly backoffMs?: number;
}

/** What holds for one request. */
export interface RequestOptions {
  /** QUORUM unless told; a linearizable keyspace takes none. */
  readonly consistency?: Consistency;
  /** In ms, above 0; that of the client unless told. */
  readonly timeoutMs?: number;
}

export interface ReadOptions extends RequestOptions {
  /** What is absent is as in `READ_MODE`. */
  readonly mode?: Partial<ReadMode>;
}

export interface WriteOptions extends RequestOptions {
  /** As a read gave it out; absent: the writer has seen nothing of the key. */
  readonly context?: Uint8Array;
  /** The result has the values and the context that are there after the write; false. */
  readonly wantsValues?: boolean;
}

/** How replicas are asked unless told: all of them, one for versions and the rest for hashes. */
export const READ_MODE: ReadMode = {
  fanOut: "all",
  digests: true,
  repair: "background",
  hedge: false,
};

/** QUORUM, but in a linearizable keyspace, which takes no level. */
export const NO_LEVEL: Consistency = {};

export type ClientLimits = Required<
  Pick<ClientOptions, "timeoutMs" | "attemptTimeoutMs" | "attemptsMax" | "backoffMs">
>;

/** Bounded by the bits that requests.ts has for the attempts of a request. */
const ATTEMPTS_MAX = 16;
const DAY_MS = 86_400_000;

/** With everything that was left out. @throws ClusterError CLUSTER_SETTINGS */
export function limitsOf(options: ClientOptions): ClientLimits {
  const { timeoutMs = 5000, attemptTimeoutMs = 1000, attemptsMax = 4, backoffMs = 20 } = options;
  checkTimeout("timeoutMs", timeoutMs);
  checkTimeout("attemptTimeoutMs", attemptTimeoutMs);
  checkTimeout("backoffMs", backoffMs);
  if (!Number.isInteger(attemptsMax) || attemptsMax < 1 || attemptsMax > ATTEMPTS_MAX) {
    throw wrong(`attemptsMax is ${attemptsMax}: give an integer from 1 to ${ATTEMPTS_MAX}`);
  }
  return { timeoutMs, attemptTimeoutMs, attemptsMax, backoffMs };
}

/** @throws ClusterError CLUSTER_SETTINGS */
export function checkTimeout(name: string, ms: number): void {
  if (ms > 0 && ms <= DAY_MS) return;
  throw wrong(`${name} is ${ms}: give milliseconds above 0, up to ${DAY_MS}`);
}

function wrong(message: string): ClusterError {
  return new ClusterError("CLUSTER_SETTINGS", message);
}
