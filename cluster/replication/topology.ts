// Whom the keys of one keyspace belong to on one ring. With another ring all is made anew.
//
//  I1. Nothing that it tells ever changes: the same vnode always gets the same array object.
//  I2. No list of contacts has a node twice, and primaries are on the ring.
//
// Hot: every request asks. What is told of a vnode is made when it is first asked for, and contacts
// are shared, so that a key costs a hash, a search and an index.

import assert from "node:assert";
import { ClusterError } from "../errors.ts";
import type { Keyspace } from "../keyspace.ts";
import { type Ownership, refined, ringsOf } from "../ownership/ownership.ts";
import { fallbacksOf } from "../ring/active-list.ts";
import { positionOf } from "../ring/position.ts";
import { PreferenceLists } from "../ring/preference-list.ts";
import type { Ring } from "../ring/ring.ts";
import type { RingNode } from "../ring/ring-node.ts";
import type { NodeId } from "../runtime.ts";
import type { Contact } from "./consistency.ts";

/** What a vnode's keys belong to. */
interface VnodeContacts {
  readonly primaries: readonly Contact[];
  readonly all: readonly Contact[];
}

export class Topology {
  readonly ring: Ring;
  readonly keyspace: Keyspace;
  /** N: replicas over all data centres, as the keyspace asks for. */
  readonly n: number;
  readonly #lists: PreferenceLists;
  readonly #pending: (vnode: number) => readonly NodeId[];
  readonly #dcs: ReadonlyMap<NodeId, string>;
  readonly #primaryContacts: ReadonlyMap<NodeId, Contact>;
  readonly #contacts: (VnodeContacts | undefined)[];
  readonly #fallbacks: (readonly NodeId[] | undefined)[];

  /**
   * @param pending Nodes that take writes of a vnode beside its primaries, since they are about to
   *   be replicas or were until now; none unless told. Asked once a vnode.
   * @param nodes All that may be pending.
   * @throws ClusterError CLUSTER_SETTINGS for replicas in a data centre that no node is in, and
   *   RingError RING_RULES. Fewer nodes than replicas is no error: the list is shorter then.
   */
  constructor(
    ring: Ring,
    keyspace: Keyspace,
    pending: (vnode: number) => readonly NodeId[] = () => [],
    nodes: readonly RingNode[] = ring.nodes,
  ) {
    checkCentres(ring, keyspace);
    this.ring = ring;
    this.keyspace = keyspace;
    this.n = Object.values(keyspace.replicas).reduce((sum, replicas) => sum + replicas, 0);
    this.#lists = new PreferenceLists(ring, keyspace.replicas);
    this.#pending = pending;
    this.#dcs = new Map(nodes.map(({ id, dc }) => [id, dc]));
    this.#primaryContacts = new Map(
      ring.nodes.map(({ id, dc }) => [id, { node: id, dc, role: "primary" }]),
    );
    this.#contacts = new Array(ring.tokens.length).fill(undefined);
    this.#fallbacks = new Array(ring.tokens.length).fill(undefined);
  }

  /** 0 to `ring.tokens.length` - 1. */
  vnodeOf(key: Uint8Array): number {
    return this.ring.lookup(positionOf(key));
  }

  /** The primaries in the order of the walk, then the pending nodes: whom a write goes to. */
  contactsOf(vnode: number): readonly Contact[] {
    return this.#of(vnode).all;
  }

  /** The primaries in the order of the walk: whom a read goes to. */
  primariesOf(key: Uint8Array): readonly Contact[] {
    return this.#of(this.vnodeOf(key)).primaries;
  }

  /** All other nodes with a vnode, in the order in which they would stand in. */
  fallbacks(vnode: number): readonly NodeId[] {
    const known = this.#fallbacks[vnode];
    if (known !== undefined) return known;
    const made = fallbacksOf(this.ring, vnode, this.#lists.at(vnode));
    this.#fallbacks[vnode] = made;
    return made;
  }

  /** Every other node that is a primary of some key together with this one. */
  neighboursOf(node: NodeId): readonly NodeId[] {
    const found = new Set<NodeId>();
    for (let vnode = 0; vnode < this.ring.tokens.length; vnode++) {
      const { nodes } = this.#lists.at(vnode);
      if (nodes.includes(node)) for (const other of nodes) found.add(other);
    }
    found.delete(node);
    return [...found].sort();
  }

  /** Undefined for a node that is neither on the ring nor pending. */
  dcOf(node: NodeId): string | undefined {
    return this.#dcs.get(node);
  }

  #of(vnode: number): VnodeContacts {
    const known = this.#contacts[vnode];
    if (known !== undefined) return known;
    const { nodes } = this.#lists.at(vnode);
    const primaries = nodes.map((node) => this.#primaryContacts.get(node)!);
    const coming = new Set(this.#pending(vnode));
    for (const node of nodes) coming.delete(node);
    const pending = Array.from(coming, (node): Contact => {
      const dc = this.#dcs.get(node);
      assert(dc !== undefined, `I2: the pending node ${node} is a known one`);
      return { node, dc, role: "pending" };
    });
    const made = { primaries, all: pending.length === 0 ? primaries : [...primaries, ...pending] };
    this.#contacts[vnode] = made;
    return made;
  }
}

/**
 * Whom the keys belong to while the ring may be changing: primaries are those that are read, and
 * pending those that only take writes.
 */
export function topologyOf(ownership: Ownership, keyspace: Keyspace): Topology {
  const { reads, writes } = ringsOf(ownership);
  if (writes === undefined) return new Topology(reads, keyspace);
  const ring = refined(reads, writes.tokens);
  const lists = new PreferenceLists(refined(writes, reads.tokens), keyspace.replicas);
  // A node that is gone has been read from for the last time before `switch`.
  const gone = new Set(ownership.step === "switch" ? ownership.change!.gone : []);
  const pending = (vnode: number): readonly NodeId[] => {
    const { nodes } = lists.at(vnode);
    return gone.size === 0 ? nodes : nodes.filter((node) => !gone.has(node));
  };
  return new Topology(ring, keyspace, pending, [...writes.nodes, ...reads.nodes]);
}

function checkCentres(ring: Ring, { name, replicas }: Keyspace): void {
  const centres = new Set(ring.nodes.map(({ dc }) => dc));
  for (const [dc, count] of Object.entries(replicas)) {
    if (count === 0 || centres.has(dc)) continue;
    const known = [...centres].sort().join(", ");
    const message =
      `keyspace ${JSON.stringify(name)} wants ${count} replicas in data centre ` +
      `${JSON.stringify(dc)}, which has no node: name one of ${known}, or add nodes there`;
    throw new ClusterError("CLUSTER_SETTINGS", message);
  }
}
