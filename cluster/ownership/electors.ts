// Who votes on the keys of a linearizable keyspace: the replicas of each key, and while the ring
// changes those that it will have as well.

import type { VoterLists } from "../consensus/electorates.ts";
import type { Keyspace } from "../keyspace.ts";
import { Topology } from "../replication/topology.ts";
import type { NodeId } from "../runtime.ts";
import type { Ownership } from "./ownership.ts";

export class Electors {
  readonly #node: NodeId;
  readonly #keyspace: Keyspace;
  #now: Topology;
  #next: Topology | undefined;
  #peers: readonly NodeId[];

  constructor(node: NodeId, keyspace: Keyspace, ownership: Ownership) {
    this.#node = node;
    this.#keyspace = keyspace;
    this.#now = new Topology(ownership.ring, keyspace);
    this.#peers = [];
    this.adopt(ownership);
  }

  /** From now on this holds. */
  adopt({ ring, change }: Ownership): void {
    if (ring !== this.#now.ring) this.#now = new Topology(ring, this.#keyspace);
    this.#next = change === undefined ? undefined : new Topology(change.ring, this.#keyspace);
    const peers = new Set(this.#now.neighboursOf(this.#node));
    for (const peer of this.#next?.neighboursOf(this.#node) ?? []) peers.add(peer);
    this.#peers = [...peers].sort();
  }

  /** Every other node that votes on some key together with this one. */
  get peers(): readonly NodeId[] {
    return this.#peers;
  }

  votersOf(key: Uint8Array): VoterLists {
    const voters = namesOf(this.#now, key);
    if (this.#next === undefined) return { voters };
    const next = namesOf(this.#next, key);
    return next.join() === voters.join() ? { voters } : { voters, next };
  }
}

function namesOf(topology: Topology, key: Uint8Array): NodeId[] {
  return topology.primariesOf(key).map(({ node }) => node);
}
