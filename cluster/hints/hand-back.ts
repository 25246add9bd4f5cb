// Brings what a node keeps for others back to them when they are up again.
//
// Steps, for one target at a time each, again and again while it has hints and is up:
//  1. List some of its hints, in order, behind the last one that was tried.
//  2. Send the versions that this node has of each key now; at most WINDOW wait for an answer.
//  3. Take away each hint whose versions the target has acknowledged.
//
// Invariants:
//  I1. One round for a target at a time.

import { EngineError } from "../../engines/errors.ts";
import type { OpenRequest, ReplicaAnswer } from "../replication/request-table.ts";
import type { Host, Site } from "../replication/site.ts";
import type { NodeId } from "../runtime.ts";
import { Kind, Status } from "../transport/message.ts";
import { VersioningError } from "../versioning/errors.ts";
import type { Hint } from "./hint-store.ts";

/** Between two looks at who has hints. */
const LOOK_MS = 1000;
const WINDOW = 16;
const TIMEOUT_MS = 1000;

export class HandBack {
  readonly #site: Site;
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #running = new Set<NodeId>();
  #stopLooking: (() => void) | undefined;
  #isStopped = false;

  constructor(site: Site, hosts: ReadonlyMap<string, Host>) {
    this.#site = site;
    this.#hosts = hosts;
  }

  start(): void {
    this.#site.liveness.onChange((node, isUp) => {
      if (isUp) this.#begin(node);
    });
    this.#lookLater();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopLooking?.();
  }

  #lookLater(): void {
    this.#stopLooking = this.#site.runtime.timers.after(LOOK_MS, () => {
      for (const target of this.#site.hints.targets) this.#begin(target);
      this.#lookLater();
    });
  }

  #begin(target: NodeId): void {
    const { hints, liveness, watch } = this.#site;
    if (this.#isStopped || this.#running.has(target) || hints.countOf(target) === 0) return;
    if (!liveness.isUp(target)) return;
    this.#running.add(target);
    const failed = (error: unknown): void => {
      // What the store cannot do now is tried again in a later round.
      if (!(error instanceof EngineError)) throw error;
      this.#site.runtime.probes.mark("a hand-back met a failing store");
    };
    watch(
      this.#round(target)
        .catch(failed)
        .finally(() => this.#running.delete(target)),
    );
  }

  async #round(target: NodeId): Promise<void> {
    const { hints, liveness } = this.#site;
    let after: Hint | undefined;
    for (;;) {
      const some = await hints.list(target, WINDOW, after);
      if (some.length === 0) return;
      const ends = await Promise.all(some.map((hint) => this.#handOver(hint)));
      // Who does not answer now is asked again in a later round; what fails here or there keeps
      // its hint, and does not stand in the way of the next.
      if (ends.every((end) => end === undefined)) return;
      if (this.#isStopped || !liveness.isUp(target)) return;
      after = some.at(-1);
    }
  }

  /** What the target says; undefined when it says nothing. */
  async #handOver(hint: Hint): Promise<Status | undefined> {
    const { hints, runtime } = this.#site;
    const addition = hints.additionOf(hint);
    const host = this.#hosts.get(hint.keyspace);
    if (addition === undefined) return Status.ok;
    let set: Uint8Array | undefined;
    try {
      set = await host?.replica.read(hint.key);
    } catch (error) {
      if (!(error instanceof EngineError) && !(error instanceof VersioningError)) throw error;
      return Status.failed;
    }
    if (runtime.probes.isPlanted("hint-removed-early")) await hints.remove(hint, addition);
    if (set !== undefined) {
      const status = await new Handing(this.#site, hint, set).answer;
      if (status !== Status.ok) return status;
      runtime.probes.mark("a hint was handed back");
    }
    await hints.remove(hint, addition);
    return Status.ok;
  }
}

/** One key on its way to the target. */
class Handing implements OpenRequest {
  readonly answer: Promise<Status | undefined>;
  readonly #site: Site;
  readonly #number: number;
  readonly #deadlineMs: number;
  #tell: (status: Status | undefined) => void = () => {};

  constructor(site: Site, { target, keyspace, key }: Hint, set: Uint8Array) {
    this.#site = site;
    const { clock } = site.runtime;
    this.#deadlineMs = clock.nowMs() + TIMEOUT_MS;
    this.answer = new Promise((resolve) => {
      this.#tell = resolve;
    });
    this.#number = site.requests.open(this);
    const { epoch } = site;
    const number = this.#number;
    const standsInFor = undefined;
    site.send(target, { kind: Kind.merge, number, epoch, keyspace, key, set, standsInFor });
  }

  onAnswer(_from: NodeId, message: ReplicaAnswer): void {
    this.#site.requests.close(this.#number);
    this.#tell(message.status);
  }

  onTick(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    this.#site.requests.close(this.#number);
    this.#tell(undefined);
  }

  onEnd(): void {
    this.#tell(undefined);
  }
}
