// A node of the cluster. Its responsibilities, each a part of its own:
//
//   requests of clients        replication/coordinator.ts    any node takes any request
//   reads and writes of keys   replication/replica-service.ts, replica.ts
//   conflicts                  versioning/                   versions under epochs of this replica
//   one order of writes        consensus/registers.ts        in linearizable keyspaces
//   failures of others         membership/liveness.ts, hints/hand-back.ts
//   placement                  ring/, replication/topology.ts
//   storage                    an engine for each keyspace, and one for hints
//
// Invariants:
//  I1. Nothing is answered before everything is open, nor after `stop`.
//  I2. Bytes that are no message touch nothing.

import assert from "node:assert";
import path from "node:path";
import type { Durability, Engine } from "../engines/engine.ts";
import { Registers } from "./consensus/registers.ts";
import { ClusterError } from "./errors.ts";
import { HandBack } from "./hints/hand-back.ts";
import { type HintObserver, HintStore } from "./hints/hint-store.ts";
import type { Keyspace } from "./keyspace.ts";
import type { Liveness } from "./membership/liveness.ts";
import { Coordinator, type Served } from "./replication/coordinator.ts";
import { HedgeBudget } from "./replication/hedge.ts";
import { LoadLimit } from "./replication/load-limit.ts";
import { Replica } from "./replication/replica.ts";
import { ReplicaService } from "./replication/replica-service.ts";
import { RequestTable } from "./replication/request-table.ts";
import type { Host, Site } from "./replication/site.ts";
import { Topology } from "./replication/topology.ts";
import type { Ring } from "./ring/ring.ts";
import type { NodeId, Runtime } from "./runtime.ts";
import { decode, encode } from "./transport/codec.ts";
import { Kind, type Message } from "./transport/message.ts";
import { ActorEpochs } from "./versioning/actor-epochs.ts";
import { VersioningError } from "./versioning/errors.ts";
import { createPolicy } from "./versioning/policies.ts";
import { ReplicaVersions } from "./versioning/replica-versions.ts";

export interface NodeParts {
  readonly ring: Ring;
  readonly keyspaces: readonly Keyspace[];
  readonly liveness: Liveness;
  /** The folder of all that it stores. */
  readonly dir: string;
  /** Opens the engine of a keyspace, or of the hints, in a folder of its own. */
  readonly openEngine: (name: string, durability: Durability, dir: string) => Promise<Engine>;
  /** What the node does on its own account; an error there is its end. */
  readonly watch: (work: Promise<unknown>) => void;
  /** Requests of clients, and writes of other coordinators, that it has open at most. */
  readonly requestsMax?: number;
  /** By vnode, nodes that will hold it: they take writes, which must reach as many more. */
  readonly pending?: (vnode: number) => readonly NodeId[];
  readonly hintObserver?: HintObserver;
}

export interface NodeStats {
  readonly openRequests: number;
  readonly shedRequests: number;
  readonly hints: number;
  /** Datagrams that were no message. */
  readonly malformed: number;
}

const REQUESTS_MAX = 4096;
/** Policies keep wall clocks apart by so much at most; reads by this long are not hedged. */
const HEDGE_DELAY_MAX_MS = 1000;

/** What a keyspace has open, besides its host. */
interface Opened {
  readonly engine: Engine;
  readonly epochs: ActorEpochs | undefined;
}

/** Epochs are continued only where no event that they numbered can be lost. */
async function closeStore({ engine, epochs }: Opened): Promise<void> {
  await engine.close();
  const { durability } = engine;
  epochs?.close({ dataIsDurable: durability === "group" || durability === "sync" });
}

export class ClusterNode {
  readonly #runtime: Runtime;
  readonly #parts: NodeParts;
  readonly #requests: RequestTable;
  readonly #clientLimit: LoadLimit;
  readonly #hosts = new Map<string, Host>();
  readonly #served = new Map<string, Served>();
  readonly #opened: Opened[] = [];
  #hints: HintStore | undefined;
  #coordinator: Coordinator | undefined;
  #replicas: ReplicaService | undefined;
  #handBack: HandBack | undefined;
  #malformed = 0;

  constructor(runtime: Runtime, parts: NodeParts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#requests = new RequestTable(runtime);
    this.#clientLimit = new LoadLimit(parts.requestsMax ?? REQUESTS_MAX);
  }

