// A node of the cluster. Its responsibilities, each a part of its own:
//
//   requests of clients        replication/coordinator.ts    any node takes any request
//   reads and writes of keys   replication/replica-service.ts, replica.ts
//   conflicts                  versioning/                   versions under epochs of this replica
//   one order of writes        consensus/registers.ts        in linearizable keyspaces
//   failures of others         membership/liveness.ts, hints/hand-back.ts
//   replicas that differ       antientropy/repairs.ts
//   changes of the ring        ownership/planning.ts, handoff/transfers.ts
//   placement                  ring/, replication/topology.ts
//   storage                    hosting.ts: an engine for each keyspace; and one for hints
//
// Invariants:
//  I1. Nothing is answered before everything is open, nor after `stop`.
//  I2. Bytes that are no message touch nothing.

import assert from "node:assert";
import path from "node:path";
import type { Durability, Engine } from "../engines/engine.ts";
import type { AntiEntropyEvent } from "./antientropy/events.ts";
import type { AntiEntropySettings } from "./antientropy/repairs.ts";
import { ClusterError } from "./errors.ts";
import { Transfers } from "./handoff/transfers.ts";
import { HandBack } from "./hints/hand-back.ts";
import { type HintObserver, HintStore } from "./hints/hint-store.ts";
import { Hosting } from "./hosting.ts";
import type { Keyspace } from "./keyspace.ts";
import type { Liveness } from "./membership/liveness.ts";
import type { Ownership, RingChange } from "./ownership/ownership.ts";
import { CLUSTER, centreOf, foundingOwnership } from "./ownership/ownership.ts";
import { PLAN_KEYSPACE } from "./ownership/plan-register.ts";
import { Planning } from "./ownership/planning.ts";
import { Coordinator } from "./replication/coordinator.ts";
import { LoadLimit } from "./replication/load-limit.ts";
import { ReplicaService } from "./replication/replica-service.ts";
import { RequestTable } from "./replication/request-table.ts";
import type { Site } from "./replication/site.ts";
import type { Ring } from "./ring/ring.ts";
import type { NodeId, Runtime } from "./runtime.ts";
import { decode, encode } from "./transport/codec.ts";
import { Kind, type Message } from "./transport/message.ts";
import { VersioningError } from "./versioning/errors.ts";

export interface NodeParts {
  /** Of the cluster, "ringbench" unless told: letters, digits and "._-", 1 to 64. */
  readonly cluster?: string;
  /** That the cluster begins with. */
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
  /** Absent: replicas are not compared in the background. */
  readonly antiEntropy?: AntiEntropySettings;
  readonly onAntiEntropy?: (event: AntiEntropyEvent) => void;
}

export interface NodeStats {
  readonly openRequests: number;
  readonly shedRequests: number;
  readonly hints: number;
  /** Datagrams that were no message. */
  readonly malformed: number;
}

