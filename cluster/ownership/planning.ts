// What a node does for the ring: it follows who owns what, votes on it when it is a voter, and
// brings changes on their way.

import path from "node:path";
import type { Engine } from "../../engines/engine.ts";
import type { Liveness } from "../membership/liveness.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import { Kind, type Message } from "../transport/message.ts";
import { Follower } from "./follower.ts";
import type { Ownership, RingChange } from "./ownership.ts";
import { PLAN_KEYSPACE, PlanRegister } from "./plan-register.ts";
import { Steward } from "./steward.ts";

export interface PlanningParts {
  readonly runtime: Runtime;
  readonly dir: string;
  readonly founding: Ownership;
  readonly liveness: Liveness;
  readonly openEngine: (dir: string) => Promise<Engine>;
  /** Never called for this node itself. */
  readonly send: (to: NodeId, message: Message) => void;
  readonly watch: (work: Promise<unknown>) => void;
  readonly adopt: (ownership: Ownership) => void;
  readonly isReady: (ownership: Ownership) => boolean;
}

export class Planning {
  readonly #parts: PlanningParts;
  readonly #follower: Follower;
  #register: PlanRegister | undefined;
  #steward: Steward | undefined;

  constructor(parts: PlanningParts) {
    this.#parts = parts;
    const { runtime, dir, founding, send, adopt, isReady } = parts;
    const { cluster } = founding;
    this.#follower = new Follower({
      ...{ runtime, cluster, dir: path.join(dir, "known"), seeds: [], adopt, isReady },
      send: (to, payload) => send(to, { kind: Kind.plan, keyspace: PLAN_KEYSPACE, payload }),
      onPolled: (from, epoch, ready) => this.#steward?.onPolled(from, epoch, ready),
      onForeign: () => runtime.probes.mark("a node of another cluster asked"),
    });
  }

  /** What the disk has, or the founding value: adopted when it returns. Throws EngineError. */
  know(): void {
    this.#follower.start(this.#parts.founding);
  }

  /** Votes, and brings changes on. Throws EngineError. */
  async start(): Promise<void> {
    const { runtime, dir, openEngine, liveness, send, watch, isReady } = this.#parts;
    const registerDir = path.join(dir, "register");
    const engine = await openEngine(registerDir);
    const follower = this.#follower;
    const register = new PlanRegister({
      ...{ runtime, engine, dir: path.join(registerDir, "identity"), watch },
      current: () => follower.current!,
      send: (to, payload) => send(to, { kind: Kind.consensus, keyspace: PLAN_KEYSPACE, payload }),
    });
    this.#register = register;
    await register.start();
    this.#steward = new Steward({ runtime, follower, register, liveness, isReady, watch });
    this.#steward.start();
  }

  stop(): void {
    this.#follower.stop();
    this.#steward?.stop();
    this.#register?.stop();
  }

  /** Takes in what is newer. */
  learn(ownership: Ownership): void {
    this.#follower.learn(ownership);
  }

  /** @throws ClusterError as Steward.begin */
  begin(make: (ownership: Ownership) => RingChange): Promise<Ownership> {
    return this.#steward!.begin(make);
  }

  /** @throws ClusterError as Steward.abandon */
  abandon(): Promise<Ownership> {
    return this.#steward!.abandon();
  }

  /** @throws ClusterError CLUSTER_MESSAGE */
  receive(from: NodeId, payload: Uint8Array): void {
    this.#follower.receive(from, payload);
  }

  /** Of the register. @throws ClusterError CLUSTER_MESSAGE */
  receiveVote(from: NodeId, payload: Uint8Array): void {
    this.#register?.receive(from, payload);
  }
}
