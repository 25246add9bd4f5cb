// The keyspaces of one node: each with an engine of its own and what serves it, a host of versions
// or registers, and the comparison of what it holds with other replicas.
//
// Invariants:
//  I1. What was opened is closed, whatever else fails.
//  I2. All keyspaces go by the same epoch at every moment.

import assert from "node:assert";
import path from "node:path";
import type { Durability, Engine } from "../engines/engine.ts";
import type { AntiEntropyEvent } from "./antientropy/events.ts";
import { type AntiEntropySettings, Repairs } from "./antientropy/repairs.ts";
import { Registers } from "./consensus/registers.ts";
import type { Keyspace } from "./keyspace.ts";
import { Electors } from "./ownership/electors.ts";
import type { Ownership } from "./ownership/ownership.ts";
import type { Served } from "./replication/coordinator.ts";
import { HedgeBudget } from "./replication/hedge.ts";
import { Replica } from "./replication/replica.ts";
import type { Host } from "./replication/site.ts";
import { Topology, topologyOf } from "./replication/topology.ts";
import type { NodeId, Runtime } from "./runtime.ts";
import { Kind, type Message } from "./transport/message.ts";
import { ActorEpochs } from "./versioning/actor-epochs.ts";
import { createPolicy } from "./versioning/policies.ts";
import { ReplicaVersions } from "./versioning/replica-versions.ts";

/** Reads that take as long as this are not hedged. */
const HEDGE_DELAY_MAX_MS = 1000;

export interface HostingParts {
  readonly runtime: Runtime;
  readonly ownership: Ownership;
  readonly dir: string;
  readonly openEngine: (name: string, durability: Durability, dir: string) => Promise<Engine>;
  readonly send: (to: NodeId, message: Message) => void;
  readonly watch: (work: Promise<unknown>) => void;
  readonly pending: ((vnode: number) => readonly NodeId[]) | undefined;
  /** Absent: replicas are not compared. */
  readonly antiEntropy: AntiEntropySettings | undefined;
  readonly onAntiEntropy: (event: AntiEntropyEvent) => void;
}

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

export class Hosting {
  readonly hosts = new Map<string, Host>();
  readonly served = new Map<string, Served>();
  readonly repairs: Repairs | undefined;
  readonly #parts: HostingParts;
  readonly #opened: Opened[] = [];
  /** By linearizable keyspace. */
  readonly #voters = new Map<string, Electors>();
  #ownership: Ownership;
  /** That replicas are compared under: no change of an older one is still on its way to a store. */
  #settledEpoch: number;

  constructor(parts: HostingParts) {
    this.#parts = parts;
    const { runtime, antiEntropy, ownership } = parts;
    this.#ownership = ownership;
    this.#settledEpoch = ownership.epoch;
    this.repairs = antiEntropy === undefined ? undefined : new Repairs(runtime, antiEntropy);
  }

  /** An engine that is closed with the others. Throws EngineError. */
  async openEngine(
    name: string,
    durability: Durability,
    dir: string,
    epochs?: ActorEpochs,
  ): Promise<Engine> {
    const { openEngine } = this.#parts;
    const engine = await openEngine(name, durability, path.join(dir, "data"));
    this.#opened.push({ engine, epochs });
    return engine;
  }

  /** Throws EngineError and ClusterError. */
  async open(keyspace: Keyspace): Promise<void> {
    if (keyspace.conflicts === "linearizable") await this.#openRegisters(keyspace);
    else await this.#openHost(keyspace, this.#topologyOf(keyspace));
  }

