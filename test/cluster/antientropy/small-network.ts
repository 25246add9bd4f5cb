// A few nodes that repair each other, in virtual time over a network that loses, doubles and delays
// what is sent.

import type { AntiEntropyEvent } from "../../../cluster/antientropy/events.ts";
import { type Partition, partitionsOf } from "../../../cluster/antientropy/partition.ts";
import type { NodeId, Runtime } from "../../../cluster/runtime.ts";
import { Scheduler } from "../../../cluster/simulation/scheduler.ts";
import type { PolicyName } from "../../../cluster/versioning/policy.ts";
import type { Durability } from "../../../engines/engine.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { Random } from "../../../workloads/random.ts";
import { EntropyNode } from "./entropy-node.ts";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export interface NetworkOptions {
  readonly seed: number;
  /** Of datagrams, 0 to 1. */
  readonly loss?: number;
  readonly doubles?: number;
  readonly delayMaxMs?: number;
  readonly planted?: string;
  readonly policy?: PolicyName;
  readonly engine?: string;
  /** Ends of partitions. */
  readonly tokens?: readonly number[];
  readonly durability?: Durability;
  readonly bytesPerSecond?: number;
  /** The engine of the index takes its time. */
  readonly isLate?: boolean;
}

const TOKENS = [2 ** 30, 2 ** 31, 3 * 2 ** 30, 2 ** 32 - 5];

export class SmallNetwork {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly nodes = new Map<NodeId, EntropyNode>();
  readonly events: AntiEntropyEvent[] = [];
  readonly errors: unknown[] = [];
  readonly partitions: Partition[];
  readonly marks = new Map<string, number>();
  /** Datagrams are not delivered between these two. */
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.random = new Random(options.seed);
    this.scheduler = new Scheduler(this.random.split("scheduler"));
    this.partitions = partitionsOf({ tokens: Uint32Array.from(options.tokens ?? TOKENS) });
  }

  get options(): NetworkOptions {
    return this.#options;
  }

  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  runtime(nodeId: NodeId, disk: MemoryDisk): Runtime {
    const { scheduler } = this;
    return {
      nodeId,
      clock: { nowMs: () => this.nowMs, wallMs: () => 1e12 + this.nowMs },
      timers: {
        after: (delayMs, callback) => {
          const handle = scheduler.schedule(delayMs * 1000, callback);
          return () => scheduler.cancel(handle);
        },
      },
      random: this.random.split(nodeId),
      files: disk.mount(),
      network: { send: () => {}, onDatagram: () => {} },
      probes: {
        buggify: () => false,
        mark: (name) => this.marks.set(name, (this.marks.get(name) ?? 0) + 1),
        isPlanted: (bug) => bug === this.#options.planted,
      },
    };
  }

  /** Delivers a payload, or not, or twice, some time later. */
  send(from: NodeId, to: NodeId, payload: Uint8Array): void {
    const { loss = 0, doubles = 0, delayMaxMs = 10 } = this.#options;
    const times = 1 + (this.random.nextDouble() < doubles ? 1 : 0);
    for (let i = 0; i < times; i++) {
      if (this.random.nextDouble() < loss) continue;
      this.scheduler.schedule(this.random.nextDouble() * delayMaxMs * 1000, () => {
        this.nodes.get(to)?.entropy.receive(from, payload);
      });
    }
  }

  watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.errors.push(error));
  }

  async open(id: NodeId, disk = new MemoryDisk()): Promise<EntropyNode> {
    const module = await loadEngine(this.#options.engine ?? "memory");
    const node = await EntropyNode.open(this, id, disk, module);
    this.nodes.set(id, node);
    return node;
  }

  /** Runs until the work is done, and gives what it gave; throws what went wrong anywhere. */
  async until<T>(work: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    work.then(
      (value) => (outcome = { value }),
      (error: unknown) => (outcome = { error }),
    );
    this.scheduler.schedule(0, () => {});
    const isOver = (): boolean => outcome !== undefined || this.errors.length > 0;
    await this.scheduler.run(this.scheduler.nowUs + limitMs * 1000, isOver);
    if (this.errors.length > 0) throw this.errors[0];
    if (outcome === undefined) throw new Error(`seed ${this.#options.seed}: not done in time`);
    const ended = outcome as { readonly value: T } | { readonly error: unknown };
    if ("error" in ended) throw ended.error;
    return ended.value;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.schedule(ms * 1000, resolve));
  }

  /** Until the index and all trees of a node are made. */
  async ready(node: EntropyNode): Promise<void> {
    for (let i = 0; i < 10_000 && !isReady(node); i++) await this.until(this.sleep(1));
    if (!isReady(node)) throw new Error(`seed ${this.#options.seed}: ${node.id} is not ready`);
  }
}

function isReady({ index }: EntropyNode): boolean {
  return index.isReady && index.partitions.every((it) => index.treeOf(it) !== undefined);
}

/** Exchanges of one node with another about every partition, one after the other. */
export async function exchangeAll(
  network: SmallNetwork,
  from: EntropyNode,
  to: NodeId,
): Promise<AntiEntropyEvent[]> {
  const first = network.events.length;
  for (const partition of network.partitions) {
    await network.until(from.entropy.exchange(to, partition));
  }
  return network.events.slice(first);
}
