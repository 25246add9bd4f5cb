// A whole cluster in this process, in one folder: a folder of its own for each node, the plan of
// the ring, and a mark that says what cluster it is.
//
//  I1. Nodes that serve are all of the ring; when one cannot be opened, none stays open.
//  I2. When `close` has ended no timer, file or message of the cluster is left.

import path from "node:path";
import { ClusterClient } from "../../cluster/client.ts";
import type { Keyspace } from "../../cluster/keyspace.ts";
import type { Liveness } from "../../cluster/membership/liveness.ts";
import { ClusterNode } from "../../cluster/node.ts";
import { fixedPartitions } from "../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../cluster/ring/plan.ts";
import type { Ring } from "../../cluster/ring/ring.ts";
import { decodeRing, encodeRing } from "../../cluster/ring/ring-text.ts";
import { LocalNetwork } from "../../cluster/transport/local.ts";
import type {
  Capabilities,
  Durability,
  Engine,
  EngineEvent,
  EngineModule,
  EngineOptions,
  EngineStats,
} from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { claimFolder, replaceFile } from "../../engines/io/folder.ts";
import { Random } from "../../workloads/random.ts";
import type { OtherMeasured, StoreModule } from "../store.ts";
import type { TargetParts } from "../store-target.ts";
import type { Target } from "../target.ts";
import type { Timer } from "../timer.ts";
import { CLUSTER_FORMAT, clusterMark, RING_NAME } from "./cluster-mark.ts";
import { ClusterTarget, type UserBytes } from "./cluster-target.ts";
import { realRuntime } from "./real-runtime.ts";
import {
  CENTRE,
  type ClusterShape,
  keyspaceOf,
  shapeLabel,
  shapeNote,
  shapeSettings,
} from "./shape.ts";
import { sumStats } from "./sum-stats.ts";

const CLIENT = "client";
/** Enough for even shares: at least so many for each node. */
const PARTITIONS_PER_NODE = 16;
/** Hints are few, and none while all nodes are up. */
const HINT_CACHE_BYTES = 1024 * 1024;
/** Long enough for any compaction that stands in the way. */
const TIMEOUT_MS = 30_000;

/** Nobody is ever down: who does not answer is waited for. */
const ALL_UP: Liveness = { isUp: () => true, onChange: () => {} };

/** The cluster as something to be opened like an engine. */
export function clusterModule(
  engine: EngineModule,
  shape: ClusterShape,
  timer: Timer,
): StoreModule<InProcessCluster> {
  const { supports } = engine;
  if (!supports.persistent || !supports.scan) {
    const message = `engine ${engine.name} keeps nothing, or has no scans: no node runs on it`;
    throw new EngineError("ENGINE_UNSUPPORTED", message);
  }
  return {
    name: shapeLabel(engine.name, shape),
    version: () => engine.version(),
    supports: supportsOf(engine, shape),
    notes: [shapeNote(engine.name, shape)],
    cluster: shapeSettings(shape),
    open: (options) => InProcessCluster.open(engine, shape, timer, options),
  };
}

function supportsOf({ supports }: EngineModule, { conflicts }: ClusterShape): Capabilities {
  const isLinearizable = conflicts === "linearizable";
  const durability = supports.durability.filter((level) => {
    return !isLinearizable || level === "group" || level === "sync";
  });
  return { ...supports, durability, scan: !isLinearizable, synchronous: false };
}

export class InProcessCluster implements OtherMeasured {
  readonly supports: Capabilities;
  readonly durability: Durability;
  readonly client: ClusterClient;
  readonly keyspace: Keyspace;
  readonly #shape: ClusterShape;
  readonly #nodes: readonly ClusterNode[];
  readonly #engines: readonly Engine[];
  readonly #release: () => void;
  readonly #failures: unknown[];
  readonly #userBytes: UserBytes = { written: 0, read: 0 };
  #closing: Promise<void> | undefined;

  private constructor(parts: {
    readonly supports: Capabilities;
    readonly keyspace: Keyspace;
    readonly client: ClusterClient;
    readonly shape: ClusterShape;
    readonly nodes: readonly ClusterNode[];
    readonly engines: readonly Engine[];
    readonly failures: unknown[];
    readonly release: () => void;
  }) {
    this.supports = parts.supports;
    this.durability = parts.keyspace.durability;
    this.client = parts.client;
    this.keyspace = parts.keyspace;
    this.#shape = parts.shape;
    this.#nodes = parts.nodes;
    this.#engines = parts.engines;
    this.#failures = parts.failures;
    this.#release = parts.release;
  }

