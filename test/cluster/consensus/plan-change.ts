// A plan that changes to and fro while clients ask: from three voters to three others, and back.
//
// Steps of each change:
//  1. Every node learns, some later than others, that both groups vote.
//  2. Each key is read once under both, until that has succeeded.
//  3. Every node learns that the next group alone votes.

import type { VoterLists } from "../../../cluster/consensus/electorates.ts";
import type { NodeId, RandomStream } from "../../../cluster/runtime.ts";
import type { World } from "../../../cluster/simulation/world.ts";
import { bytesOf, type RegisterProcess } from "./register-process.ts";

const LAG_MAX_MS = 400;
const REST_MS = 700;

export class PlanChange {
  readonly #groups: readonly [readonly NodeId[], readonly NodeId[]];
  readonly #lagMs = new Map<NodeId, number>();
  /** When each stage began; stage 0 is the first group alone. */
  readonly #beganMs = [0];
  #world: World | undefined;

  constructor(nodes: readonly NodeId[], random: RandomStream) {
    const half = Math.floor(nodes.length / 2);
    this.#groups = [nodes.slice(0, half + 1), nodes.slice(half)];
    for (const node of nodes) this.#lagMs.set(node, random.nextBelow(LAG_MAX_MS));
  }

  /** How many times all keys were carried over. */
  get changes(): number {
    return Math.floor((this.#beganMs.length - 1) / 2);
  }

  /** As the node sees it now; it never goes back. */
  votersOf(node: NodeId): VoterLists {
    const nowMs = (this.#world?.nowMs ?? 0) - this.#lagMs.get(node)!;
    const stage = Math.max(0, this.#beganMs.filter((beganMs) => beganMs <= nowMs).length - 1);
    const voters = this.#groups[Math.floor(stage / 2) % 2]!;
    const next = this.#groups[(Math.floor(stage / 2) + 1) % 2]!;
    return stage % 2 === 0 ? { voters } : { voters, next };
  }

  start(world: World, processes: Map<NodeId, RegisterProcess>, keys: readonly string[]): void {
    this.#world = world;
    const sleep = (ms: number): Promise<void> =>
      new Promise((resolve) => world.scheduler.schedule(ms * 1000, resolve));
    const run = async (): Promise<void> => {
      for (;;) {
        await sleep(LAG_MAX_MS + REST_MS);
        this.#beganMs.push(world.nowMs);
        await sleep(LAG_MAX_MS);
        for (const key of keys) await this.#carry(world, processes, key, sleep);
        this.#beganMs.push(world.nowMs);
      }
    };
    world.scheduler.schedule(0, () => void run());
  }

  async #carry(
    world: World,
    processes: Map<NodeId, RegisterProcess>,
    key: string,
    sleep: (ms: number) => Promise<void>,
  ): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const nodes = [...processes.keys()].sort();
      const node = nodes[attempt % nodes.length]!;
      const registers = processes.get(node)?.registers;
      if (registers !== undefined && world.machines.get(node)?.isRunning === true) {
        const reading = registers.get(bytesOf(key)!, 300);
        // A process that dies meanwhile answers nobody.
        const isDone = await Promise.race([
          reading.then(
            () => true,
            () => false,
          ),
          sleep(400).then(() => false),
        ]);
        if (isDone) return;
      }
      await sleep(20);
    }
  }
}
