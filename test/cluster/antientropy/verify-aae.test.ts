// The three cases of Riak's verify_aae, with no reads at all: replicas converge by anti-entropy
// alone, and then there is nothing more to repair. The schedule decides who asks whom, and when.

import { describe, expect, test } from "vitest";
import type { Partition } from "../../../cluster/antientropy/partition.ts";
import { Schedule } from "../../../cluster/antientropy/schedule.ts";
import { positionOf } from "../../../cluster/ring/position.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import type { EntropyNode } from "./entropy-node.ts";
import { bytes, SmallNetwork } from "./small-network.ts";

const ENGINES = ["memory", "lsm", "hashlog"];
const KEYS = 600;
const INTERVAL_MS = 60_000;
const N = 3;
const IDS = ["a", "b", "c", "d"];

/** Four nodes, of which each partition has three. */
class Cluster {
  readonly network: SmallNetwork;
  readonly #schedules = new Map<string, Schedule>();

  private constructor(network: SmallNetwork) {
    this.network = network;
  }

  static async open(seed: number, engine: string): Promise<Cluster> {
    const cluster = new Cluster(new SmallNetwork({ seed, engine, loss: 0.05, doubles: 0.05 }));
    for (const id of IDS) await cluster.start(id);
    return cluster;
  }

  async start(id: string, disk = new MemoryDisk()): Promise<EntropyNode> {
    const node = await this.network.open(id, disk);
    await this.network.ready(node);
    const lane = {
      keyspace: "data",
      partitions: () => node.index.partitions,
      replicasOf: (partition: Partition) => this.replicasOf(partition),
      exchange: (peer: string, partition: Partition) => node.entropy.exchange(peer, partition),
    };
    const schedule = new Schedule(
      {
        ...{ runtime: node.runtime, lanes: [lane], isUp: (peer) => this.network.nodes.has(peer) },
        watch: (work) => this.network.watch(work),
      },
      { intervalMs: INTERVAL_MS },
    );
    schedule.start();
    this.#schedules.set(id, schedule);
    return node;
  }

  async crash(id: string): Promise<MemoryDisk> {
    const node = this.network.nodes.get(id)!;
    this.#schedules.get(id)!.stop();
    node.entropy.stop();
    node.disk.kill();
    this.network.nodes.delete(id);
    return node.disk;
  }

  replicasOf(partition: Partition): string[] {
    const first = this.network.partitions.findIndex((it) => it.isSame(partition));
    return Array.from({ length: N }, (_, i) => IDS[(first + i) % IDS.length]!);
  }

  nodesOf(key: string): EntropyNode[] {
    const partition = this.network.partitions.find((it) => it.has(positionOf(bytes(key))))!;
    return this.replicasOf(partition).map((id) => this.network.nodes.get(id)!);
  }

  /** Writes a key on so many of its replicas. */
  async write(key: string, value: string, replicas: number): Promise<void> {
    const [first, ...others] = this.nodesOf(key);
    await first!.put(key, value);
    const set = (await first!.read(bytes(key)))!;
    for (const other of others.slice(0, replicas - 1)) await other.merge(bytes(key), set);
  }

  async writeAll(value: string, replicasOf: (i: number) => number): Promise<void> {
    for (let i = 0; i < KEYS; i++) await this.write(`k${i}`, value, replicasOf(i));
  }

  /** Keys of which the replicas do not hold the same, or one holds nothing. */
  async apart(): Promise<number> {
    const contents = new Map<string, Map<string, string>>();
    for (const [id, node] of this.network.nodes) contents.set(id, await node.contents());
    let apart = 0;
    for (let i = 0; i < KEYS; i++) {
      const sets = this.nodesOf(`k${i}`).map(({ id }) => contents.get(id)!.get(`k${i}`));
      if (sets[0] === undefined || sets.some((set) => set !== sets[0])) apart++;
    }
    return apart;
  }

  /** Lets the schedules work until all is equal; then, for two rounds, nothing may be repaired. */
  async converges(): Promise<void> {
    const { network } = this;
    expect(await this.apart()).toBeGreaterThan(0);
    let rounds = 0;
    for (; (await this.apart()) > 0; rounds++) {
      expect(rounds).toBeLessThan(4);
      await network.until(network.sleep(INTERVAL_MS));
    }
    await network.until(network.sleep(INTERVAL_MS / 2));
    const first = network.events.length;
    const merges = this.#merges();
    await network.until(network.sleep(2 * INTERVAL_MS));
    const later = network.events.slice(first);
    expect(later.length).toBeGreaterThan(10);
    expect(later.filter(({ end }) => end !== "equal" && end !== "timeout")).toEqual([]);
    expect(later.reduce((sum, { keysCompared }) => sum + keysCompared, 0)).toBe(0);
    expect(this.#merges()).toBe(merges);
  }

  #merges(): number {
    return [...this.network.nodes.values()].reduce((sum, { merges }) => sum + merges, 0);
  }
}

describe.each(ENGINES)("verify_aae over %s", (engine) => {
  test("lose a whole partition", async () => {
    const cluster = await Cluster.open(1, engine);
    await cluster.writeAll("v1", () => N);
    expect(await cluster.apart()).toBe(0);
    // All that the node had is gone, its index too.
    await cluster.crash("b");
    await cluster.start("b");
    await cluster.converges();
  });

  test("write fewer than N", async () => {
    const cluster = await Cluster.open(2, engine);
    const random = new Random(2);
    await cluster.writeAll("v1", () => 1 + random.nextBelow(N));
    await cluster.converges();
  });

  test("update fewer than N", async () => {
    const cluster = await Cluster.open(3, engine);
    const random = new Random(3);
    await cluster.writeAll("v1", () => N);
    expect(await cluster.apart()).toBe(0);
    await cluster.writeAll("v2", () => 1 + random.nextBelow(N));
    await cluster.converges();
  });

  test("and a node that crashed makes its index anew, and is brought what it missed", async () => {
    const cluster = await Cluster.open(4, engine);
    await cluster.writeAll("v1", () => N);
    const disk = await cluster.crash("c");
    for (let i = 0; i < 100; i++) {
      const nodes = cluster.nodesOf(`k${i}`).filter((node) => node !== undefined);
      await nodes[0]!.put(`k${i}`, "v2");
    }
    await cluster.start("c", disk);
    await cluster.converges();
  });
});