  /** Throws EngineError, and ClusterError for a shape that cannot be. */
  static async open(
    module: EngineModule,
    shape: ClusterShape,
    timer: Timer,
    options: EngineOptions,
  ): Promise<InProcessCluster> {
    const { fileSystem, dir, durability, errorIfMissing, clock } = options;
    const keyspace = keyspaceOf(shape, durability);
    const { nodes: count, n, conflicts } = shape;
    const engine = clusterMark({ engine: module.name, nodes: count, n, conflicts });
    const lock = claimFolder(fileSystem, dir, { engine, format: CLUSTER_FORMAT }, errorIfMissing);
    const failures: unknown[] = [];
    const engines: Engine[] = [];
    const nodes: ClusterNode[] = [];
    const network = new LocalNetwork(timer);
    const names: string[] = [];
    const release = (): void => {
      for (const name of [...names, CLIENT]) network.detach(name);
      lock.release();
    };
    try {
      const ring = ringOf(shape, options);
      const openEngineOf = engineOpener(module, options, count, engines);
      const real = { clock, timer };
      for (const { id } of ring.nodes) {
        const runtime = realRuntime(id, network.networkOf(id), real);
        names.push(id);
        const node = new ClusterNode(runtime, {
          ring,
          keyspaces: [keyspace],
          liveness: ALL_UP,
          dir: path.join(dir, id),
          openEngine: openEngineOf(id),
          watch: (work) => void work.catch((error: unknown) => failures.push(error)),
        });
        nodes.push(node);
        await node.start();
      }
      const runtime = realRuntime(CLIENT, network.networkOf(CLIENT), real);
      const times = { timeoutMs: TIMEOUT_MS, attemptTimeoutMs: TIMEOUT_MS };
      const client = new ClusterClient(runtime, { ring, keyspaces: [keyspace], ...times });
      const supports = supportsOf(module, shape);
      const parts = { supports, keyspace, client, shape, nodes, engines, failures, release };
      return new InProcessCluster(parts);
    } catch (error) {
      for (const each of engines) await each.close().catch(() => {});
      release();
      throw error;
    }
  }

  newTarget(parts: TargetParts): Target {
    return new ClusterTarget(parts, {
      client: this.client,
      keyspace: this.keyspace,
      shape: this.#shape,
      failures: this.#failures,
      userBytes: this.#userBytes,
    });
  }

  /** Of all engines together, over what users of this cluster wrote and read, each byte once. */
  stats(): EngineStats {
    const sums = sumStats(this.#engines.map((engine) => engine.stats()));
    const { written, read } = this.#userBytes;
    return { ...sums, userBytesWritten: written, userBytesRead: read };
  }

  async flush(): Promise<void> {
    for (const engine of this.#engines) await engine.flush();
  }

  /** Rejects with the first error of a store; all are closed all the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.client.close();
    const ends = await Promise.allSettled(this.#nodes.map((node) => node.stop()));
    this.#release();
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}

/** As it was planned when the folder was new: the data lies where that plan says. */
function ringOf({ nodes, n }: ClusterShape, { fileSystem, dir }: EngineOptions): Ring {
  const file = path.join(dir, RING_NAME);
  if (fileSystem.existsSync(file)) {
    return decodeRing(new TextDecoder().decode(fileSystem.readFileSync(file)));
  }
  const ring = planned(nodes, n);
  replaceFile(fileSystem, dir, RING_NAME, new TextEncoder().encode(encodeRing(ring)));
  return ring;
}

/** Plans by nodes and N: planning takes up to a second, and a suite makes many such clusters. */
const plans = new Map<string, Ring>();

function planned(nodes: number, n: number): Ring {
  const known = plans.get(`${nodes} ${n}`);
  if (known !== undefined) return known;
  const members = Array.from({ length: nodes }, (_, i) => {
    return { id: `n${i + 1}`, capacity: 1, rack: `rack${i + 1}`, dc: CENTRE };
  });
  const partitions = 2 ** Math.ceil(Math.log2(nodes * PARTITIONS_PER_NODE));
  const rules = { replicas: { [CENTRE]: n } };
  const { ring } = plan(undefined, members, rules, fixedPartitions(partitions), new Random(1));
  plans.set(`${nodes} ${n}`, ring);
  return ring;
}

/** Opens engines of a node; all share the cache of the whole, and are noted in `engines`. */
function engineOpener(
  module: EngineModule,
  options: EngineOptions,
  nodes: number,
  engines: Engine[],
): (node: string) => (name: string, durability: Durability, dir: string) => Promise<Engine> {
  const share = Math.floor(options.cacheBytes / nodes);
  return (node) => async (name, durability, dir) => {
    const place = engines.length;
    const engine = await module.open({
      ...options,
      dir,
      durability,
      errorIfMissing: false,
      cacheBytes: name === "hints" ? Math.min(share, HINT_CACHE_BYTES) : share,
      // Numbers of events are unique in one engine.
      onEvent: (event: EngineEvent) => {
        const { detail = "" } = event;
        const id = event.id * nodes * 2 + place;
        options.onEvent({ ...event, id, detail: `${node} ${name}: ${detail}` });
      },
    });
    engines.push(engine);
    return engine;
  };
}
