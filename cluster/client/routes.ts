// Whom a client asks: the nodes that could coordinate a request, in the order in which they are
// tried, and whether the ring can give what is asked at all.
//
// A replica of the key saves a hop, and one in the client's data centre a long one. Requests take
// turns among the near ones; the far ones follow when all near ones were tried.

import { ClusterError } from "../errors.ts";
import type { Keyspace } from "../keyspace.ts";
import { CLUSTER, foundingOwnership, type Ownership, ringsOf } from "../ownership/ownership.ts";
import type { Consistency, Contact, Level } from "../replication/consistency.ts";
import { needOf } from "../replication/need.ts";
import { type Topology, topologyOf } from "../replication/topology.ts";
import type { NodeId } from "../runtime.ts";
import type { ClientOptions } from "./options.ts";

/** What "local" means is for the coordinator to say: only a near one means the client's centre. */
const LOCAL_LEVELS: ReadonlySet<Level | undefined> = new Set(["LOCAL_ONE", "LOCAL_QUORUM"]);
const NO_CONTACTS: readonly Contact[] = [];

/** Nodes to try; immutable, and the same object for all keys of a vnode. */
class Candidates {
  /** Not empty. */
  readonly near: readonly NodeId[];
  readonly far: readonly NodeId[];

  constructor(near: readonly NodeId[], far: readonly NodeId[]) {
    this.near = near.length > 0 ? near : far;
    this.far = near.length > 0 ? far : [];
  }

  /** The one for a try, 0 for the first; `turn` is any integer from 0, and shifts the order. */
  at(turn: number, tried: number, isLocal: boolean): NodeId {
    const { near, far } = this;
    const place = tried % (isLocal ? near.length : near.length + far.length);
    if (place < near.length) return near[(turn + place) % near.length]!;
    return far[(turn + place) % far.length]!;
  }
}

/** The routes of one keyspace on one ring. */
export class KeyspaceRoutes {
  readonly keyspace: Keyspace;
  readonly #topology: Topology;
  readonly #localDc: string;
  readonly #dc: string | undefined;
  /** All nodes. */
  readonly #any: Candidates;
  /** By vnode, made when first asked for; undefined when any node will do. */
  readonly #byVnode: (Candidates | undefined)[] | undefined;
  /** What was judged last and found possible: most requests ask for the same again. */
  #readable: Consistency | undefined;
  #writable: Consistency | undefined;

  constructor(ownership: Ownership, keyspace: Keyspace, { dc, route = "replica" }: ClientOptions) {
    this.keyspace = keyspace;
    this.#topology = topologyOf(ownership, keyspace);
    const { ring } = this.#topology;
    this.#dc = dc;
    const centres = Object.keys(keyspace.replicas);
    this.#localDc = dc ?? centres.find((name) => keyspace.replicas[name]! > 0)!;
    this.#any = this.#sorted(ring.nodes.map((node) => ({ node: node.id, dc: node.dc })));
    this.#byVnode = route === "any" ? undefined : new Array(ring.tokens.length).fill(undefined);
  }

  /** Who could coordinate a request for the key; absent: for no key in particular. */
  candidatesOf(key: Uint8Array | undefined): Candidates {
    if (this.#byVnode === undefined || key === undefined) return this.#any;
    const vnode = this.#topology.vnodeOf(key);
    let candidates = this.#byVnode[vnode];
    if (candidates === undefined) {
      const contacts = this.#topology.contactsOf(vnode);
      const primaries = contacts.filter(({ role }) => role === "primary");
      candidates = primaries.length === 0 ? this.#any : this.#sorted(primaries);
      this.#byVnode[vnode] = candidates;
    }
    return candidates;
  }

  /** Whether only nodes of the client's data centre may coordinate it. */
  isLocal({ level }: Consistency): boolean {
    return this.#dc !== undefined && LOCAL_LEVELS.has(level);
  }

  /** @throws ClusterError CLUSTER_LIMIT */
  checkKey(key: Uint8Array): void {
    const { keyBytesMax } = this.keyspace;
    if (key.length > keyBytesMax) throw this.#tooLong("key", key.length, keyBytesMax);
  }

  /** @throws ClusterError CLUSTER_LIMIT */
  checkValue(value: Uint8Array): void {
    const { valueBytesMax } = this.keyspace;
    if (value.length > valueBytesMax) throw this.#tooLong("value", value.length, valueBytesMax);
  }

  /** @throws ClusterError CLUSTER_SETTINGS for what these replicas can never give. */
  check(operation: "read" | "write", consistency: Consistency): void {
    const isRead = operation === "read";
    if (consistency === (isRead ? this.#readable : this.#writable)) return;
    if (this.keyspace.conflicts === "linearizable" && Object.keys(consistency).length > 0) {
      const { name } = this.keyspace;
      const message = `keyspace ${name} is linearizable and takes no level: leave it out`;
      throw new ClusterError("CLUSTER_SETTINGS", message);
    }
    const topology = this.#topology;
    const of = { keyspace: this.keyspace, topology, localDc: this.#localDc, operation };
    needOf(consistency, { ...of, pending: NO_CONTACTS });
    if (isRead) this.#readable = consistency;
    else this.#writable = consistency;
  }

  #tooLong(what: string, bytes: number, max: number): ClusterError {
    const { name } = this.keyspace;
    const message = `a ${what} of ${bytes} bytes: keyspace ${name} takes up to ${max}`;
    return new ClusterError("CLUSTER_LIMIT", message);
  }

  #sorted(nodes: readonly { readonly node: NodeId; readonly dc: string }[]): Candidates {
    const isNear = (dc: string): boolean => this.#dc === undefined || dc === this.#dc;
    const idsOf = (list: typeof nodes): NodeId[] => list.map(({ node }) => node);
    return new Candidates(
      idsOf(nodes.filter(({ dc }) => isNear(dc))),
      idsOf(nodes.filter(({ dc }) => !isNear(dc))),
    );
  }
}

export class Routes {
  readonly #options: ClientOptions;
  #byName = new Map<string, KeyspaceRoutes>();
  readonly cluster: string;
  epoch = 0;

  /** @throws ClusterError CLUSTER_SETTINGS for a data centre that no node is in */
  constructor(options: ClientOptions) {
    this.#options = options;
    this.cluster = options.cluster ?? CLUSTER;
    this.use(foundingOwnership(this.cluster, options.ring, []));
  }

  /** From now on this holds. @throws as the constructor does; then nothing has changed */
  use(ownership: Ownership): void {
    const { keyspaces, dc } = this.#options;
    const ring = ringsOf(ownership).reads;
    if (dc !== undefined && !ring.nodes.some((node) => node.dc === dc)) {
      const known = [...new Set(ring.nodes.map((node) => node.dc))].join(", ");
      const message = `no node is in data centre ${JSON.stringify(dc)}: there are ${known}`;
      throw new ClusterError("CLUSTER_SETTINGS", message);
    }
    this.#byName = new Map(
      keyspaces.map((each) => [each.name, new KeyspaceRoutes(ownership, each, this.#options)]),
    );
    this.epoch = ownership.epoch;
  }

  /** @throws ClusterError CLUSTER_KEYSPACE */
  of(keyspace: string): KeyspaceRoutes {
    const routes = this.#byName.get(keyspace);
    if (routes !== undefined) return routes;
    const known = [...this.#byName.keys()].join(", ");
    const message = `there is no keyspace ${JSON.stringify(keyspace)}: there are ${known}`;
    throw new ClusterError("CLUSTER_KEYSPACE", message);
  }
}
