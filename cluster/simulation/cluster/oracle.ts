// Who is up, as a node of the simulation believes it: what a failure detector would tell it,
// without one. It looks at the truth now and then, so that its belief is late, and sometimes wrong.
//
// A node is believed to be up when its process runs, and the links to it and from it are not cut.

import type { Liveness } from "../../membership/liveness.ts";
import type { NodeId, Runtime } from "../../runtime.ts";
import type { World } from "../world.ts";

const LOOK_MIN_MS = 100;
const LOOK_SPREAD_MS = 400;

export class OracleLiveness implements Liveness {
  readonly #world: World;
  readonly #runtime: Runtime;
  readonly #down = new Set<NodeId>();
  #listeners: ((node: NodeId, isUp: boolean) => void)[] = [];

  /** The belief of one run of one node. */
  constructor(world: World, runtime: Runtime) {
    this.#world = world;
    this.#runtime = runtime;
    this.#lookLater();
  }

  isUp(node: NodeId): boolean {
    return this.#down.size === 0 || !this.#down.has(node);
  }

  onChange(listener: (node: NodeId, isUp: boolean) => void): void {
    this.#listeners = [...this.#listeners, listener];
  }

  #lookLater(): void {
    const { timers, random } = this.#runtime;
    timers.after(LOOK_MIN_MS + random.nextBelow(LOOK_SPREAD_MS), () => {
      for (const [node, machine] of this.#world.machines) {
        if (node !== this.#runtime.nodeId) this.#believe(node, machine.isRunning);
      }
      this.#lookLater();
    });
  }

  #believe(node: NodeId, isRunning: boolean): void {
    const { nodeId, probes } = this.#runtime;
    const { network } = this.#world;
    const there = network.link(nodeId, node);
    const back = network.link(node, nodeId);
    const isCut = there.partitions + there.oneWayCuts + back.partitions + back.oneWayCuts > 0;
    const isUp = isRunning && !isCut && !probes.buggify("a node is taken for dead");
    if (isUp === !this.#down.has(node)) return;
    if (isUp) this.#down.delete(node);
    else this.#down.add(node);
    for (const listener of this.#listeners) listener(node, isUp);
  }
}
