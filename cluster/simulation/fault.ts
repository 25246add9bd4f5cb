// Faults as data: a schedule of them can be printed, cut down and run again.

import type { NodeId } from "../runtime.ts";

interface Spell {
  readonly atMs: number;
  /** How long it lasts. */
  readonly forMs: number;
}

/** What links do for a while, those of clients among them. */
export interface FlakyFault extends Spell {
  readonly kind: "flaky";
  readonly lossPercent: number;
  readonly duplicatePercent: number;
  readonly reorderPercent: number;
}

/** The nodes of the group and the others do not hear each other; a bridge hears both. */
export interface PartitionFault extends Spell {
  readonly kind: "partition";
  readonly group: readonly NodeId[];
  readonly bridge?: NodeId;
}

/** Each node hears only those that are at most `reach` places from it, around the ring. */
export interface RingFault extends Spell {
  readonly kind: "ring";
  readonly order: readonly NodeId[];
  readonly reach: number;
}

/** What `from` sends does not reach `to`. */
export interface OneWayFault extends Spell {
  readonly kind: "one-way";
  readonly from: NodeId;
  readonly to: NodeId;
}

/** What is sent on the link meanwhile arrives after it. */
export interface ClogFault extends Spell {
  readonly kind: "clog";
  readonly from: NodeId;
  readonly to: NodeId;
}

/** What is sent to the node and by it meanwhile arrives after it. */
export interface NodeClogFault extends Spell {
  readonly kind: "clog-node";
  readonly node: NodeId;
}

export interface SlowFault extends Spell {
  readonly kind: "slow-node";
  readonly node: NodeId;
  readonly factor: number;
}

/** Every sync takes so many times as long: the nodes share their storage. */
export interface SlowDiskFault extends Spell {
  readonly kind: "slow-disk";
  readonly factor: number;
}

/** The disk takes so many bytes more, until there is room again. */
export interface FullDiskFault extends Spell {
  readonly kind: "full-disk";
  readonly node: NodeId;
  readonly freeBytes: number;
}

/** Somebody sends the node what is no message, so many times. */
export interface NoiseFault extends Spell {
  readonly kind: "noise";
  readonly node: NodeId;
  readonly datagrams: number;
}

/** The process dies at `atMs`, and is started again after `forMs`. */
export interface DeathFault extends Spell {
  readonly kind: "kill" | "power-loss" | "disk-loss";
  readonly node: NodeId;
}

/** Every machine loses power at once, and starts again after `forMs`. */
export interface BlackoutFault extends Spell {
  readonly kind: "blackout";
}

/** The process dies within the n-th change of its disk after `atMs`. */
export interface WriteDeathFault extends Spell {
  readonly kind: "kill-in-write";
  readonly node: NodeId;
  readonly changes: number;
  /** Of the bytes of that change, when it is a write, so many are written. */
  readonly writtenPercent: number;
}

export interface ClockFault {
  readonly kind: "clock-jump";
  readonly atMs: number;
  readonly node: NodeId;
  /** Forward, or back when negative. */
  readonly byMs: number;
}

export type Fault =
  | FlakyFault
  | PartitionFault
  | RingFault
  | OneWayFault
  | ClogFault
  | NodeClogFault
  | SlowFault
  | SlowDiskFault
  | FullDiskFault
  | NoiseFault
  | DeathFault
  | BlackoutFault
  | WriteDeathFault
  | ClockFault;

/** One line for a person. */
export function describeFault(fault: Fault): string {
  const { kind, atMs, ...rest } = fault;
  const details = Object.entries(rest)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("+") : value}`)
    .join(", ");
  return `${atMs} ms: ${kind}, ${details}`;
}