  /** Opens what it stores, and then serves. Throws EngineError and ClusterError. */
  async start(): Promise<void> {
    const { ring, liveness, watch, hintObserver, requestsMax = REQUESTS_MAX } = this.#parts;
    const self = ring.nodes.find(({ id }) => id === this.#runtime.nodeId);
    const hintsDir = path.join(this.#parts.dir, "hints");
    const hintEngine = await this.#open("hints", "group", hintsDir, undefined);
    this.#hints = new HintStore(hintEngine, hintObserver);
    if (!this.#runtime.probes.isPlanted("hints-forgotten")) await this.#hints.load();
    const site: Site = {
      runtime: this.#runtime,
      dc: self?.dc ?? ring.nodes[0]!.dc,
      epoch: ring.epoch,
      liveness,
      requests: this.#requests,
      hints: this.#hints,
      send: (to, message) => this.#send(to, message),
      watch,
    };
    for (const keyspace of this.#parts.keyspaces) await this.#openKeyspace(keyspace);
    this.#replicas = new ReplicaService(site, this.#hosts, new LoadLimit(requestsMax));
    this.#coordinator = new Coordinator(site, this.#served, this.#clientLimit);
    this.#handBack = new HandBack(site, this.#hosts);
    this.#handBack.start();
    this.#runtime.network.onDatagram((from, datagram) => this.#receive(from, datagram));
    for (const { registers } of this.#served.values()) await registers?.start();
  }

  /** Ends what is open, and closes the stores. Rejects with the first error; all are closed. */
  async stop(): Promise<void> {
    this.#runtime.network.onDatagram(() => {});
    this.#handBack?.stop();
    for (const { registers } of this.#served.values()) registers?.stop();
    this.#requests.stop();
    const ends = await Promise.allSettled(this.#opened.map((it) => closeStore(it)));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  stats(): NodeStats {
    return {
      openRequests: this.#requests.size,
      shedRequests: this.#clientLimit.refused,
      hints: this.#hints?.count ?? 0,
      malformed: this.#malformed,
    };
  }

  /** What this node holds of a key, for judges; undefined when it holds nothing. */
  async held(keyspace: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    const host = this.#hosts.get(keyspace);
    assert(host !== undefined, "a judge asks for a keyspace that is there");
    return host.replica.read(key);
  }

  async #openKeyspace(keyspace: Keyspace): Promise<void> {
    const { ring, pending, watch } = this.#parts;
    const { name, durability, conflicts, siblingsMax, requestMemory } = keyspace;
    const topology = new Topology(ring, keyspace, pending);
    const runtime = this.#runtime;
    const { clock, probes, files, nodeId, random } = runtime;
    const isLinearizable = conflicts === "linearizable";
    const dir = path.join(this.#parts.dir, "keyspaces", name);
    const epochs = isLinearizable
      ? undefined
      : new ActorEpochs({
          files,
          dir: path.join(dir, "epochs"),
          node: nodeId,
          random: random.split("epochs").split(name),
          nowWallMs: clock.wallMs(),
        });
    const engine = await this.#open(name, durability, dir, epochs);
    if (isLinearizable) {
      const neighbours = topology.neighboursOf(nodeId);
      const registers = new Registers({
        peers: () => neighbours,
        runtime,
        keyspace,
        votersOf: (key) => ({ voters: topology.primariesOf(key).map(({ node }) => node) }),
        engine,
        dir: path.join(dir, "identity"),
        send: (to, payload) => this.#send(to, { kind: Kind.consensus, keyspace: name, payload }),
        watch,
      });
      this.#served.set(name, { keyspace, registers });
      return;
    }
    const isWallClock = probes.isPlanted("wall-clock");
    const policy = createPolicy(conflicts, { siblingsMax, requestMemory, isWallClock });
    const mode = probes.isPlanted("no-epochs") ? "off" : "on";
    const versions = new ReplicaVersions({ policy, epochs: epochs!, mode, probes });
    const replica = new Replica({ engine, versions, policy, clock, probes });
    const hedges = new HedgeBudget({ delayMaxMs: HEDGE_DELAY_MAX_MS });
    const host: Host = { keyspace, topology, replica, policy, hedges };
    this.#hosts.set(name, host);
    this.#served.set(name, { keyspace, host });
  }

  async #open(
    name: string,
    durability: Durability,
    dir: string,
    epochs: ActorEpochs | undefined,
  ): Promise<Engine> {
    const engine = await this.#parts.openEngine(name, durability, path.join(dir, "data"));
    this.#opened.push({ engine, epochs });
    return engine;
  }

  #send(to: NodeId, message: Message): void {
    assert(to !== this.#runtime.nodeId, "a node does not send to itself");
    this.#runtime.network.send(to, encode(message));
  }

  #receive(from: NodeId, datagram: Uint8Array): void {
    try {
      this.#dispatch(from, decode(datagram));
    } catch (error) {
      const isMessage = error instanceof ClusterError && error.code === "CLUSTER_MESSAGE";
      // Versions that are none come in answers: their request ends by its deadline.
      const isState = error instanceof VersioningError && error.code === "VERSION_STATE";
      if (!isMessage && !isState) throw error;
      // I2: who sends such bytes cannot be told, since nothing in them can be believed.
      this.#malformed++;
      this.#runtime.probes.mark("a datagram was no message");
    }
  }

  #dispatch(from: NodeId, message: Message): void {
    switch (message.kind) {
      case Kind.get:
      case Kind.put:
      case Kind.compareAndSet:
      case Kind.getMany:
      case Kind.scan:
        this.#coordinator!.receive(from, message);
        return;
      case Kind.read:
        this.#replicas!.read(from, message);
        return;
      case Kind.mint:
        this.#replicas!.mint(from, message);
        return;
      case Kind.merge:
        this.#replicas!.merge(from, message);
        return;
      case Kind.scanPart:
        this.#replicas!.scanPart(from, message);
        return;
      case Kind.readAnswer:
      case Kind.mintAnswer:
      case Kind.mergeAnswer:
      case Kind.scanPartAnswer:
        this.#requests.answer(from, message);
        return;
      case Kind.consensus:
        this.#served.get(message.keyspace)?.registers?.receive(from, message.payload);
        return;
      case Kind.answer:
      case Kind.manyAnswer:
        // Answers are for clients.
        return;
    }
  }
}
