// Heartbeats by gossip, and verdicts by phi accrual, instead of probes (van Renesse, Minsky,
// Hayden, "A gossip-style failure detection service", 1998; Cassandra's Gossiper).
//
// Steps of a round, each probe interval:
//  1. This node counts its own heartbeat up.
//  2. It sends all heartbeats that it knows to one member that is up, and with some chance to one
//     that is silent. The receiver answers with those that it knows better, and asks for members
//     that are new to it.
//  3. Whose heartbeat is overdue (arrivals.ts) is held dead here. That is an opinion of this node's
//     own: nobody is told, and the next heartbeat changes it.
//
// Invariants:
//  I1. No verdict is reached for a while after this process was held up.

import type { NodeId } from "../runtime.ts";
import { type Arrivals, ExponentialArrivals, NormalArrivals } from "./arrivals.ts";
import { encodePart, HEAD_BYTES_MAX } from "./codec.ts";
import type { Member } from "./member.ts";
import { type Beat, type BeatsPart, PartKind } from "./messages.ts";
import type { MemberSite } from "./site.ts";

/** A heartbeat that took longer was not one of a rhythm; the first is taken for one so long. */
const LONGEST_INTERVALS = 2;
/** The normal model as Akka has it, for an interval of a second. */
const NORMAL_DEVIATION_MIN_INTERVALS = 0.1;
const NORMAL_PAUSE_INTERVALS = 3;
/** Kind, flag and count. */
const BEATS_HEAD_BYTES = 8;
/** So many members are asked for at a time, so that answers do not come in a flood. */
const WANTED_MAX = 16;

export class Heartbeats {
  readonly #site: MemberSite;
  readonly #self: Member;
  readonly #onUp: (node: NodeId, isUp: boolean) => void;
  #cancelRound: (() => void) | undefined;

  constructor(site: MemberSite, self: Member, onUp: (node: NodeId, isUp: boolean) => void) {
    this.#site = site;
    this.#self = self;
    this.#onUp = onUp;
  }

  start(): void {
    const { timers, runtime, settings } = this.#site;
    const delayMs = runtime.random.nextDouble() * settings.probeIntervalMs;
    this.#cancelRound = timers.after(delayMs, () => this.#round());
  }

  stop(): void {
    this.#cancelRound?.();
  }

  /** It gave a sign of life that is none of its heartbeats. */
  heard(member: Member): void {
    member.heartbeat = 0;
    member.arrivals ??= this.#arrivals();
    member.arrivals.beat(this.#nowMs());
  }

  take(from: NodeId, { beats, wantsAnswer }: BeatsPart): void {
    const better: Beat[] = [];
    const wanted: NodeId[] = [];
    for (const beat of beats) {
      const member = this.#site.list.get(beat.node);
      if (member === undefined || beat.incarnation > member.incarnation) wanted.push(beat.node);
      else if (member === this.#self) continue;
      else if (beat.incarnation === member.incarnation && beat.heartbeat > member.heartbeat) {
        if (!member.isGone) this.#beat(member, beat.heartbeat);
      } else if (isBetter(member, beat)) better.push(member);
    }
    if (wantsAnswer && better.length > 0) this.#tell(from, better, false);
    if (wanted.length === 0) return;
    const nodes = wanted.slice(0, WANTED_MAX);
    this.#site.outbox.tell(from, encodePart({ kind: PartKind.want, nodes }));
  }

  #round(): void {
    const { list, timers, settings, runtime } = this.#site;
    this.#self.heartbeat++;
    const others = [...list.all()].filter((it) => it !== this.#self && !it.isGone);
    const silent = others.filter((it) => it.isSilent);
    const up = others.length - silent.length;
    for (const { node } of list.draw(1, (it) => it.isUp)) this.#tell(node, this.#all(), true);
    if (runtime.random.nextDouble() < silent.length / (up + 1)) {
      const { node } = silent[runtime.random.nextBelow(silent.length)]!;
      this.#tell(node, this.#all(), true);
    }
    this.#judge(others);
    this.#cancelRound = timers.after(settings.probeIntervalMs, () => this.#round());
  }

  #judge(others: readonly Member[]): void {
    const { settings, timers, runtime } = this.#site;
    const nowMs = this.#nowMs();
    const pauseMs = settings.phiPauseIntervals * settings.probeIntervalMs;
    if (nowMs - timers.lastMs < pauseMs) {
      runtime.probes.mark("membership reached no verdict after a stall");
      return;
    }
    for (const member of others) {
      if (member.isSilent || member.arrivals === undefined) continue;
      if (member.arrivals.phi(nowMs) > settings.phiThreshold) this.#turn(member, true);
    }
  }

  #beat(member: Member, heartbeat: number): void {
    member.heartbeat = heartbeat;
    member.arrivals ??= this.#arrivals();
    member.arrivals.beat(this.#nowMs());
    if (member.isSilent) this.#turn(member, false);
  }

  #turn(member: Member, isSilent: boolean): void {
    const { node, incarnation } = member;
    member.isSilent = isSilent;
    member.sinceMs = this.#nowMs();
    const kind = isSilent ? "dead" : "alive";
    const by = isSilent ? this.#site.self : node;
    this.#site.onEvent({ kind, atMs: member.sinceMs, node, incarnation, by });
    this.#onUp(node, !isSilent);
  }

  /** Of members that are gone there are none. */
  *#all(): Generator<Beat> {
    for (const member of this.#site.list.all()) if (!member.isGone) yield member;
  }

  #tell(to: NodeId, beats: Iterable<Beat>, wantsAnswer: boolean): void {
    const { outbox, settings } = this.#site;
    const limitBytes = settings.datagramBytes - HEAD_BYTES_MAX - BEATS_HEAD_BYTES;
    let page: Beat[] = [];
    let bytes = 0;
    const send = (): void => {
      outbox.tell(to, encodePart({ kind: PartKind.beats, wantsAnswer, beats: page }));
      page = [];
      bytes = 0;
    };
    for (const beat of beats) {
      const more = beatBytes(beat);
      if (bytes + more > limitBytes) send();
      page.push(beat);
      bytes += more;
    }
    send();
  }

  #arrivals(): Arrivals {
    const { phiModel, phiWindow: window, phiThreshold, probeIntervalMs } = this.#site.settings;
    if (phiModel === "exponential") {
      const longestMs = LONGEST_INTERVALS * probeIntervalMs;
      return new ExponentialArrivals({ window, firstMs: longestMs, longestMs });
    }
    return new NormalArrivals({
      ...{ window, firstMs: probeIntervalMs, threshold: phiThreshold },
      deviationMinMs: NORMAL_DEVIATION_MIN_INTERVALS * probeIntervalMs,
      pauseMs: NORMAL_PAUSE_INTERVALS * probeIntervalMs,
    });
  }

  #nowMs(): number {
    return this.#site.runtime.clock.nowMs();
  }
}

function isBetter(a: Beat, b: Beat): boolean {
  if (a.incarnation !== b.incarnation) return a.incarnation > b.incarnation;
  return a.heartbeat > b.heartbeat;
}

function beatBytes({ node, incarnation, heartbeat }: Beat): number {
  return 1 + node.length + numberBytes(incarnation) + numberBytes(heartbeat);
}

function numberBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest /= 128) bytes++;
  return bytes;
}
