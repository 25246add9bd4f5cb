// Where it is decided who owns what: one key of a consensus register, whose voters are named in the
// value itself. Every node can read it and propose the next value; two proposals for one epoch are
// two compare-and-sets of one value, of which one wins.
//
// Invariants:
//  I1. The first value is never written: no value stands for the founding one, which all founders
//      know.

import assert from "node:assert";
import type { Engine } from "../../engines/engine.ts";
import { Registers } from "../consensus/registers.ts";
import { createKeyspace } from "../keyspace.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import { type Ownership, votersOf } from "./ownership.ts";
import { decodeOwnership, encodeOwnership } from "./ownership-text.ts";

/** No keyspace of a user can have this name. */
export const PLAN_KEYSPACE = "-ring-plan";
const KEY = new TextEncoder().encode("ring");
const TIMEOUT_MS = 5000;
const CLIENT_BOUND = Number.MAX_SAFE_INTEGER;

export interface PlanRegisterParts {
  readonly runtime: Runtime;
  /** At `group`; for this alone. */
  readonly engine: Engine;
  readonly dir: string;
  /** What this node goes by. */
  readonly current: () => Ownership;
  readonly send: (to: NodeId, payload: Uint8Array) => void;
  readonly watch: (work: Promise<unknown>) => void;
}

export class PlanRegister {
  readonly #registers: Registers;
  readonly #client: number;
  #requests = 0;

  constructor(parts: PlanRegisterParts) {
    const { runtime, engine, dir, send, watch, current } = parts;
    // The number of voters is that of the list, whatever this rule says.
    const keyspace = createKeyspace({
      ...{ name: PLAN_KEYSPACE, replicas: { voters: 1 }, conflicts: "linearizable" },
    });
    const voters = () => votersOf(current());
    this.#registers = new Registers({
      ...{ runtime, keyspace, engine, dir, send, watch },
      votersOf: voters,
      peers: () => {
        const { voters: now, next = [] } = voters();
        return [...new Set([...now, ...next])].filter((node) => node !== runtime.nodeId);
      },
    });
    this.#client = 1 + runtime.random.split("plan register").nextBelow(CLIENT_BOUND);
  }

  /** Throws EngineError. */
  start(): Promise<void> {
    return this.#registers.start();
  }

  stop(): void {
    this.#registers.stop();
  }

  /** @throws ClusterError CLUSTER_MESSAGE */
  receive(from: NodeId, payload: Uint8Array): void {
    this.#registers.receive(from, payload);
  }

  /** The newest; undefined: still the founding one. @throws ClusterError CLUSTER_TIMEOUT */
  async read(): Promise<Ownership | undefined> {
    const { value } = await this.#registers.get(KEY, TIMEOUT_MS);
    return value === undefined ? undefined : decodeOwnership(new TextDecoder().decode(value));
  }

  /**
   * Puts `next` in the place of `current`; false when something else is there.
   * @throws ClusterError CLUSTER_TIMEOUT when no majority agreed: it may be done or not
   */
  async propose(current: Ownership, next: Ownership): Promise<boolean> {
    assert(next.epoch === current.epoch + 1, "an epoch follows the one before");
    // I1: the founding value is known to all, and nowhere.
    const expected = current.epoch === current.firstEpoch ? undefined : bytesOf(current);
    const id = { client: this.#client, number: this.#requests++ };
    const answer = await this.#registers.compareAndSet(
      KEY,
      expected,
      bytesOf(next),
      id,
      TIMEOUT_MS,
    );
    return answer.isSwapped;
  }
}

function bytesOf(ownership: Ownership): Uint8Array {
  return new TextEncoder().encode(encodeOwnership(ownership));
}
