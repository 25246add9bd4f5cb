// A network of datagrams between nodes: each is lost, late, twice there, or overtaken, by seed and
// by the faults that are on.
//
// Steps of `send`:
//  1. A link that is blocked, or that draws a loss, drops the datagram.
//  2. Its delay is drawn; a clogged link holds it until the clog is over, a slow node takes longer.
//  3. With some chance a second copy takes a delay of its own.
//  4. At its time it is handed over, if the receiver runs then.
//
// Invariants:
//  I1. A datagram that is delivered is one that was sent, unchanged.

import type { NodeId, RandomStream } from "../runtime.ts";
import { type DelayTable, drawDelayUs, LAN_DELAY } from "./delay.ts";
import type { FaultCounts } from "./fault-counts.ts";
import type { EventKind, Scheduler } from "./scheduler.ts";

/** What one directed link does; sums over the faults that are on. */
export interface LinkState {
  /** Of a hundred datagrams, how many; whole numbers, so that what is added can be taken away. */
  lossPercent: number;
  duplicatePercent: number;
  /** Have ten times the delay, so that others overtake them. */
  reorderPercent: number;
  /** Partitions that cut it now, in both directions, and in this one alone. */
  partitions: number;
  oneWayCuts: number;
  cloggedUntilUs: number;
}

class Link implements LinkState {
  lossPercent = 0;
  duplicatePercent = 0;
  reorderPercent = 0;
  partitions = 0;
  oneWayCuts = 0;
  cloggedUntilUs = 0;
  readonly random: RandomStream;
  sent = 0;
  lastDelivered = 0;

  constructor(random: RandomStream) {
    this.random = random;
  }
}

/** Called when a datagram arrives; says whether somebody was there to take it. */
export type Receiver = (from: NodeId, datagram: Uint8Array) => boolean;

export class SimulatedNetwork {
  readonly #scheduler: Scheduler;
  readonly #random: RandomStream;
  readonly #counts: FaultCounts;
  readonly #delay: DelayTable;
  readonly #links = new Map<NodeId, Map<NodeId, Link>>();
  readonly #receivers = new Map<NodeId, { receive: Receiver; kind: EventKind }>();
  readonly #slowness = new Map<NodeId, number>();
  delivered = 0;

  constructor(
    scheduler: Scheduler,
    random: RandomStream,
    counts: FaultCounts,
    delay: DelayTable = LAN_DELAY,
  ) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#counts = counts;
    this.#delay = delay;
  }

  /** `plain` is for a receiver that leaves no promise to settle. */
  attach(node: NodeId, receive: Receiver, kind: EventKind = "promises"): void {
    this.#receivers.set(node, { receive, kind });
  }

  /** The link of that direction. */
  link(from: NodeId, to: NodeId): LinkState {
    return this.#link(from, to);
  }

  /** What reaches or leaves the node takes so many times longer than before; may be negative. */
  addSlowness(node: NodeId, times: number): void {
    this.#slowness.set(node, this.#slownessOf(node) + times);
  }

  /** 1 is normal. */
  #slownessOf(node: NodeId): number {
    return this.#slowness.get(node) ?? 1;
  }

  /** All that are attached, in the order in which they were. */
  get nodes(): readonly NodeId[] {
    return [...this.#receivers.keys()];
  }

  /** `once` is for what must not arrive twice, whatever the link does. */
  send(from: NodeId, to: NodeId, datagram: Uint8Array, copies: "any" | "once" = "any"): void {
    const link = this.#link(from, to);
    if (link.partitions + link.oneWayCuts > 0) {
      this.#counts.add(link.partitions > 0 ? "partition" : "one-way");
      return;
    }
    if (this.#happens(link, link.lossPercent)) {
      this.#counts.add("loss");
      return;
    }
    this.#deliver(link, from, to, datagram);
    if (copies === "any" && this.#happens(link, link.duplicatePercent)) {
      this.#counts.add("duplicate");
      this.#deliver(link, from, to, datagram);
    }
  }

  /** Draws nothing when there is no chance. */
  #happens(link: Link, percent: number): boolean {
    return percent > 0 && link.random.nextBelow(100) < percent;
  }

  #deliver(link: Link, from: NodeId, to: NodeId, datagram: Uint8Array): void {
    const slowness = Math.max(this.#slownessOf(from), this.#slownessOf(to));
    let delayUs = drawDelayUs(link.random, this.#delay) * slowness;
    if (slowness > 1) this.#counts.add("slow-node");
    const isHeldBack = this.#happens(link, link.reorderPercent);
    if (isHeldBack) delayUs *= 10;
    const clogUs = link.cloggedUntilUs - this.#scheduler.nowUs;
    if (clogUs > 0) {
      this.#counts.add("clog");
      delayUs += clogUs;
    }
    const receiver = this.#receivers.get(to);
    if (receiver === undefined) return;
    const number = ++link.sent;
    const arrive = (): void => {
      if (isHeldBack && number < link.lastDelivered) this.#counts.add("reorder");
      link.lastDelivered = Math.max(link.lastDelivered, number);
      if (receiver.receive(from, datagram)) this.delivered++;
    };
    this.#scheduler.schedule(delayUs, arrive, receiver.kind);
  }

  #link(from: NodeId, to: NodeId): Link {
    let links = this.#links.get(from);
    if (links === undefined) {
      links = new Map();
      this.#links.set(from, links);
    }
    let link = links.get(to);
    if (link === undefined) {
      link = new Link(this.#random.split(`${from}>${to}`));
      links.set(to, link);
    }
    return link;
  }
}
