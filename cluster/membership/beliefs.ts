// What this node believes of each member, and how words change it.
//
// Precedence: states at one incarnation are ordered alive < suspect < dead < left, and whatever is
// of a higher incarnation overrides all (SWIM, section 4.2; memberlist state.go). So beliefs are a
// lattice, and members that heard the same words believe the same, in whatever order they came.
//
// Steps of a word that is heard:
//  1. On this node itself: an accusation is refuted by going above it, old news are corrected.
//  2. Of another: what does not override what is believed changes nothing. A stale word of a member
//     on itself is answered with what is held of it, so that it can go above that (memberlist
//     issue 311: a node whose disk is new would stay dead for ever).
//  3. What is new is believed and told on.
//
// Steps when the time of a suspect is over:
//  1. It is sent a ping, which carries the accusation, and has a probe's timeout more: most find
//     out about a suspect by gossip, and gossip may have missed them with the refutation.
//  2. Then it is dead, here and by gossip elsewhere.
//
// Invariants:
//  I1. The incarnation of a member never decreases here, ours included.
//  I2. Exactly the suspects have a suspicion.

import assert from "node:assert";
import type { NodeId } from "../runtime.ts";
import { encodePart } from "./codec.ts";
import type { IncarnationFile } from "./incarnation-file.ts";
import { Member, MemberState } from "./member.ts";
import { type AccusationPart, type AlivePart, PartKind, type StatePart } from "./messages.ts";
import type { MemberSite } from "./site.ts";
import { Suspicion } from "./suspicion.ts";
import { suspicionTimeoutMs } from "./timing.ts";
import { accusationOf, aliveOf, wordOf } from "./word.ts";

export type AliveWord = Omit<AlivePart, "kind">;
export type Accusation = Omit<AccusationPart, "kind">;

export interface BeliefsParts {
  readonly site: MemberSite;
  readonly file: IncarnationFile;
  readonly meta: Uint8Array;
  readonly onMeta: (node: NodeId, meta: Uint8Array) => void;
  readonly onUp: (node: NodeId, isUp: boolean) => void;
  /** A member gave a sign of life of its own: a new incarnation. */
  readonly onNews: (member: Member) => void;
  /** A member that was dead says itself that it is not. */
  readonly onReturn: (member: Member) => void;
  /** Another process has our name, and a higher incarnation. */
  readonly onRival: (boot: number) => void;
}

export class Beliefs {
  readonly self: Member;
  readonly #parts: BeliefsParts;

  constructor(parts: BeliefsParts) {
    const { site, file, meta } = parts;
    this.#parts = parts;
    const isAnew = site.runtime.probes.isPlanted("incarnation-anew");
    const first = isAnew ? 1 : file.first;
    this.self = new Member(site.self, first, site.boot, meta, site.runtime.clock.nowMs());
    site.list.add(this.self);
  }

  /** Tells everybody what this node says of itself now; its last word stands when it leaves. */
  announce(meta: Uint8Array): void {
    if (this.self.state === MemberState.left) return;
    this.self.meta = meta;
    const { site } = this.#parts;
    if (!site.runtime.probes.isPlanted("meta-unraised")) this.#raise(this.self.incarnation + 1);
    this.#spread(this.self);
  }

  /** Tells everybody that this node leaves; `onDone` when it has been told often enough. */
  leave(onDone: () => void): void {
    const { self } = this;
    self.state = MemberState.left;
    self.accuser = self.node;
    this.#parts.site.outbox.spread(self.node, accusationOf(self), onDone);
  }

