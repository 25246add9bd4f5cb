// Exchanges of whole lists with one other member now and then, for whatever gossip missed; and
// looks at those who are held dead, without which two halves of a cluster that was cut would never
// find together again.
//
// Steps of a look (`reconnectIntervalMs`):
//  1. Who is gone for long is forgotten. Who is silent for as long, by phi accrual, is dead from
//     then on for all; were it forgotten alone, the lists of others would bring it back.
//  2. A few of the dead, in turn, are sent a ping. It carries the accusation (outbox.ts), so that
//     one who lives refutes it, and then lists are exchanged with it.
//
// Downside: a list is sent whole. Digests would save most of it, but a list of 1,000 is 40 KB, and
// its interval grows with the logarithm of the members.

import type { NodeId } from "../runtime.ts";
import type { Beliefs } from "./beliefs.ts";
import { encodePart } from "./codec.ts";
import { type Member, MemberState } from "./member.ts";
import { ListKind, PartKind } from "./messages.ts";
import type { MemberSite } from "./site.ts";
import { pushPullIntervalOf } from "./timing.ts";
import { stateOf } from "./word.ts";

/** So many of the dead are asked at a time. */
const LOOKS = 3;

function headOf(list: ListKind): Uint8Array {
  return encodePart({ kind: PartKind.exchange, list });
}

export class Exchange {
  readonly #site: MemberSite;
  readonly #beliefs: Beliefs;
  #cancelExchange: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  /** Where the next look goes on. */
  #nextDead = 0;
  /** When the last one was sent because somebody had come back. */
  #lastReunionMs = Number.NEGATIVE_INFINITY;

  constructor(site: MemberSite, beliefs: Beliefs) {
    this.#site = site;
    this.#beliefs = beliefs;
  }

  start(): void {
    const { runtime } = this.#site;
    this.#await(runtime.random.nextDouble());
    this.#awaitLook(runtime.random.nextDouble());
  }

  stop(): void {
    this.#cancelExchange?.();
    this.#cancelLook?.();
  }

  /** Our list goes there, and its list comes. */
  request(to: NodeId): void {
    const heads = { first: [headOf(ListKind.request)], others: [headOf(ListKind.plain)] };
    this.#site.outbox.tellMany(to, heads, this.#states());
  }

  answer(to: NodeId): void {
    const head = [headOf(ListKind.plain)];
    this.#site.outbox.tellMany(to, { first: head, others: head }, this.#states());
  }

  /** For a newcomer; each datagram has the part that lets it in, for any may come first. */
  welcome(to: NodeId, part: Uint8Array): void {
    const head = [headOf(ListKind.welcome), part];
    this.#site.outbox.tellMany(to, { first: head, others: head }, this.#states());
  }

  /** Somebody who was dead is back, and so may be others that it knows of. */
  reunite(member: Member): void {
    const { runtime, settings } = this.#site;
    const nowMs = runtime.clock.nowMs();
    if (nowMs - this.#lastReunionMs < settings.probeIntervalMs) return;
    this.#lastReunionMs = nowMs;
    runtime.probes.mark("membership reunited");
    this.request(member.node);
  }

  *#states(): Generator<Uint8Array> {
    for (const member of this.#site.list.all()) yield stateOf(member);
  }

  /**
   * @param share of the interval, as it is when its time is over: members may have come meanwhile.
   * @param waitedMs of that time
   */
  #await(share: number, waitedMs = 0): void {
    const { settings, list, timers } = this.#site;
    const dueMs = share * pushPullIntervalOf(settings.pushPullIntervalMs, list.length);
    if (dueMs > waitedMs) {
      const wait = (): void => this.#await(share, dueMs);
      this.#cancelExchange = timers.after(dueMs - waitedMs, wait);
      return;
    }
    for (const { node } of list.draw(1, (it) => it.isUp)) this.request(node);
    this.#await(1);
  }

  #awaitLook(share: number): void {
    const { settings, timers } = this.#site;
    this.#cancelLook = timers.after(share * settings.reconnectIntervalMs, () => {
      this.#reap();
      this.#look();
      this.#awaitLook(1);
    });
  }

  #look(): void {
    const { list, outbox, nextNumber, runtime } = this.#site;
    if (runtime.probes.isPlanted("dead-forgotten")) return;
    const dead = [...list.all()].filter(({ state }) => state === MemberState.dead);
    for (let i = 0; i < Math.min(LOOKS, dead.length); i++) {
      const { node } = dead[this.#nextDead++ % dead.length]!;
      outbox.tell(node, encodePart({ kind: PartKind.ping, number: nextNumber() }));
    }
  }

  #reap(): void {
    const { list, runtime, settings, self } = this.#site;
    const beforeMs = runtime.clock.nowMs() - settings.reapMs;
    for (const member of [...list.all()]) {
      if (member.isUp || member.sinceMs > beforeMs) continue;
      const { node, incarnation } = member;
      if (member.isGone) this.#beliefs.reap(member);
      else this.#beliefs.hearDead({ node, incarnation, by: self }, self);
    }
  }
}
