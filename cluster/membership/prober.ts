// Who is silent? One member after the other is asked, and whoever does not answer is suspect.
//
// Steps of a probe (SWIM, section 4.1; Lifeguard L1):
//  1. The next member of the round robin is sent a ping.
//  2. Without an answer within the timeout, others are asked to ping it. Those whose ping is not
//     answered either say so with a nack, shortly before the probe ends.
//  3. At the end of the interval, without any answer: each nack that is missing is held against
//     this node, and the member is suspect. An answer is to this node's credit.
//  4. The next probe begins, later the worse this node is.
//
// Invariants:
//  I1. One probe runs at a time.
//  I2. A probe during which this process was held up has no result: the answers were there.

import type { NodeId } from "../runtime.ts";
import type { Beliefs } from "./beliefs.ts";
import { encodePart } from "./codec.ts";
import type { Member } from "./member.ts";
import { PartKind } from "./messages.ts";
import type { MemberSite } from "./site.ts";

/** A nack is sent after this share of the timeout: it must be there before the probe ends. */
const NACK_SHARE = 0.8;

interface Probe {
  readonly member: Member;
  readonly incarnation: number;
  readonly number: number;
  readonly beganMs: number;
  readonly cancelTimeout: () => void;
  isAnswered: boolean;
  helpers: number;
  nacks: number;
}

/** A ping in another's stead. */
interface Errand {
  readonly origin: NodeId;
  readonly number: number;
  readonly cancelNack: () => void;
}

export class Prober {
  readonly #site: MemberSite;
  readonly #beliefs: Beliefs;
  readonly #errands = new Map<number, Errand>();
  #probe: Probe | undefined;
  #cancelTick: (() => void) | undefined;

  constructor(site: MemberSite, beliefs: Beliefs) {
    this.#site = site;
    this.#beliefs = beliefs;
  }

  start(): void {
    const { timers, runtime, settings } = this.#site;
    // At a random moment, so that members do not probe in step.
    const delayMs = runtime.random.nextDouble() * settings.probeIntervalMs;
    this.#cancelTick = timers.after(delayMs, () => this.#tick());
  }

  stop(): void {
    this.#cancelTick?.();
    this.#probe?.cancelTimeout();
    for (const { cancelNack } of this.#errands.values()) cancelNack();
    this.#errands.clear();
  }

  /** False when it answers nothing that was asked here. */
  takeAck(number: number): boolean {
    const probe = this.#probe;
    if (probe?.number === number) {
      if (!probe.isAnswered) this.#site.awareness.apply(-1);
      probe.isAnswered = true;
      probe.cancelTimeout();
      return true;
    }
    const errand = this.#errands.get(number);
    if (errand === undefined) return false;
    errand.cancelNack();
    this.#errands.delete(number);
    this.#answer(errand.origin, PartKind.ack, errand.number);
    return true;
  }

  takeNack(number: number): void {
    if (this.#probe?.number === number) this.#probe.nacks++;
  }

  takeRequest(origin: NodeId, number: number, target: NodeId): void {
    const { outbox, nextNumber, timers, settings } = this.#site;
    const own = nextNumber();
    const cancelNack = timers.after(settings.probeTimeoutMs * NACK_SHARE, () => {
      this.#errands.delete(own);
      this.#answer(origin, PartKind.nack, number);
    });
    this.#errands.set(own, { origin, number, cancelNack });
    outbox.tell(target, encodePart({ kind: PartKind.ping, number: own }));
  }

  #tick(): void {
    this.#conclude();
    const { settings, timers, awareness } = this.#site;
    this.#begin();
    const delayMs = awareness.scale(settings.probeIntervalMs);
    this.#cancelTick = timers.after(delayMs, () => this.#tick());
  }

  #begin(): void {
    const { list, outbox, nextNumber, timers, settings, runtime } = this.#site;
    const member = list.nextToProbe();
    if (member === undefined) return;
    const number = nextNumber();
    this.#probe = {
      ...{ member, incarnation: member.incarnation, number },
      beganMs: runtime.clock.nowMs(),
      cancelTimeout: timers.after(settings.probeTimeoutMs, () => this.#askOthers()),
      ...{ isAnswered: false, helpers: 0, nacks: 0 },
    };
    outbox.tell(member.node, encodePart({ kind: PartKind.ping, number }));
  }

  #askOthers(): void {
    const probe = this.#probe;
    if (probe === undefined) return;
    const { list, outbox, settings } = this.#site;
    const { member, number } = probe;
    const isHelper = (it: Member): boolean => it.isUp && it !== member;
    const helpers = list.draw(settings.indirectChecks, isHelper);
    probe.helpers = helpers.length;
    const request = { kind: PartKind.pingRequest, number, target: member.node };
    for (const { node } of helpers) outbox.tell(node, encodePart(request));
  }

  #conclude(): void {
    const probe = this.#probe;
    this.#probe = undefined;
    if (probe === undefined || probe.isAnswered) return;
    const { self, awareness, timers, runtime } = this.#site;
    probe.cancelTimeout();
    if (timers.lastMs >= probe.beganMs) {
      runtime.probes.mark("membership dropped a probe after a stall");
      return;
    }
    const { member, incarnation, helpers, nacks } = probe;
    awareness.apply(helpers === 0 ? 1 : Math.max(0, helpers - nacks));
    this.#beliefs.hearSuspect({ node: member.node, incarnation, by: self }, self);
  }

  #answer(to: NodeId, kind: (typeof PartKind)["ack" | "nack"], number: number): void {
    this.#site.outbox.tell(to, encodePart({ kind, number }));
  }
}