  stop(): void {
    for (const member of this.#parts.site.list.all()) this.#clearSuspicion(member);
  }

  /** `isQuiet`: everybody knows it but this node, and need not be told. */
  hearAlive(word: AliveWord, from: NodeId, isQuiet = false): void {
    if (word.node === this.self.node) {
      this.#hearOfSelf(word, from);
      return;
    }
    const member = this.#parts.site.list.get(word.node);
    if (member === undefined) this.#meet(word, isQuiet);
    else if (word.incarnation > member.incarnation) this.#revive(member, word, from, isQuiet);
    else this.#correct(member, word, from);
  }

  hearSuspect(word: Accusation, from: NodeId): void {
    if (word.node === this.self.node) {
      this.#refute(word, from);
      return;
    }
    const member = this.#parts.site.list.get(word.node);
    if (member === undefined) return;
    if (member.state === MemberState.suspect && word.incarnation === member.incarnation) {
      if (member.suspicion!.confirm(word.by)) this.#spread(member, word.by);
    } else if (this.#overrides(word, MemberState.suspect, member)) {
      this.#become(member, MemberState.suspect, word);
      member.suspicion = this.#suspicionOf(member);
      this.#spread(member);
    }
  }

  /** Of itself it means that the member has left. */
  hearDead(word: Accusation, from: NodeId): void {
    if (word.node === this.self.node) {
      this.#refute(word, from);
      return;
    }
    const { site } = this.#parts;
    const member = site.list.get(word.node);
    const isLeft = word.by === word.node && !site.runtime.probes.isPlanted("left-as-dead");
    const state = isLeft ? MemberState.left : MemberState.dead;
    if (member === undefined || !this.#overrides(word, state, member)) return;
    this.#become(member, state, word);
    this.#spread(member);
  }

  /** A line of another's list. Whom it holds dead is suspect here, that it may refute. */
  hearState(word: StatePart, from: NodeId, isQuiet: boolean): void {
    const { node, state, incarnation } = word;
    const { probes } = this.#parts.site.runtime;
    if (node === this.self.node && probes.isPlanted("stale-ignored")) return;
    const known = this.#parts.site.list.get(node);
    if (state === MemberState.alive || (state === MemberState.suspect && known === undefined)) {
      this.hearAlive(word, from, isQuiet);
    }
    const accusation = { node, incarnation, by: state === MemberState.left ? node : from };
    const isBlunt = probes.isPlanted("push-pull-kills");
    const isAgreed = known?.isGone === true || isBlunt;
    if (state === MemberState.left || (state === MemberState.dead && isAgreed)) {
      this.hearDead(accusation, from);
    } else if (state !== MemberState.alive) {
      this.hearSuspect(accusation, from);
    }
  }

  /** The member is forgotten. */
  reap(member: Member): void {
    const { list, onEvent, runtime } = this.#parts.site;
    this.#clearSuspicion(member);
    list.remove(member);
    onEvent({ kind: "reaped", atMs: runtime.clock.nowMs(), node: member.node });
  }

  #hearOfSelf({ boot, incarnation }: AliveWord, from: NodeId): void {
    const { self } = this;
    if (boot === self.boot || self.state === MemberState.left) return;
    if (incarnation < self.incarnation) {
      this.#tell(from, aliveOf(self));
      return;
    }
    this.#raise(incarnation + 1);
    this.#spread(self);
    this.#parts.onRival(boot);
  }

  #refute({ incarnation, by }: Accusation, from: NodeId): void {
    const { self } = this;
    const { site } = this.#parts;
    if (self.state === MemberState.left || site.runtime.probes.isPlanted("no-refutation")) return;
    if (incarnation < self.incarnation) {
      this.#tell(from, aliveOf(self));
      return;
    }
    this.#raise(incarnation + 1);
    site.awareness.apply(1);
    site.onEvent({ kind: "refuted", ...this.#stamp(self), by });
    this.#tell(from, aliveOf(self));
    this.#spread(self);
  }

  #raise(incarnation: number): void {
    const { file, site } = this.#parts;
    assert(incarnation > this.self.incarnation, "I1: incarnations grow");
    if (!file.reserve(incarnation)) site.runtime.probes.mark("membership incarnation not durable");
    this.self.incarnation = incarnation;
    this.self.heartbeat = 0;
  }

  #meet({ node, incarnation, boot, meta }: AliveWord, isQuiet: boolean): void {
    const { site, onMeta, onUp, onNews } = this.#parts;
    const nowMs = site.runtime.clock.nowMs();
    // Bytes of a message are a view into something larger.
    const member = new Member(node, incarnation, boot, meta.slice(), nowMs);
    site.list.add(member);
    site.onEvent({ kind: "alive", ...this.#stamp(member), by: node });
    if (!isQuiet) this.#spread(member);
    onNews(member);
    onMeta(node, member.meta);
    onUp(node, true);
  }

  #revive(member: Member, word: AliveWord, from: NodeId, isQuiet: boolean): void {
    const { onMeta, onNews, onReturn } = this.#parts;
    const wasDead = member.state === MemberState.dead;
    const isChanged = Buffer.compare(member.meta, word.meta) !== 0;
    member.boot = word.boot;
    if (isChanged) member.meta = word.meta.slice();
    this.#become(member, MemberState.alive, { ...word, by: word.node });
    if (!isQuiet) this.#spread(member);
    onNews(member);
    if (isChanged) onMeta(member.node, member.meta);
    if (wasDead && from === member.node) onReturn(member);
  }

  /** A stale word: when the member says it itself, it lacks what is known here. */
  #correct(member: Member, word: AliveWord, from: NodeId): void {
    if (from !== word.node || this.#parts.site.runtime.probes.isPlanted("stale-ignored")) return;
    const isNews = member.state !== MemberState.alive || word.boot !== member.boot;
    if (isNews || word.incarnation < member.incarnation) this.#tell(from, wordOf(member));
  }

  #overrides(word: Accusation, state: MemberState, member: Member): boolean {
    const { incarnation } = word;
    const { runtime } = this.#parts.site;
    if (state === MemberState.dead && runtime.probes.isPlanted("dead-wins")) return !member.isGone;
    if (incarnation !== member.incarnation) return incarnation > member.incarnation;
    return state > member.state;
  }

