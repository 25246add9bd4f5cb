// Faults as data: a schedule of them can be printed, cut down and run again.

import type { NodeId } from "../runtime.ts";

interface Spell {
  readonly atMs: number;
  /** How long it lasts. */
  readonly forMs: number;
}

/** What links do for a while. */
export interface FlakyFault extends Spell {
  readonly kind: "flaky";
  readonly lossPercent: number;
  readonly duplicatePercent: number;
  readonly reorderPercent: number;
}

/** The nodes of the group and the others do not hear each other. */
export interface PartitionFault extends Spell {
  readonly kind: "partition";
  readonly group: readonly NodeId[];
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
  | OneWayFault
  | ClogFault
  | SlowFault
  | SlowDiskFault
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
