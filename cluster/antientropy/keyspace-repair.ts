// What a node has of anti-entropy for one keyspace: the index that its replica keeps up to date,
// and the comparisons with other replicas that rest on it.

import path from "node:path";
import type { Engine } from "../../engines/engine.ts";
import type { Keyspace } from "../keyspace.ts";
import type { Topology } from "../replication/topology.ts";
import type { NodeId, Runtime } from "../runtime.ts";
import { AntiEntropy } from "./anti-entropy.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { AntiEntropyEvent } from "./events.ts";
import { IndexFolder } from "./index-folder.ts";
import { ruleNumber, type VersionStore } from "./local.ts";
import { type Partition, partitionsOf } from "./partition.ts";
import type { Lane } from "./schedule.ts";
import { VersionIndex } from "./version-index.ts";

export interface KeyspaceRepairParts {
  readonly runtime: Runtime;
  readonly keyspace: Keyspace;
  readonly topology: Topology;
  readonly epoch: () => number;
  /** Of the keyspace; it is open, so that its lock keeps other processes out. */
  readonly data: Engine;
  /** For the index. */
  readonly dir: string;
  readonly openEngine: (dir: string) => Promise<Engine>;
  readonly budget: ByteBudget;
  readonly confirmMs: number | undefined;
  readonly send: (to: NodeId, payload: Uint8Array) => void;
  readonly watch: (work: Promise<unknown>) => void;
  readonly onEvent: (event: AntiEntropyEvent) => void;
}

export class KeyspaceRepair {
  readonly index: VersionIndex;
  readonly #parts: KeyspaceRepairParts;
  readonly #folder: IndexFolder;
  readonly #engine: Engine;
  #topology: Topology;
  #entropy: AntiEntropy | undefined;

  private constructor(parts: KeyspaceRepairParts, folder: IndexFolder, engine: Engine) {
    this.#parts = parts;
    this.#folder = folder;
    this.#engine = engine;
    const { runtime, data, topology, watch } = parts;
    this.#topology = topology;
    const partitions = partitionsOf(topology.ring);
    this.index = new VersionIndex({ runtime, data, engine, partitions, watch });
  }

  /** Throws EngineError. */
  static async open(parts: KeyspaceRepairParts): Promise<KeyspaceRepair> {
    const folder = new IndexFolder(parts.runtime.files, path.join(parts.dir, "index"));
    const saved = folder.claim();
    const repair = new KeyspaceRepair(parts, folder, await parts.openEngine(folder.engineDir));
    await repair.index.start(saved);
    return repair;
  }

  /** From now on others are answered. */
  serve(store: VersionStore): void {
    const { runtime, keyspace, epoch, budget, confirmMs, send, watch, onEvent } = this.#parts;
    const rule = ruleNumber(keyspace.replicas);
    this.#entropy = new AntiEntropy({
      ...{ runtime, keyspace: keyspace.name, store, index: this.index, budget, send, watch },
      plan: () => ({ epoch: epoch(), rule }),
      onEvent: (event) => {
        const { keysFetched, keysPushed } = event;
        if (keysFetched + keysPushed > 0) runtime.probes.mark("a comparison repaired replicas");
        onEvent(event);
      },
      ...(confirmMs === undefined ? {} : { confirmMs }),
    });
  }

  /** From now on keys belong to others. */
  adopt(topology: Topology): void {
    this.#topology = topology;
    this.index.setPartitions(partitionsOf(topology.ring));
  }

  /** Whom to compare with. */
  lane(): Lane {
    const { keyspace } = this.#parts;
    const nodesOf = ({ to }: Partition): NodeId[] => {
      const topology = this.#topology;
      return topology.contactsOf(topology.ring.lookup(to)).map(({ node }) => node);
    };
    return {
      keyspace: keyspace.name,
      partitions: () => this.index.partitions,
      replicasOf: nodesOf,
      exchange: (peer, partition) => this.#entropy!.exchange(peer, partition),
    };
  }

  /** Partitions that this node is about to hold, and who holds them now. */
  coming(): { readonly partition: Partition; readonly sources: readonly NodeId[] }[] {
    const { nodeId } = this.#parts.runtime;
    const coming: { partition: Partition; sources: NodeId[] }[] = [];
    for (const partition of this.index.partitions) {
      const contacts = this.#topology.contactsOf(this.#topology.ring.lookup(partition.to));
      if (!contacts.some(({ node, role }) => node === nodeId && role === "pending")) continue;
      const primaries = contacts.filter(({ role }) => role === "primary");
      coming.push({ partition, sources: primaries.map(({ node }) => node) });
    }
    return coming;
  }

  /** Takes what the peer has of the partition; false when it came to no end. */
  async pull(peer: NodeId, partition: Partition): Promise<boolean> {
    const { end } = await this.#entropy!.pull(peer, partition);
    return end === "equal" || end === "repaired";
  }

  /** @throws ClusterError CLUSTER_MESSAGE */
  receive(from: NodeId, payload: Uint8Array): void {
    this.#entropy?.receive(from, payload);
  }

  stop(): void {
    this.#entropy?.stop();
  }

  /** When the data are closed. Throws EngineError. */
  async close(): Promise<void> {
    const trees = await this.index.stop();
    await this.#engine.close();
    if (trees !== undefined) this.#folder.release(trees);
  }
}
