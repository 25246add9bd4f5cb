// Brings a change of the ring to its end, and begins one when it is asked for. Every voter is a
// steward, and may be at the same time as another: a step is one compare-and-set in the plan's
// register, so that only one of them takes it.
//
// Steps, every LOOK_MS while a change is under way:
//  1. Ask every member whether it knows the epoch and has done what the step asks of it. In
//     `transfer` that is to have all that it will own; in `switch` to know of it.
//  2. When all have said so, propose the next step.
//  3. Learn what the register then holds, and tell the members.
//
// Invariants:
//  I1. A step is left only when every member has said in this step that it is ready to leave it.

import { ClusterError } from "../errors.ts";
import type { Liveness } from "../membership/liveness.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import type { Follower } from "./follower.ts";
import {
  beginChange,
  giveUp,
  membersOf,
  type Ownership,
  type RingChange,
  settle,
  switchOver,
} from "./ownership.ts";
import type { PlanRegister } from "./plan-register.ts";

const LOOK_MS = 500;

interface StewardParts {
  readonly runtime: Runtime;
  readonly follower: Follower;
  readonly register: Pick<PlanRegister, "read" | "propose">;
  readonly liveness: Liveness;
  /** Whether this node has done what its step asks of it. */
  readonly isReady: (ownership: Ownership) => boolean;
  readonly watch: (work: Promise<unknown>) => void;
}

export class Steward {
  readonly #parts: StewardParts;
  /** Members that are ready to leave `#readyEpoch`. */
  readonly #ready = new Set<NodeId>();
  #readyEpoch = 0;
  #isBusy = false;
  #stopLooking: (() => void) | undefined;

  constructor(parts: StewardParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopLooking = this.#parts.runtime.timers.after(LOOK_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#stopLooking?.();
  }

  /**
   * Begins a change that `make` plans from the newest value. Done when it is decided, not when it
   * has ended. @throws ClusterError CLUSTER_CHANGE while another one is under way or came first,
   * CLUSTER_TIMEOUT when no majority of voters could be reached, and whatever `make` throws
   */
  async begin(make: (ownership: Ownership) => RingChange): Promise<Ownership> {
    const current = await this.#newest();
    if (current.step !== "stable") throw changing(current);
    return this.#take(current, beginChange(current, make(current)));
  }

  /** Gives a change up. @throws ClusterError CLUSTER_CHANGE when there is none, or too late */
  async abandon(): Promise<Ownership> {
    const current = await this.#newest();
    if (current.step === "transfer") return this.#take(current, giveUp(current));
    const text =
      current.step === "stable"
        ? "no change of the ring is under way: there is nothing to give up"
        : "the change is past the step in which it could be given up: wait for its end";
    throw new ClusterError("CLUSTER_CHANGE", text);
  }

  /** What a member answered to a poll. */
  onPolled(from: NodeId, epoch: number, isReady: boolean): void {
    if (epoch !== this.#readyEpoch || !isReady) return;
    this.#ready.add(from);
    this.#goOn();
  }

  #look(): void {
    const { runtime, follower, isReady } = this.#parts;
    const { current } = follower;
    if (current === undefined || current.step === "stable" || !this.#isSteward(current)) return;
    if (current.epoch !== this.#readyEpoch) {
      this.#ready.clear();
      this.#readyEpoch = current.epoch;
    }
    for (const member of membersOf(current)) {
      if (this.#ready.has(member)) continue;
      if (member !== runtime.nodeId) follower.poll(member, current.epoch);
      else if (isReady(current)) this.#ready.add(member);
    }
    this.#goOn();
  }

  /** The first voter that is up; by opinion, so that there may be two, or for a while none. */
  #isSteward({ voters, change }: Ownership): boolean {
    const { runtime, liveness } = this.#parts;
    const { nodeId } = runtime;
    const all = [...new Set([...voters, ...(change?.voters ?? [])])].sort();
    return all.find((node) => node === nodeId || liveness.isUp(node)) === nodeId;
  }

  #goOn(): void {
    const { current } = this.#parts.follower;
    if (this.#isBusy || current === undefined || current.epoch !== this.#readyEpoch) return;
    const isMistaken = this.#parts.runtime.probes.isPlanted("step-before-all-know");
    const missing = membersOf(current).filter((member) => !this.#ready.has(member));
    if (missing.length > (isMistaken ? 1 : 0)) return;
    const next = current.step === "transfer" ? switchOver(current) : settle(current);
    this.#isBusy = true;
    const taken = this.#take(current, next).catch((error: unknown) => {
      // Another one was faster, or no majority can be reached: it is looked at again.
      if (!(error instanceof ClusterError)) throw error;
    });
    this.#parts.watch(
      taken.finally(() => {
        this.#isBusy = false;
      }),
    );
  }

  /** What the register holds, learned. */
  async #newest(): Promise<Ownership> {
    const { register, follower } = this.#parts;
    const found = await register.read();
    if (found !== undefined) follower.learn(found);
    const { current } = follower;
    if (current !== undefined) return current;
    const text = "the node does not know the ring yet: wait until it has found a seed";
    throw new ClusterError("CLUSTER_CLOSED", text);
  }

  /** Step 2 and 3. */
  async #take(current: Ownership, next: Ownership): Promise<Ownership> {
    const { register, follower } = this.#parts;
    if (!(await register.propose(current, next))) throw changing(await this.#newest());
    follower.learn(next);
    for (const member of membersOf(next)) follower.tell(member);
    return next;
  }
}

function changing({ epoch, step }: Ownership): ClusterError {
  const text = `another change of the ring came first (epoch ${epoch}, ${step}): wait for its end`;
  return new ClusterError("CLUSTER_CHANGE", text);
}
