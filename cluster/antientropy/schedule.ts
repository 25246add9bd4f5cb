// Who compares what with whom, and when: every partition with each other replica once in a while.
//
// Steps:
//  1. A pair is a partition and another replica of it. Each has a time at which it is due; at first
//     they are spread by chance over one interval.
//  2. Of those that are due, the one that has waited longest begins, unless as many as may go on
//     do, or one with the same node.
//  3. At its end it is due again an interval later, with some jitter; sooner when it came to no
//     end.
//
// Invariants:
//  I1. Of the two nodes of a pair one begins: else everything would be compared twice. Which one
//      changes with the partition, so that the work is shared. Only `hurry` makes the other begin.
//  I2. No pair is compared twice at a time.

import type { NodeId, Runtime } from "../runtime.ts";
import { type Account, addAccount, type ExchangeReport, newAccount } from "./events.ts";
import type { Partition } from "./partition.ts";

interface ScheduleOptions {
  /** Between two comparisons of a pair, in ms; 600,000 unless told. */
  readonly intervalMs?: number;
  /** After one that came to no end; 10,000 unless told. */
  readonly retryMs?: number;
  /** At a time, of those that this node begins; 2 unless told. */
  readonly exchangesMax?: number;
}

/** One keyspace, as the schedule needs it. */
export interface Lane {
  readonly keyspace: string;
  readonly partitions: () => readonly Partition[];
  /** All nodes that should hold the partition, or will; without this one there is nothing to do. */
  readonly replicasOf: (partition: Partition) => readonly NodeId[];
  readonly exchange: (peer: NodeId, partition: Partition) => Promise<ExchangeReport>;
}

interface ScheduleParts {
  readonly runtime: Runtime;
  readonly lanes: readonly Lane[];
  readonly isUp: (node: NodeId) => boolean;
  readonly watch: (work: Promise<unknown>) => void;
}

export interface ScheduleStats extends Readonly<Account> {
  readonly pairs: number;
  readonly running: number;
  /** Since the start, by how they ended. */
  readonly ended: Readonly<Record<string, number>>;
}

interface Pair {
  readonly lane: Lane;
  readonly partition: Partition;
  readonly peer: NodeId;
  readonly isOurs: boolean;
  dueMs: number;
  isRunning: boolean;
}

const JITTER = 0.2;
const NEVER = Number.POSITIVE_INFINITY;

export class Schedule {
  readonly #parts: ScheduleParts;
  readonly #intervalMs: number;
  readonly #retryMs: number;
  readonly #exchangesMax: number;
  readonly #busy = new Set<NodeId>();
  readonly #ended = new Map<string, number>();
  readonly #total: Account = newAccount();
  #pairs: Pair[] = [];
  #cancelTimer: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: ScheduleParts, options: ScheduleOptions = {}) {
    this.#parts = parts;
    this.#intervalMs = options.intervalMs ?? 600_000;
    this.#retryMs = Math.min(options.retryMs ?? 10_000, this.#intervalMs);
    this.#exchangesMax = options.exchangesMax ?? 2;
  }

  start(): void {
    this.refresh();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
  }

  get stats(): ScheduleStats {
    return {
      ...{ pairs: this.#pairs.length, running: this.#busy.size },
      ended: Object.fromEntries(this.#ended),
      ...this.#total,
    };
  }

  /** Asks for partitions and replicas anew, for a new plan. Pairs that stay keep their time. */
  refresh(): void {
    const { runtime, lanes } = this.#parts;
    const old = new Map(this.#pairs.map((pair) => [nameOf(pair), pair]));
    this.#pairs = [];
    for (const lane of lanes) {
      for (const partition of lane.partitions()) {
        const replicas = lane.replicasOf(partition);
        if (!replicas.includes(runtime.nodeId)) continue;
        for (const peer of replicas) {
          if (peer === runtime.nodeId) continue;
          const isOurs = beginsAt(partition, runtime.nodeId, peer);
          const pair = { lane, partition, peer, isOurs, dueMs: 0, isRunning: false };
          const kept = old.get(nameOf(pair));
          pair.dueMs = isOurs ? this.#later(this.#intervalMs * runtime.random.nextDouble()) : NEVER;
          this.#pairs.push(kept ?? pair);
        }
      }
    }
    this.#next();
  }

  /** Compares all with this node soon: it was away, or hints for it were refused. */
  hurry(node: NodeId): void {
    for (const pair of this.#pairs) if (pair.peer === node) pair.dueMs = this.#later(0);
    this.#next();
  }

  #later(delayMs: number): number {
    return this.#parts.runtime.clock.nowMs() + delayMs;
  }

  /** Begins what is due, and waits for what will be. */
  #next(): void {
    const { runtime, isUp } = this.#parts;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (!this.#isStopped && this.#busy.size < this.#exchangesMax) {
      const pair = this.#earliest();
      if (pair === undefined) return;
      const waitMs = pair.dueMs - this.#later(0);
      if (waitMs > 0) {
        // Whole milliseconds, since a clock may be coarser than what is left.
        this.#cancelTimer = runtime.timers.after(Math.ceil(waitMs), () => this.#next());
        return;
      }
      if (isUp(pair.peer)) this.#begin(pair);
      else pair.dueMs = pair.isOurs ? this.#later(this.#jittered(this.#retryMs)) : NEVER;
    }
  }

  #earliest(): Pair | undefined {
    let earliest: Pair | undefined;
    for (const pair of this.#pairs) {
      if (pair.dueMs === NEVER || pair.isRunning || this.#busy.has(pair.peer)) continue;
      if (earliest === undefined || pair.dueMs < earliest.dueMs) earliest = pair;
    }
    return earliest;
  }

  #begin(pair: Pair): void {
    const { lane, partition, peer } = pair;
    pair.isRunning = true;
    this.#busy.add(peer);
    const ended = (report: ExchangeReport): void => {
      pair.isRunning = false;
      this.#busy.delete(peer);
      this.#count(report);
      const isWhole = report.end === "equal" || report.end === "repaired";
      const delayMs = isWhole ? this.#intervalMs : this.#retryMs;
      pair.dueMs = pair.isOurs || !isWhole ? this.#later(this.#jittered(delayMs)) : NEVER;
      this.#next();
    };
    this.#parts.watch(lane.exchange(peer, partition).then(ended));
  }

  #jittered(ms: number): number {
    return ms * (1 - JITTER / 2 + JITTER * this.#parts.runtime.random.nextDouble());
  }

  #count(report: ExchangeReport): void {
    this.#ended.set(report.end, (this.#ended.get(report.end) ?? 0) + 1);
    addAccount(this.#total, report);
  }
}

/** Whether `node` is the one of the two that begins (I1). */
function beginsAt({ to }: Partition, node: NodeId, peer: NodeId): boolean {
  // Of all bits, since the ends of equal partitions differ in the high ones alone.
  const isSwapped = Math.imul(to, 0x9e3779b1) >>> 31 === 1;
  return node < peer !== isSwapped;
}

function nameOf({ lane, partition, peer }: Pair): string {
  return `${lane.keyspace} ${partition} ${peer}`;
}
