// The read path of a coordinator: one key, asked of its replicas.
//
// Steps:
//  1. Choose whom to ask, the nearest for its versions and the others for a digest of theirs; with
//     blocking repair for what is durable there, so that no later read finds less.
//  2. Wait until as many have answered as the level needs.
//  3. When all of those agree, that is the answer. When they do not, ask every one of them for its
//     versions, wait for as many again, and merge.
//  4. Blocking repair: bring the merged versions to who lacks them, until as many hold them.
//  5. Answer.
//  6. Repair in the background who turned out to lack something, and who answers late.
//
// Invariants:
//  I1. A digest is never counted as versions: the answer is what replicas sent whole.
//  I2. Every replica counts once in each of steps 2, 3 and 4.
//  I3. The listener is told once.

import assert from "node:assert";
import { ClusterError, type ClusterErrorCode } from "../errors.ts";
import type { NodeId } from "../runtime.ts";
import { Kind, Status } from "../transport/message.ts";
import { fewest } from "./fewest.ts";
import { readHere, UNREADABLE } from "./local-reads.ts";
import { QuorumCount, tooFewUp, tooLate } from "./quorum-count.ts";
import { ReadAnswers } from "./read-answers.ts";
import type { ReadParts } from "./read-parts.ts";
import { type Repairing, repairOne } from "./read-repair.ts";
import { END_TEXTS, type EndCode, type OpenRequest, type ReplicaAnswer } from "./request-table.ts";
import type { Host, Site } from "./site.ts";

const Phase = { first: 0, whole: 1, repairing: 2, after: 3, closed: 4 } as const;
type Phase = (typeof Phase)[keyof typeof Phase];

export class ReadRequest implements OpenRequest {
  readonly parts: ReadParts;
  readonly host: Host;
  readonly #site: Site;
  readonly #answers: ReadAnswers;
  /** Step 2. */
  readonly #count: QuorumCount;
  /** Steps 3 and 4. */
  #second: QuorumCount | undefined;
  #number = 0;
  #phase: Phase = Phase.first;
  #startedMs = 0;
  #stopHedge: (() => void) | undefined;

  constructor(site: Site, host: Host, parts: ReadParts) {
    this.#site = site;
    this.host = host;
    this.parts = parts;
    const { contacts, need, mode } = parts;
    const asked = mode.fanOut === "all" ? contacts : fewest(contacts, need);
    this.#count = new QuorumCount(need, asked);
    this.#answers = new ReadAnswers(host.policy, asked);
  }

