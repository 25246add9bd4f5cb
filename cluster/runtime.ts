// What a node may ask of the world. Nothing else under cluster/ reads a clock, draws chance, sets
// a timer, opens a file or a connection, so that the same code runs in virtual time and for real.

import type { FileSystem } from "../engines/io/filesystem.ts";

/** The name of a node, unique in its cluster and kept over restarts. */
export type NodeId = string;

/** Seeded chance. The seeded generator of the harness is one. */
export interface RandomStream {
  /** Uniform over all 32-bit integers, signed. */
  nextInt32(): number;
  /** Uniform over [0, 1). */
  nextDouble(): number;
  /** Uniform over the integers 0 <= x < bound; `bound` is an integer from 1 to 2^53. */
  nextBelow(bound: number): number;
  /** An independent stream with a name; drawing from either changes nothing for the other. */
  split(label: string | number): RandomStream;
}

export interface NodeClock {
  /** Milliseconds since some origin; never runs backwards. Fractions count. */
  nowMs(): number;
  /** Milliseconds since 1970 as this node believes: it may be wrong, and it may jump. */
  wallMs(): number;
}

export interface NodeTimers {
  /** Calls back once, not before `delayMs` (at least 0) have passed. Returns how to cancel it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Datagrams: each arrives whole, or not at all, late, twice, or after one that was sent later. */
export interface NodeNetwork {
  /** Never throws for a peer that is gone. The bytes must not be changed afterwards. */
  send(to: NodeId, datagram: Uint8Array): void;
  /** Replaces the handler; datagrams that arrive without one are dropped. */
  onDatagram(handler: (from: NodeId, datagram: Uint8Array) => void): void;
}

/** What a node tells about itself, and what makes rare paths common when it is tested. */
export interface NodeProbes {
  /** True now and then in a simulation in which this site was switched on; never in production. */
  buggify(site: string): boolean;
  /** Notes that a path was taken which tests must reach. */
  mark(name: string): void;
  /** True in a simulation that has this mistake on purpose, to try its judges; never else. */
  isPlanted(bug: string): boolean;
}

/** The world of one run of one node, from its start to its end or its death. */
export interface Runtime {
  readonly nodeId: NodeId;
  readonly clock: NodeClock;
  readonly timers: NodeTimers;
  readonly random: RandomStream;
  readonly files: FileSystem;
  readonly network: NodeNetwork;
  readonly probes: NodeProbes;
}