  /** From now on this holds (I2). */
  adopt(ownership: Ownership): void {
    assert(ownership.epoch > this.#ownership.epoch, "I2: epochs rise");
    this.#ownership = ownership;
    for (const host of this.hosts.values()) host.topology = this.#topologyOf(host.keyspace);
    for (const electors of this.#voters.values()) electors.adopt(ownership);
    this.repairs?.adopt((keyspace) => this.hosts.get(keyspace)!.topology);
    this.#parts.watch(this.#settle(ownership));
  }

  /** Why keys cannot move to other nodes; undefined when they can. */
  whyFixed(): string | undefined {
    if (this.repairs === undefined) {
      return "nodes that do not compare replicas cannot hand over keys: set antiEntropy";
    }
    const [name] = this.#voters.keys();
    return name && `keyspace ${name} is linearizable, and its keys stay where they are`;
  }

  async #settle({ epoch }: Ownership): Promise<void> {
    for (const { replica } of this.hosts.values()) await replica.settled();
    this.#settledEpoch = Math.max(this.#settledEpoch, epoch);
  }

  #topologyOf(keyspace: Keyspace): Topology {
    const { pending } = this.#parts;
    if (pending === undefined) return topologyOf(this.#ownership, keyspace);
    return new Topology(this.#ownership.ring, keyspace, pending);
  }

  /** The registers begin to vote, and replicas to be compared. Throws EngineError. */
  async start(isUp: (node: NodeId) => boolean): Promise<void> {
    for (const { registers } of this.served.values()) await registers?.start();
    this.repairs?.start(isUp, this.#parts.watch);
  }

  stop(): void {
    for (const { registers } of this.served.values()) registers?.stop();
    this.repairs?.stop();
  }

  /** Rejects with the first error (I1). */
  async close(): Promise<void> {
    const ends = await Promise.allSettled(this.#opened.map((it) => closeStore(it)));
    // An index counts as whole only when the data that it is of are closed.
    const last = await Promise.allSettled([this.repairs?.close()]);
    for (const end of [...ends, ...last]) if (end.status === "rejected") throw end.reason;
  }

  async #openRegisters(keyspace: Keyspace): Promise<void> {
    const { runtime, send, watch } = this.#parts;
    const { name, durability } = keyspace;
    const dir = this.#dirOf(keyspace);
    const electors = new Electors(runtime.nodeId, keyspace, this.#ownership);
    this.#voters.set(name, electors);
    const registers = new Registers({
      peers: () => electors.peers,
      runtime,
      keyspace,
      votersOf: (key) => electors.votersOf(key),
      engine: await this.openEngine(name, durability, dir),
      dir: path.join(dir, "identity"),
      send: (to, payload) => send(to, { kind: Kind.consensus, keyspace: name, payload }),
      watch,
    });
    this.served.set(name, { keyspace, registers });
  }

  async #openHost(keyspace: Keyspace, topology: Topology): Promise<void> {
    const { name, durability, conflicts, siblingsMax, requestMemory } = keyspace;
    assert(conflicts !== "linearizable", "registers have no host");
    const { clock, probes, files, nodeId, random } = this.#parts.runtime;
    const dir = this.#dirOf(keyspace);
    const epochs = new ActorEpochs({
      ...{ files, dir: path.join(dir, "epochs"), node: nodeId, nowWallMs: clock.wallMs() },
      random: random.split("epochs").split(name),
    });
    const engine = await this.openEngine(name, durability, dir, epochs);
    const isWallClock = probes.isPlanted("wall-clock");
    const policy = createPolicy(conflicts, { siblingsMax, requestMemory, isWallClock });
    const mode = probes.isPlanted("no-epochs") ? "off" : "on";
    const versions = new ReplicaVersions({ policy, epochs, mode, probes });
    const repair = await this.#openRepair(keyspace, topology, engine);
    const noted = repair === undefined ? {} : { index: repair.index };
    const replica = new Replica({ engine, versions, policy, clock, probes, ...noted });
    repair?.serve(replica);
    const hedges = new HedgeBudget({ delayMaxMs: HEDGE_DELAY_MAX_MS });
    const host: Host = { keyspace, topology, replica, policy, hedges };
    this.hosts.set(name, host);
    this.served.set(name, { keyspace, host });
  }

  async #openRepair(keyspace: Keyspace, topology: Topology, data: Engine) {
    const { send, watch, openEngine, onAntiEntropy } = this.#parts;
    return this.repairs?.open({
      ...{ keyspace, topology, data, watch, dir: this.#dirOf(keyspace), onEvent: onAntiEntropy },
      epoch: () => this.#settledEpoch,
      openEngine: (dir) => openEngine(`${keyspace.name}-index`, "memory", dir),
      send: (to, payload) => {
        send(to, { kind: Kind.entropy, keyspace: keyspace.name, payload });
      },
    });
  }

  #dirOf({ name }: Keyspace): string {
    return path.join(this.#parts.dir, "keyspaces", name);
  }
}
