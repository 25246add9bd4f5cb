// Who asks for changes of the ring in a simulation: any node, again and again until one takes it.

import { ClusterError } from "../../errors.ts";
import type { ClusterNode } from "../../node.ts";
import {
  CLUSTER,
  foundingOwnership,
  type Ownership,
  type RingChange,
  ringsOf,
} from "../../ownership/ownership.ts";
import { fixedPartitions } from "../../ring/fixed-partitions.ts";
import { plan } from "../../ring/plan.ts";
import type { Ring } from "../../ring/ring.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import type { World } from "../world.ts";
import type { ClusterShape, RingChangeAsked } from "./shape.ts";

const RETRY_MS = 400;
/** A process may die with the question. */
const PATIENCE_MS = 6000;
const VOTERS = 3;

export class Operator {
  readonly #world: World;
  readonly #nodes: ReadonlyMap<NodeId, ClusterNode>;
  readonly #shape: ClusterShape;
  readonly #random: RandomStream;

  constructor(
    world: World,
    nodes: ReadonlyMap<NodeId, ClusterNode>,
    shape: ClusterShape,
    random: RandomStream,
  ) {
    this.#world = world;
    this.#nodes = nodes;
    this.#shape = shape;
    this.#random = random;
  }

  /** Until the ring is of these members. */
  async change({ members }: RingChangeAsked): Promise<void> {
    for (;;) {
      const ids = [...this.#nodes.keys()].sort();
      const id = ids[this.#random.nextBelow(ids.length)]!;
      const node = this.#nodes.get(id)!;
      if (this.#world.machines.get(id)!.isRunning && !this.#isDone(node, members)) {
        await Promise.race([this.#ask(node, members), this.#sleep(PATIENCE_MS)]);
      } else if (this.#isDone(node, members)) {
        this.#world.probes.mark("a change of the ring came to its end");
        return;
      }
      await this.#sleep(RETRY_MS);
    }
  }

  #isDone({ ownership }: ClusterNode, members: readonly NodeId[]): boolean {
    const now = ownership.ring.nodes.map(({ id }) => id);
    return ownership.step === "stable" && now.join() === [...members].sort().join();
  }

  async #ask(node: ClusterNode, members: readonly NodeId[]): Promise<void> {
    try {
      await node.beginChange((current) => this.#planned(current, members));
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
    }
  }

  #planned(current: Ownership, members: readonly NodeId[]): RingChange {
    const { ringNodes, partitions, keyspace } = this.#shape;
    const nodes = ringNodes.filter(({ id }) => members.includes(id));
    const rules = { replicas: keyspace.replicas };
    const strategy = fixedPartitions(partitions);
    const { ring } = plan(current.ring, nodes, rules, strategy, this.#random);
    return { ring, voters: ring.nodes.slice(0, VOTERS).map(({ id }) => id), gone: [] };
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.scheduler.schedule(ms * 1000, resolve));
  }
}

/** The ring that reads went to at the end. */
export function newestRing(founding: Ring, nodes: ReadonlyMap<NodeId, ClusterNode>): Ring {
  let newest = foundingOwnership(CLUSTER, founding, []);
  for (const { ownership } of nodes.values()) {
    if (ownership.epoch > newest.epoch) newest = ownership;
  }
  return ringsOf(newest).reads;
}