  #become(member: Member, state: MemberState, { incarnation, by }: Accusation): void {
    const { site, onUp } = this.#parts;
    const isMistaken = site.runtime.probes.isPlanted("dead-wins");
    assert(incarnation >= member.incarnation || isMistaken, "I1: incarnations grow");
    const wasUp = member.isUp;
    const wasState = member.state;
    if (member.isGone && state < MemberState.dead) site.list.revive(member);
    this.#clearSuspicion(member);
    member.incarnation = incarnation;
    member.state = state;
    member.accuser = by;
    if (state === MemberState.alive) member.isSilent = false;
    if (state === wasState && wasUp === member.isUp) return;
    member.sinceMs = site.runtime.clock.nowMs();
    site.onEvent({ kind: member.view().state, ...this.#stamp(member), by });
    if (member.isUp !== wasUp) onUp(member.node, member.isUp);
  }

  #suspicionOf(member: Member): Suspicion {
    const { settings, list, runtime, timers } = this.#parts.site;
    const { suspicionMult, suspicionMaxMult, probeIntervalMs } = settings;
    const minMs = suspicionTimeoutMs(suspicionMult, list.length, probeIntervalMs);
    const wanted = suspicionMult - 2;
    const needed = list.length - 2 < wanted ? 0 : wanted;
    return new Suspicion({
      ...{ clock: runtime.clock, timers, by: member.accuser },
      span: { minMs, maxMs: minMs * suspicionMaxMult, needed },
      onTimeout: () => this.#onSuspicionTimeout(member),
    });
  }

  #onSuspicionTimeout(member: Member): void {
    const { self, settings, runtime, timers, outbox, nextNumber } = this.#parts.site;
    if (runtime.probes.isPlanted("suspicion-stays")) return;
    const sinceStallMs = runtime.clock.nowMs() - timers.lastMs;
    if (sinceStallMs < settings.probeIntervalMs) {
      // Its refutation may have been waiting all the while that we were held up.
      runtime.probes.mark("membership gave a suspect more time after a stall");
      member.suspicion!.extend(settings.probeIntervalMs);
      return;
    }
    const { node, incarnation } = member;
    if (member.suspicion!.wasWarned) {
      this.hearDead({ node, incarnation, by: self }, self);
      return;
    }
    member.suspicion!.wasWarned = true;
    member.suspicion!.extend(settings.probeTimeoutMs);
    outbox.tell(node, encodePart({ kind: PartKind.ping, number: nextNumber() }));
  }

  #clearSuspicion(member: Member): void {
    member.suspicion?.cancel();
    member.suspicion = undefined;
  }

  #spread(member: Member, by = member.accuser): void {
    const isAlive = member.state === MemberState.alive;
    const word = isAlive ? aliveOf(member) : accusationOf(member, by);
    this.#parts.site.outbox.spread(member.node, word);
  }

  #tell(to: NodeId, word: Uint8Array): void {
    if (to !== this.self.node) this.#parts.site.outbox.tell(to, word);
  }

  #stamp({ node, incarnation }: Member) {
    return { atMs: this.#parts.site.runtime.clock.nowMs(), node, incarnation };
  }
}
