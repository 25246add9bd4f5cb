// A cluster of a few real nodes in virtual time, for tests that say step by step what happens: who
// is believed to be up, whose messages are lost, whose disk fails.

import assert from "node:assert";
import type { ClientOptions } from "../../../cluster/client/options.ts";
import { ClusterClient } from "../../../cluster/client.ts";
import { createKeyspace, type Keyspace, type KeyspaceSettings } from "../../../cluster/keyspace.ts";
import type { Liveness } from "../../../cluster/membership/liveness.ts";
import { ClusterNode, type NodeParts } from "../../../cluster/node.ts";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import { positionOf } from "../../../cluster/ring/position.ts";
import { PreferenceLists } from "../../../cluster/ring/preference-list.ts";
import type { Ring } from "../../../cluster/ring/ring.ts";
import type { RingNode } from "../../../cluster/ring/ring-node.ts";
import type { NodeId } from "../../../cluster/runtime.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import type { Engine } from "../../../engines/engine.ts";
import { completeOptions } from "../../../engines/options.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { Random } from "../../../workloads/random.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const SCRIPT_MS = 60_000;

export const bytes = (text: string): Uint8Array => encoder.encode(text);
export const texts = (values: readonly Uint8Array[]): string[] =>
  values.map((value) => decoder.decode(value)).sort();

export interface SmallOptions
  extends Pick<NodeParts, "requestsMax" | "pending" | "antiEntropy" | "onAntiEntropy"> {
  /** n1 and on; of each data centre as many as given. */
  readonly nodes?: Readonly<Record<string, number>>;
  /** So many of them make the ring; all unless told. */
  readonly members?: number;
  readonly keyspace?: Partial<KeyspaceSettings>;
  readonly client?: Partial<ClientOptions>;
  readonly engine?: string;
}

export class SmallCluster {
  readonly world: World;
  readonly ringNodes: readonly RingNode[];
  readonly ring: Ring;
  readonly keyspace: Keyspace;
  readonly nodes = new Map<NodeId, ClusterNode>();
  /** Whose writes fail, as on a disk that is full. */
  readonly failing = new Set<NodeId>();
  /** Whose reads fail. */
  readonly failingReads = new Set<NodeId>();
  /** Every datagram from one node to another, but to and from clients. */
  sent = 0;
  readonly #options: SmallOptions;
  readonly #down = new Set<NodeId>();
  readonly #listeners: ((node: NodeId, isUp: boolean) => void)[] = [];
  #clients = 0;

  constructor(options: SmallOptions, engine: Awaited<ReturnType<typeof loadEngine>>) {
    this.#options = options;
    const { nodes = { dc1: 5 }, keyspace = {} } = options;
    const ringNodes = Object.entries(nodes).flatMap(([dc, count]) =>
      Array.from({ length: count }, (_, i) => ({ dc, i })),
    );
    const named = ringNodes.map(({ dc }, i) => {
      const id = `n${i + 1}`;
      return { id, capacity: 1, rack: id, dc };
    });
    const replicas = Object.fromEntries(Object.keys(nodes).map((dc) => [dc, 3]));
    this.keyspace = createKeyspace({ name: "data", replicas, ...keyspace });
    const random = new Random(1);
    const rules = { replicas: this.keyspace.replicas };
    this.ringNodes = named;
    const members = named.slice(0, options.members);
    this.ring = plan(undefined, members, rules, fixedPartitions(16), random.split("ring")).ring;
    const liveness: Liveness = {
      isUp: (node) => !this.#down.has(node),
      onChange: (listener) => {
        this.#listeners.push(listener);
      },
    };
    this.world = new World({
      random,
      nodes: named.map(({ id }) => id),
      faults: [],
      boot: (runtime, watch) => {
        const { network } = runtime;
        const counted = {
          send: (to: NodeId, datagram: Uint8Array) => {
            if (!to.startsWith("client")) this.sent++;
            network.send(to, datagram);
          },
          onDatagram: (handler: Parameters<typeof network.onDatagram>[0]) =>
            network.onDatagram(handler),
        };
        // Nothing is made rarer or more common: the test says what happens.
        const probes = { ...runtime.probes, buggify: () => false, mark: () => {} };
        const isPlanted = () => false;
        const own = { ...runtime, network: counted, probes: { ...probes, isPlanted } };
        const node = new ClusterNode(own, {
          ...{ ring: this.ring, keyspaces: [this.keyspace], liveness, dir: "/node", watch },
          ...(options.requestsMax === undefined ? {} : { requestsMax: options.requestsMax }),
          ...(options.pending === undefined ? {} : { pending: options.pending }),
          ...(options.antiEntropy === undefined ? {} : { antiEntropy: options.antiEntropy }),
          ...(options.onAntiEntropy === undefined ? {} : { onAntiEntropy: options.onAntiEntropy }),
          openEngine: async (_name, durability, dir) => {
            const { files: fileSystem, clock } = runtime;
            const opened = await engine.open(
              completeOptions({
                ...{ dir, fileSystem, durability, writeGrouping: "tick", cacheBytes: 65_536 },
                clock: { now: () => clock.nowMs() * 1e6 },
              }),
            );
            return this.#failable(runtime.nodeId, opened);
          },
        });
        this.nodes.set(runtime.nodeId, node);
        return node;
      },
    });
  }