const REQUESTS_MAX = 4096;
/** Of the ring: the first nodes by name. */
const VOTERS = 3;
export class ClusterNode {
  readonly #runtime: Runtime;
  readonly #parts: NodeParts;
  readonly #requests: RequestTable;
  readonly #clientLimit: LoadLimit;
  readonly #planning: Planning;
  readonly #transfers: Transfers;
  #hosting: Hosting | undefined;
  #ownership: Ownership;
  #dc: string;
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
    const { ring, liveness, dir, watch } = parts;
    const voters = ring.nodes.slice(0, VOTERS).map(({ id }) => id);
    this.#ownership = foundingOwnership(parts.cluster ?? CLUSTER, ring, voters);
    this.#dc = centreOf(this.#ownership, runtime.nodeId);
    this.#transfers = new Transfers({
      ...{ runtime, watch, isUp: (node: NodeId) => liveness.isUp(node) },
      keyspaces: () => this.#hosting?.repairs?.keyspaces,
    });
    this.#planning = new Planning({
      ...{ runtime, liveness, watch, dir: path.join(dir, "plan"), founding: this.#ownership },
      openEngine: (at) => this.#hosting!.openEngine("plan", "group", at),
      send: (to, message) => this.#send(to, message),
      adopt: (ownership) => this.#adopt(ownership),
      isReady: (ownership) => this.#transfers.isReady(ownership),
    });
  }

  /** Opens what it stores, and then serves. Throws EngineError and ClusterError. */
  async start(): Promise<void> {
    const { liveness, watch, hintObserver, requestsMax = REQUESTS_MAX } = this.#parts;
    const hintsDir = path.join(this.#parts.dir, "hints");
    this.#planning.know();
    const hosting = this.#newHosting();
    this.#hosting = hosting;
    const hintEngine = await hosting.openEngine("hints", "group", hintsDir);
    this.#hints = new HintStore(hintEngine, hintObserver);
    if (!this.#runtime.probes.isPlanted("hints-forgotten")) await this.#hints.load();
    const ownershipOf = (): Ownership => this.#ownership;
    const dcOf = (): string => this.#dc;
    const site: Site = {
      runtime: this.#runtime,
      // Both are read at every use: they change with the ring.
      get dc() {
        return dcOf();
      },
      get epoch() {
        return ownershipOf().epoch;
      },
      liveness,
      requests: this.#requests,
      hints: this.#hints,
      send: (to, message) => this.#send(to, message),
      watch,
    };
    for (const keyspace of this.#parts.keyspaces) await hosting.open(keyspace);
    this.#replicas = new ReplicaService(site, hosting.hosts, new LoadLimit(requestsMax));
    this.#coordinator = new Coordinator(site, hosting.served, this.#clientLimit);
    this.#handBack = new HandBack(site, hosting.hosts);
    this.#handBack.start();
    this.#runtime.network.onDatagram((from, datagram) => this.#receive(from, datagram));
    await hosting.start((node) => liveness.isUp(node));
    this.#transfers.adopt(this.#ownership);
    await this.#planning.start();
    liveness.onChange((node, isUp) => {
      if (isUp) hosting.repairs?.hurry(node);
    });
  }

  /** Ends what is open, and closes the stores. Rejects with the first error; all are closed. */
  async stop(): Promise<void> {
    this.#runtime.network.onDatagram(() => {});
    this.#handBack?.stop();
    this.#planning.stop();
    this.#transfers.stop();
    this.#hosting?.stop();
    this.#requests.stop();
    await this.#hosting?.close();
  }

  /** What this node goes by. */
  get ownership(): Ownership {
    return this.#ownership;
  }

  /**
   * Begins a change of the ring, planned from what is newest; done when it is decided.
   * @throws ClusterError CLUSTER_CHANGE while another is under way, or when keys could not move;
   *   CLUSTER_TIMEOUT
   */
  async beginChange(make: (ownership: Ownership) => RingChange): Promise<Ownership> {
    const fixed = this.#hosting?.whyFixed();
    if (fixed !== undefined) throw new ClusterError("CLUSTER_CHANGE", fixed);
    return this.#planning.begin(make);
  }

  /** Gives up the change that is under way. @throws ClusterError CLUSTER_CHANGE, CLUSTER_TIMEOUT */
  abandonChange(): Promise<Ownership> {
    return this.#planning.abandon();
  }

  /**
   * Goes by this from now on. Requests that are open end in CLUSTER_EPOCH, since a quorum is of one
   * epoch; a write may have been done all the same. Older ones change nothing.
   */
  learn(ownership: Ownership): void {
    this.#planning.learn(ownership);
  }

  #adopt(ownership: Ownership): void {
    if (ownership.epoch <= this.#ownership.epoch) return;
    this.#ownership = ownership;
    this.#dc = centreOf(ownership, this.#runtime.nodeId);
    if (this.#hosting === undefined) return;
    this.#hosting.adopt(ownership);
    this.#requests.endAll();
    this.#transfers.adopt(ownership);
  }

  #newHosting(): Hosting {
    const { dir, openEngine, watch, pending, antiEntropy, onAntiEntropy = () => {} } = this.#parts;
    const ownership = this.#ownership;
    return new Hosting({
      ...{ runtime: this.#runtime, ownership, dir, openEngine, watch, pending, antiEntropy },
      send: (to, message) => this.#send(to, message),
      onAntiEntropy,
    });
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
  async held(
    keyspace: string,
    key: Uint8Array,
    isDurable = false,
  ): Promise<Uint8Array | undefined> {
    const host = this.#hosting?.hosts.get(keyspace);
    assert(host !== undefined, "a judge asks for a keyspace that is there");
    return isDurable ? host.replica.readDurable(key) : host.replica.read(key);
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
      case Kind.plan:
        this.#planning.receive(from, message.payload);
        return;
      case Kind.consensus:
        if (message.keyspace === PLAN_KEYSPACE) this.#planning.receiveVote(from, message.payload);
        else this.#hosting!.served.get(message.keyspace)?.registers?.receive(from, message.payload);
        return;
      case Kind.entropy:
        this.#hosting!.repairs?.receive(from, message.keyspace, message.payload);
        return;
      case Kind.answer:
      case Kind.manyAnswer:
        // Answers are for clients.
        return;
    }
  }
}
