// Who may take part. A process that begins asks the seeds until one lets it in; whoever is asked
// looks at the name of the cluster, at the clock, at the detector, and whether there is a process
// of that name already. A refusal is told on both sides, with the reason and the cure.
//
// Steps for a name that is taken by another process:
//  1. The name is sent a ping. What answers says which process it is.
//  2. The one that is known: the newcomer is refused. The newcomer itself, or nobody: it is the
//     same node started again, and is let in.
//
// Two processes that got in all the same, in two halves of a cluster, find out by their claims
// (rivals.ts): the one that began later gives up.

import type { NodeId } from "../runtime.ts";
import type { Beliefs } from "./beliefs.ts";
import { encodePart } from "./codec.ts";
import type { RefusalReason } from "./events.ts";
import type { Exchange } from "./exchange.ts";
import {
  type Datagram,
  type Detector,
  type JoinPart,
  PartKind,
  Refusal,
  type RefusedPart,
  type WelcomePart,
} from "./messages.ts";
import { Rivals } from "./rivals.ts";
import type { MemberSite } from "./site.ts";
import { aliveOf } from "./word.ts";

/** So many seeds are asked at a time. */
const SEEDS_AT_A_TIME = 3;
/** Strangers are told so often that they are, at most. */
const STRANGER_EVERY_MS = 10_000;
const STRANGERS_MAX = 1000;

export interface JoiningParts {
  readonly site: MemberSite;
  readonly beliefs: Beliefs;
  readonly exchange: Exchange;
  readonly cluster: string;
  readonly seeds: readonly NodeId[];
  readonly detector: Detector;
  /** This process must take no part. */
  readonly onBanned: () => void;
}

/** A name that is taken, as long as nobody has answered under it. */
interface Challenge {
  readonly node: NodeId;
  /** Of the process that is known, and of the one that would join. */
  readonly known: number;
  readonly boot: number;
  readonly admit: () => void;
  readonly cancelTimeout: () => void;
}

export class Joining {
  readonly #parts: JoiningParts;
  readonly #rivals = new Rivals();
  readonly #challenges = new Map<number, Challenge>();
  readonly #strangers = new Map<NodeId, number>();
  #isJoined = false;
  /** How many members there are, by the last welcome; 0 when we know of so many. */
  #members = 0;
  #nextSeed = 0;
  #asked = 0;
  #cancelAsking: (() => void) | undefined;

  constructor(parts: JoiningParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#otherSeeds().length === 0) this.#joined(this.#parts.site.self);
    this.#ask();
  }