  /** A client of its own, which asks who is up; with `at` it asks no node but this one. */
  client(options: Partial<ClientOptions> & { readonly at?: NodeId } = {}): ClusterClient {
    const { at, ...rest } = options;
    const { scheduler, network } = this.world;
    const id = `client${++this.#clients}`;
    const ring = this.ring;
    return new ClusterClient(
      {
        nodeId: id,
        clock: { nowMs: () => this.world.nowMs, wallMs: () => this.world.nowMs },
        timers: {
          after: (delayMs, callback) => {
            const handle = scheduler.schedule(delayMs * 1000, callback);
            return () => scheduler.cancel(handle);
          },
        },
        random: new Random(1000 + this.#clients),
        network: {
          send: (to, datagram) => network.send(id, at ?? this.#upFor(to), datagram),
          onDatagram: (handler) => {
            network.attach(id, (from, datagram) => {
              handler(from, datagram);
              return true;
            });
          },
        },
      },
      {
        ...{ ring, keyspaces: [this.keyspace], timeoutMs: 1000, attemptTimeoutMs: 1000 },
        ...{ attemptsMax: 1, ...this.#options.client, ...rest },
      },
    );
  }

  /** Primaries of a key, in order. */
  primariesOf(key: string): readonly NodeId[] {
    const lists = new PreferenceLists(this.ring, this.keyspace.replicas);
    return lists.of(positionOf(bytes(key))).nodes;
  }

  othersOf(key: string): NodeId[] {
    const primaries = this.primariesOf(key);
    return [...this.nodes.keys()].sort().filter((node) => !primaries.includes(node));
  }

  /** What everybody believes of it from now on. */
  believe(node: NodeId, isUp: boolean): void {
    if (isUp) this.#down.delete(node);
    else this.#down.add(node);
    for (const listener of this.#listeners) listener(node, isUp);
  }

  /** Nothing that the node sends or is sent arrives, until it is called with false. */
  silence(node: NodeId, isSilent: boolean): void {
    const { network } = this.world;
    for (const other of network.nodes) {
      if (other === node) continue;
      network.link(node, other).oneWayCuts += isSilent ? 1 : -1;
      network.link(other, node).oneWayCuts += isSilent ? 1 : -1;
    }
  }

  /** Values that the node holds of the key. */
  async held(node: NodeId, key: string): Promise<string[]> {
    const set = await this.nodes.get(node)!.held(this.keyspace.name, bytes(key));
    if (set === undefined) return [];
    const { conflicts } = this.keyspace;
    assert(conflicts !== "linearizable", "registers hold no sets");
    const policy = createPolicy(conflicts);
    const { siblings } = policy.read(policy.decode(set));
    return texts(siblings.map((version) => version.value()));
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.scheduler.schedule(ms * 1000, resolve);
    });
  }

  #upFor(node: NodeId): NodeId {
    if (!this.#down.has(node)) return node;
    return [...this.nodes.keys()].sort().find((other) => !this.#down.has(other))!;
  }

  #failable(node: NodeId, engine: Engine): Engine {
    const refuse = (): never => {
      throw Object.assign(new Error("the disk is full"), { code: "ENGINE_NO_SPACE" });
    };
    const put = engine.put.bind(engine);
    engine.put = (key, value) => (this.failing.has(node) ? refuse() : put(key, value));
    const get = engine.get.bind(engine);
    engine.get = (key, snapshot) => (this.failingReads.has(node) ? refuse() : get(key, snapshot));
    return engine;
  }
}

/** Runs the script when all nodes are up, to its end. */
export async function inCluster(
  options: SmallOptions,
  script: (cluster: SmallCluster) => Promise<void>,
): Promise<void> {
  const cluster = new SmallCluster(options, await loadEngine(options.engine ?? "memory"));
  const { world } = cluster;
  let outcome: "running" | "done" | { readonly error: unknown } = "running";
  world.scheduler.schedule(1_000_000, () => {
    script(cluster).then(
      () => {
        outcome = "done";
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
  });
  await world.run(SCRIPT_MS, 0);
  if (typeof outcome === "object") throw (outcome as { error: unknown }).error;
  assert.equal(outcome, "done", "the script came to its end in virtual time");
  assert.deepEqual(world.errors, [], "no process failed");
}
