// What this node sends: datagrams that are filled up with rumours, and rounds of gossip as long as
// there is something to tell.
//
// Invariants:
//  I1. No datagram is longer than the settings say.
//  I2. Whatever goes to a member that is held suspect or dead says so, that it can refute at once
//      (Lifeguard L3, here for every message and not for pings alone).

import assert from "node:assert";
import type { NodeId, Runtime } from "../runtime.ts";
import { BroadcastQueue } from "./broadcast-queue.ts";
import { encodeDatagram, HEAD_BYTES_MAX } from "./codec.ts";
import { type Member, MemberState } from "./member.ts";
import type { MemberList } from "./member-list.ts";
import type { SwimSettings } from "./settings.ts";
import type { StallWatch } from "./stall-watch.ts";
import { retransmitLimit } from "./timing.ts";
import { accusationOf } from "./word.ts";

export interface OutboxParts {
  readonly runtime: Pick<Runtime, "clock" | "random" | "probes">;
  readonly settings: SwimSettings;
  readonly timers: StallWatch;
  readonly list: MemberList;
  readonly self: NodeId;
  /** A hash of the name. */
  readonly cluster: number;
  readonly boot: number;
  readonly send: (to: NodeId, payload: Uint8Array) => void;
}

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #queue = new BroadcastQueue();
  #cancelRound: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRound?.();
  }

  /** One datagram: the parts, and rumours as far as they fit. */
  tell(to: NodeId, ...parts: Uint8Array[]): void {
    const all = [...this.#accusation(to), ...parts];
    const bytes = all.reduce((sum, part) => sum + part.length, HEAD_BYTES_MAX);
    this.#send(to, [...all, ...this.#rumours(this.#parts.settings.datagramBytes - bytes)]);
  }

  /** To one that is no member: it hears nothing else. */
  tellStranger(to: NodeId, part: Uint8Array): void {
    this.#send(to, [part]);
  }

  /** At least one item. As few datagrams as will do, each with a head: the first's or others'. */
  tellMany(to: NodeId, heads: ListHeads, items: Iterable<Uint8Array>): void {
    const { datagramBytes } = this.#parts.settings;
    let parts = [...heads.first, ...this.#accusation(to)];
    let bytes = parts.reduce((sum, part) => sum + part.length, HEAD_BYTES_MAX);
    for (const item of items) {
      if (bytes + item.length > datagramBytes) {
        this.#send(to, parts);
        parts = [...heads.others];
        bytes = parts.reduce((sum, part) => sum + part.length, HEAD_BYTES_MAX);
      }
      parts.push(item);
      bytes += item.length;
    }
    this.#send(to, parts);
  }

  /** Tells everybody, in time. A newer rumour of the same name takes its place. */
  spread(name: string, rumour: Uint8Array, onDone?: () => void): void {
    if (this.#isStopped) return;
    const { settings, runtime, timers } = this.#parts;
    this.#queue.add(name, rumour, onDone);
    if (this.#queue.length > settings.queueMax) {
      runtime.probes.mark("membership dropped rumours");
      this.#queue.prune(settings.queueMax);
    }
    // At a random moment of the interval, so that members do not gossip in step.
    const delayMs = runtime.random.nextDouble() * settings.gossipIntervalMs;
    this.#cancelRound ??= timers.after(delayMs, () => this.#round());
  }

  #round(): void {
    const { settings, list, timers } = this.#parts;
    for (const { node } of list.draw(settings.gossipNodes, (it) => this.#isReached(it))) {
      const parts = this.#accusation(node);
      const bytes = parts.reduce((sum, part) => sum + part.length, HEAD_BYTES_MAX);
      const rumours = this.#rumours(settings.datagramBytes - bytes);
      if (rumours.length === 0) break;
      this.#send(node, [...parts, ...rumours]);
    }
    this.#cancelRound =
      this.#queue.length === 0
        ? undefined
        : timers.after(settings.gossipIntervalMs, () => this.#round());
  }

  /** Who died lately, or was never dead, may be there all the same. */
  #isReached(member: Member): boolean {
    if (member.isUp) return true;
    if (member.state === MemberState.left) return false;
    const { runtime, settings } = this.#parts;
    return runtime.clock.nowMs() - member.sinceMs < settings.gossipToTheDeadMs;
  }

  #rumours(freeBytes: number): Uint8Array[] {
    const { settings, list, runtime } = this.#parts;
    if (this.#queue.length === 0) return [];
    const isOnce = runtime.probes.isPlanted("rumours-once");
    const limit = retransmitLimit(settings.retransmitMult, list.length);
    return this.#queue.take(0, freeBytes, isOnce ? 1 : limit);
  }

  #accusation(to: NodeId): Uint8Array[] {
    const member = this.#parts.list.get(to);
    const isAccused = member?.state === MemberState.suspect || member?.state === MemberState.dead;
    return isAccused ? [accusationOf(member!)] : [];
  }

  #send(to: NodeId, parts: readonly Uint8Array[]): void {
    const { send, cluster, boot, list, self, settings } = this.#parts;
    const incarnation = list.get(self)!.incarnation;
    const datagram = encodeDatagram({ cluster, boot, incarnation }, parts);
    assert(datagram.length <= settings.datagramBytes, "I1: a datagram fits");
    send(to, datagram);
  }
}

/** What stands in front of a list. */
export interface ListHeads {
  readonly first: readonly Uint8Array[];
  readonly others: readonly Uint8Array[];
}