  stop(): void {
    this.#cancelAsking?.();
    for (const { cancelTimeout } of this.#challenges.values()) cancelTimeout();
    this.#challenges.clear();
  }

  /** Somebody has let this node in. */
  get isJoined(): boolean {
    return this.#isJoined;
  }

  /** `admit` lets it in, now, later or never. */
  takeJoin(from: NodeId, boot: number, part: JoinPart, admit: () => void): void {
    const { site, detector, cluster } = this.#parts;
    const isTrusting = site.runtime.probes.isPlanted("foreign-taken");
    if (part.cluster !== cluster && !isTrusting) this.#refuse(from, boot, "cluster", part.cluster);
    else if (!this.#isInTime(part.wallMs)) this.#refuse(from, boot, "clock", part.wallMs);
    else if (part.detector !== detector) this.#refuse(from, boot, "detector");
    else {
      const known = site.list.get(from);
      const isTaken = known !== undefined && !known.isGone && known.boot !== boot;
      if (isTaken) this.#challenge(from, known.boot, boot, admit);
      else this.#admit(from, admit);
    }
  }

  /** True when the answer was to a question of ours. */
  takeAck(number: number, boot: number): boolean {
    const challenge = this.#challenges.get(number);
    if (challenge === undefined) return false;
    this.#challenges.delete(number);
    challenge.cancelTimeout();
    if (boot === challenge.known) this.#refuse(challenge.node, challenge.boot, "duplicate");
    else this.#admit(challenge.node, challenge.admit);
    return true;
  }

  /** False when we would not have whoever lets us in. */
  takeWelcome(from: NodeId, { wallMs, members }: WelcomePart): boolean {
    if (!this.#isInTime(wallMs)) {
      this.#tellRefusal(this.#parts.site.self, from, "clock", wallMs);
      return false;
    }
    this.#members = members;
    this.#joined(from);
    return true;
  }

  takeRefused(from: NodeId, { boot, reason, cluster, wallMs }: RefusedPart): void {
    const { site, onBanned } = this.#parts;
    if (boot !== site.boot) return;
    const name = (Object.keys(Refusal) as RefusalReason[]).find((it) => Refusal[it] === reason)!;
    this.#tellRefusal(site.self, from, name, name === "cluster" ? cluster : wallMs);
    if (name === "duplicate") onBanned();
  }

  /** A datagram of another cluster: nothing in it counts. */
  takeForeign(from: NodeId, { boot, parts }: Datagram): void {
    for (const part of parts) {
      if (part.kind !== PartKind.refused) continue;
      this.takeRefused(from, part);
      return;
    }
    const nowMs = this.#parts.site.runtime.clock.nowMs();
    if (nowMs - (this.#strangers.get(from) ?? Number.NEGATIVE_INFINITY) < STRANGER_EVERY_MS) return;
    if (this.#strangers.size >= STRANGERS_MAX) this.#strangers.clear();
    this.#strangers.set(from, nowMs);
    const join = parts.find((part) => part.kind === PartKind.join);
    this.#refuse(from, boot, "cluster", join?.cluster);
  }

  /** Another process of our name went above us. */
  takeRival(boot: number): void {
    const { site, onBanned } = this.#parts;
    if (!this.#rivals.claim(boot)) return;
    site.runtime.probes.mark("membership met a rival");
    this.#tellRefusal(site.self, site.self, "duplicate");
    if (site.boot > boot) onBanned();
  }

  #ask(): void {
    const { site, cluster, detector, beliefs } = this.#parts;
    const { settings, timers, outbox, list } = site;
    // Once is enough: members die.
    if (this.#membersUp() >= this.#members) this.#members = 0;
    const isLacking = !this.#isJoined || this.#members > 0;
    // A list came in part, or not at all; or there is a seed that nobody knows.
    const seeds = this.#otherSeeds().filter((it) => isLacking || list.get(it) === undefined);
    const wallMs = this.#wallMs();
    const part = encodePart({ kind: PartKind.join, cluster, wallMs, detector });
    for (let i = 0; i < Math.min(SEEDS_AT_A_TIME, seeds.length); i++) {
      outbox.tell(seeds[this.#nextSeed++ % seeds.length]!, part, aliveOf(beliefs.self));
    }
    // Ever more slowly; a seed that nobody knows may come up at any time.
    const doublings = isLacking ? this.#asked++ : Number.POSITIVE_INFINITY;
    const backOffMs = settings.probeIntervalMs * 2 ** doublings;
    const delayMs = Math.min(backOffMs, settings.reconnectIntervalMs);
    this.#cancelAsking = timers.after(delayMs, () => this.#ask());
  }

  #otherSeeds(): NodeId[] {
    return this.#parts.seeds.filter((it) => it !== this.#parts.site.self);
  }

  #joined(by: NodeId): void {
    if (this.#isJoined) return;
    this.#isJoined = true;
    const { self, onEvent, runtime } = this.#parts.site;
    onEvent({ kind: "joined", atMs: runtime.clock.nowMs(), node: self, by });
  }

  #challenge(node: NodeId, known: number, boot: number, admit: () => void): void {
    for (const it of this.#challenges.values()) if (it.boot === boot) return;
    const { nextNumber, timers, settings, outbox } = this.#parts.site;
    const number = nextNumber();
    const cancelTimeout = timers.after(settings.probeTimeoutMs, () => {
      this.#challenges.delete(number);
      this.#admit(node, admit);
    });
    this.#challenges.set(number, { node, known, boot, admit, cancelTimeout });
    outbox.tell(node, encodePart({ kind: PartKind.ping, number }));
  }

  #admit(node: NodeId, admit: () => void): void {
    admit();
    const [wallMs, members] = [this.#wallMs(), this.#membersUp()];
    this.#parts.exchange.welcome(node, encodePart({ kind: PartKind.welcome, wallMs, members }));
  }

  #membersUp(): number {
    let count = 0;
    for (const member of this.#parts.site.list.all()) if (member.isUp) count++;
    return count;
  }

  #refuse(node: NodeId, boot: number, reason: RefusalReason, theirs?: string | number): void {
    const { site, cluster } = this.#parts;
    this.#tellRefusal(node, site.self, reason, theirs);
    const wallMs = this.#wallMs();
    const kind = PartKind.refused;
    const part = encodePart({ kind, boot, reason: Refusal[reason], cluster, wallMs });
    site.outbox.tellStranger(node, part);
  }

  #isInTime(wallMs: number): boolean {
    const { settings } = this.#parts.site;
    return Math.abs(wallMs - this.#wallMs()) <= settings.clockApartMaxMs;
  }

  #wallMs(): number {
    return Math.max(0, Math.floor(this.#parts.site.runtime.clock.wallMs()));
  }

  /** `theirs`: what the other side has instead of ours. */
  #tellRefusal(node: NodeId, by: NodeId, reason: RefusalReason, theirs?: string | number): void {
    const { onEvent, runtime } = this.#parts.site;
    const message = `${node} was refused by ${by}: ${this.#explain(reason, theirs)}`;
    onEvent({ kind: "refused", atMs: runtime.clock.nowMs(), node, by, reason, message });
  }

  #explain(reason: RefusalReason, theirs: string | number | undefined): string {
    const { site, cluster } = this.#parts;
    switch (reason) {
      case "cluster": {
        const other = theirs === undefined ? "another cluster" : `the cluster "${theirs}"`;
        const cure = "give both the same name, or take that node out of the seeds";
        return `this node is of the cluster "${cluster}", the other of ${other}: ${cure}`;
      }
      case "clock": {
        const aheadMs = Number(theirs) - this.#wallMs();
        const where = aheadMs > 0 ? "ahead of" : "behind";
        const { clockApartMaxMs } = site.settings;
        return (
          `the clock of the other is ${Math.abs(aheadMs)} ms ${where} the one here, and ` +
          `${clockApartMaxMs} ms are allowed: set the clock of whichever is wrong`
        );
      }
      case "detector":
        return "one detects failures by swim, the other by phi: choose one for all nodes";
      case "duplicate":
        return "another process has that name: give each node a name of its own";
    }
  }
}