  /** The read path. */
  start(): void {
    if (this.#count.state === "impossible") {
      this.#phase = Phase.closed;
      this.#tellFailed("CLUSTER_UNAVAILABLE", tooFewUp(this.#count));
      return;
    }
    const { mode } = this.parts;
    this.#number = this.#site.requests.open(this);
    if (mode.hedge) this.#startedMs = this.#site.runtime.clock.nowMs();
    if (mode.hedge && mode.fanOut === "r") this.#hedgeLater();
    // The others first: their answers take longer.
    for (let i = this.#answers.asked.length - 1; i >= 0; i--) this.#ask(i, mode.digests && i > 0);
  }

  onAnswer(from: NodeId, message: ReplicaAnswer): void {
    const index = this.#answers.indexOf(from);
    if (index < 0) return;
    if (message.kind === Kind.mergeAnswer) this.#onRepaired(index, message.status);
    if (message.kind !== Kind.readAnswer) return;
    if (message.status !== Status.ok) this.#onFailure(index);
    else if (message.isDigest) this.#onDigest(index, message.digest);
    else this.#onWhole(index, message.set);
  }

  onTick(nowMs: number): void {
    if (nowMs < this.parts.deadlineMs) return;
    if (this.#phase === Phase.after) this.#close();
    else this.#fail("CLUSTER_TIMEOUT", tooLate(this.#second ?? this.#count));
  }

  onEnd(code: EndCode): void {
    const isOpen = this.#phase < Phase.after;
    this.#phase = Phase.closed;
    this.#stopHedge?.();
    if (isOpen) this.#tellFailed(code, END_TEXTS[code]);
  }

  answeredBy(): ReturnType<QuorumCount["answeredBy"]> {
    return this.#count.answeredBy();
  }

  #ask(index: number, isDigest: boolean): void {
    const { node } = this.#answers.asked[index]!;
    const { key, mode } = this.parts;
    const { runtime, epoch } = this.#site;
    const isDurable = mode.repair === "blocking";
    if (node !== runtime.nodeId) {
      const keyspace = this.host.keyspace.name;
      const asked = { epoch, keyspace, key, isDigest, isDurable };
      this.#site.send(node, { kind: Kind.read, number: this.#number, ...asked });
      return;
    }
    const found = readHere(this.host, key, isDurable);
    if (found instanceof Promise) found.then((set) => this.#onHere(index, set));
    else this.#onHere(index, found);
  }

  #onHere(index: number, set: Uint8Array | undefined): void {
    if (set === UNREADABLE) this.#onFailure(index);
    else this.#onWhole(index, set);
  }

  #onFailure(index: number): void {
    if (this.#phase === Phase.closed) return;
    this.#count.fail(index);
    this.#second?.fail(index);
    const { dc } = this.#answers.asked[index]!;
    if (this.#phase === Phase.after) this.#closeWhenSettled();
    else if (this.#phase !== Phase.first || !this.#askAnother(dc)) this.#goOn();
  }

  #onDigest(index: number, digest: number): void {
    if (this.#phase === Phase.closed || this.#answers.isWhole(index)) return;
    this.#answers.setDigest(index, digest);
    this.#count.succeed(index);
    if (this.#phase === Phase.after) this.#onLate(index);
    else this.#goOn();
  }

  #onWhole(index: number, set: Uint8Array | undefined): void {
    if (this.#phase === Phase.closed || this.#answers.isWhole(index)) return;
    this.#answers.setWhole(index, set);
    this.#count.succeed(index);
    if (this.#phase === Phase.whole) this.#second!.succeed(index);
    if (this.#phase === Phase.after) this.#onLate(index);
    else this.#goOn();
  }

  #goOn(): void {
    if (this.#phase >= Phase.after) return;
    const count = this.#second ?? this.#count;
    if (count.state === "waiting") return;
    if (count.state === "impossible") {
      const message = `too many replicas failed, ${count.shortfall()}: look at the nodes that did`;
      this.#fail("CLUSTER_QUORUM", message);
    } else if (this.#phase === Phase.first) this.#compare();
    else if (this.#phase === Phase.whole) this.#merge();
    else this.#finish();
  }

  /** Step 3, when enough have answered. */
  #compare(): void {
    const { probes } = this.#site.runtime;
    const agreement = this.#answers.agree(this.#count);
    if (agreement === "no") probes.mark("digests differed");
    if (agreement === "whole" || probes.isPlanted("digest-as-data")) {
      this.#finish();
      return;
    }
    this.#phase = Phase.whole;
    const second = this.#count.again();
    this.#second = second;
    for (const i of this.#answers.whole()) second.succeed(i);
    if (second.state !== "waiting") {
      this.#goOn();
      return;
    }
    for (let i = 0; i < this.#answers.asked.length; i++) {
      if (!this.#answers.isWhole(i) && !this.#count.hasFailed(i)) this.#ask(i, false);
    }
  }

  /** The end of step 3, and step 4. */
  #merge(): void {
    const { probes } = this.#site.runtime;
    for (const i of this.#answers.whole()) {
      this.#answers.take(i);
      if (probes.isPlanted("read-first-answer")) break;
    }
    if (this.parts.mode.repair !== "blocking" || probes.isPlanted("repair-not-blocking")) {
      this.#finish();
      return;
    }
    this.#phase = Phase.repairing;
    const lacking = this.#answers.lacking();
    const held = this.#count.again();
    this.#second = held;
    for (const i of this.#answers.whole()) if (!this.#answers.differs(i)) held.succeed(i);
    if (held.state === "waiting") {
      probes.mark("a read waited for its repair");
      for (const index of lacking) {
        const repaired = (status: Status): void => this.#onRepaired(index, status);
        repairOne(this.#site, this.host, this.#repairing(index, this.#number), repaired);
      }
    }
    this.#goOn();
  }

  /** Step 5, and what step 6 can do at once. */
  #finish(): void {
    assert(this.#phase < Phase.after, "I3: one answer");
    const { mode, listener } = this.parts;
    const { clock, probes } = this.#site.runtime;
    this.#stopHedge?.();
    this.#phase = Phase.after;
    if (mode.hedge) this.host.hedges.record(clock.nowMs() - this.#startedMs);
    listener.readDone(this, this.#answers.result);
    if (mode.repair === "off" || probes.isPlanted("repair-not-blocking")) this.#close();
    else if (this.#second !== undefined) this.#repairLacking(this.#answers.resultDigest);
    this.#closeWhenSettled();
  }

  /** Step 6. */
  #onLate(index: number): void {
    if (this.#answers.differs(index)) {
      this.#site.runtime.probes.mark("a late answer differed");
      if (!this.#answers.isWhole(index)) {
        this.#ask(index, false);
        return;
      }
      const before = this.#answers.resultDigest;
      this.#answers.take(index);
      this.#repairLacking(before);
    }
    this.#closeWhenSettled();
  }

  /** @param before the digest of the result until now: who has that lacks the rest. */
  #repairLacking(before: number): void {
    for (const index of this.#answers.behind(before)) {
      repairOne(this.#site, this.host, this.#repairing(index, 0), () => {});
      this.#answers.setRepaired(index);
    }
  }

  /** @param number 0: nobody waits for the answer. */
  #repairing(index: number, number: number): Repairing {
    const { node } = this.#answers.asked[index]!;
    return { node, key: this.parts.key, set: this.#answers.result!, number };
  }

  #onRepaired(index: number, status: Status): void {
    if (this.#phase !== Phase.repairing) return;
    if (status === Status.ok) this.#second!.succeed(index);
    else this.#second!.fail(index);
    this.#goOn();
  }

  /** With fan-out `r`: who was not asked yet, of this data centre if there is one. */
  #askAnother(centre: string): boolean {
    const next = this.#answers.nextOf(this.parts.contacts, centre);
    if (next === undefined) return false;
    const index = this.#count.add(next);
    this.#answers.add(next);
    this.#ask(index, false);
    return true;
  }

  #hedgeLater(): void {
    const { hedges } = this.host;
    const { timers, probes } = this.#site.runtime;
    const delayMs = hedges.delayMs();
    if (delayMs === undefined) return;
    this.#stopHedge = timers.after(delayMs, () => {
      if (this.#phase !== Phase.first || !hedges.tryHedge()) return;
      if (this.#askAnother(this.#answers.lateCentre(this.#count))) probes.mark("a read was hedged");
    });
  }

  #closeWhenSettled(): void {
    if (this.#count.isSettled && this.#phase === Phase.after) this.#close();
  }

  #fail(code: ClusterErrorCode, message: string): void {
    this.#stopHedge?.();
    this.#close();
    this.#tellFailed(code, message);
  }

  #tellFailed(code: ClusterErrorCode, message: string): void {
    this.parts.listener.readFailed(this, new ClusterError(code, message));
  }

  #close(): void {
    if (this.#phase === Phase.closed) return;
    this.#phase = Phase.closed;
    this.#site.requests.close(this.#number);
  }
}
