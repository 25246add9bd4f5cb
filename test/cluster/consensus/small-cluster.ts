// A simulated cluster that a test drives by hand, in virtual time.

import type { VoterLists } from "../../../cluster/consensus/electorates.ts";
import type { Registers } from "../../../cluster/consensus/registers.ts";
import type { RegisterAnswer } from "../../../cluster/consensus/request.ts";
import { ClusterError } from "../../../cluster/errors.ts";
import type { NodeId } from "../../../cluster/runtime.ts";
import type { Machine } from "../../../cluster/simulation/machine.ts";
import { loadEngines } from "../../../cluster/simulation/store.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { Random } from "../../../workloads/random.ts";
import { bytesOf, RegisterProcess, textOf } from "./register-process.ts";

const TIMEOUT_MS = 1000;

export interface SmallClusterOptions {
  readonly seed: number;
  readonly nodes: readonly NodeId[];
  /** All nodes unless told. */
  readonly votersOf?: (node: NodeId, key: string) => VoterLists;
  readonly planted?: string;
  readonly hasPeers?: boolean;
}

export class SmallCluster {
  readonly world: World;
  readonly #processes = new Map<NodeId, RegisterProcess>();
  #requests = 0;

  private constructor(world: World, processes: Map<NodeId, RegisterProcess>) {
    this.world = world;
    this.#processes = processes;
  }

  /** Runs the script until it ends; throws what it throws, and what a process died of. */
  static async run(
    options: SmallClusterOptions,
    script: (cluster: SmallCluster) => Promise<void>,
  ): Promise<World> {
    const { seed, nodes, planted, hasPeers = true } = options;
    const votersOf = options.votersOf ?? (() => ({ voters: nodes }));
    const engines = ["memory", "hashlog", "lsm"];
    const modules = await loadEngines(
      nodes.map((id, i) => ({ id, engine: engines[(seed + i) % engines.length]! })),
    );
    const processes = new Map<NodeId, RegisterProcess>();
    const world = new World({
      ...{ random: new Random(seed), nodes, faults: [], planted },
      boot: (runtime, watch) => {
        const module = modules.get(runtime.nodeId)!;
        const peers = hasPeers ? nodes : undefined;
        const voters = Math.min(3, nodes.length);
        const parts = { module, votersOf, peers, voters, watch };
        const process = new RegisterProcess(runtime, parts);
        processes.set(runtime.nodeId, process);
        return process;
      },
    });
    const cluster = new SmallCluster(world, processes);
    let failure: unknown;
    let isDone = false;
    world.scheduler.schedule(50_000, () => {
      script(cluster)
        .catch((error) => (failure = error))
        .finally(() => (isDone = true));
    });
    await world.run(1, 600_000, () => isDone);
    if (!isDone) throw new Error("the script did not end within ten minutes");
    if (failure !== undefined) throw failure;
    if (world.errors.length > 0) throw new Error(world.errors[0]!.message);
    return world;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.scheduler.schedule(ms * 1000, resolve));
  }

  registers(node: NodeId): Registers {
    return this.#processes.get(node)!.registers!;
  }

  machine(node: NodeId): Machine {
    return this.world.machines.get(node)!;
  }

  /** What the get says, or the code and fate of its error. */
  async get(node: NodeId, key: string, timeoutMs = TIMEOUT_MS): Promise<string | null> {
    const answer = this.registers(node).get(bytesOf(key)!, timeoutMs);
    return this.#told(answer, ({ value }) => textOf(value));
  }

  async put(node: NodeId, key: string, value: string | null): Promise<string | null> {
    const id = { client: 1, number: ++this.#requests };
    const answer = this.registers(node).put(bytesOf(key)!, bytesOf(value), id, TIMEOUT_MS);
    return this.#told(answer, () => "done");
  }

  /** Waits, in virtual time, until it is so. */
  async until(what: string, isSo: () => boolean, timeoutMs = 20_000): Promise<void> {
    const endMs = this.world.nowMs + timeoutMs;
    while (!isSo()) {
      if (this.world.nowMs > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
      await this.sleep(20);
    }
  }

  async restart(node: NodeId): Promise<void> {
    this.#processes.delete(node);
    this.machine(node).start();
    await this.until(`${node} is up`, () => this.#processes.get(node)?.registers !== undefined);
  }

  async #told(
    answer: Promise<RegisterAnswer>,
    show: (answer: RegisterAnswer) => string | null,
  ): Promise<string | null> {
    try {
      return show(await answer);
    } catch (error) {
      if (error instanceof ClusterError) return `${error.code} ${error.fate}`;
      throw error;
    }
  }
}
