// Which nodes hold the copies of a vnode's keys.
//
// The walk is that of Cassandra's NetworkTopologyStrategy. Along the vnodes, from the one that has
// the key, once around:
//  1. A node that was met before, or whose data centre has all its replicas, is passed over.
//  2. A node in a rack that has no replica yet is taken.
//  3. Another one is put aside, until each rack of its data centre has one; then those put aside
//     are taken in their order, and after them whoever comes.
// So no list ever holds a node twice, whatever the plan was; too few nodes are told, not hidden.

import type { NodeId } from "../runtime.ts";
import type { Ring } from "./ring.ts";
import { checkReplicas, type ReplicationRule } from "./ring-node.ts";

export interface PreferenceList {
  /** Different nodes, in the order of the walk. */
  readonly nodes: readonly NodeId[];
  /** Data centres that have fewer nodes than the rule asks for; empty when the rule is met. */
  readonly missing: readonly MissingReplicas[];
}

export interface MissingReplicas {
  readonly dc: string;
  /** At least 1. */
  readonly replicas: number;
}

/** All preference lists of a ring under one rule, computed once. */
export class PreferenceLists {
  readonly ring: Ring;
  readonly rule: ReplicationRule;
  readonly #lists: readonly PreferenceList[];

  /** @throws RingError `RING_RULES` */
  constructor(ring: Ring, rule: ReplicationRule) {
    checkReplicas(rule);
    this.ring = ring;
    this.rule = rule;
    const walk = new PlacementWalk(ring, rule);
    const missing = walk.missing();
    this.#lists = Array.from(ring.tokens, (_, vnode) => ({
      nodes: walk.from(vnode).map((node) => ring.nodes[node]!.id),
      missing,
    }));
  }

  /** The list of a vnode; always the same object. */
  at(vnode: number): PreferenceList {
    return this.#lists[vnode]!;
  }

  /** The list of a position. */
  of(position: number): PreferenceList {
    return this.#lists[this.ring.lookup(position)]!;
  }
}

/** What a walk knows of a data centre. */
interface Centre {
  readonly name: string;
  readonly asked: number;
  /** Of nodes that own a vnode. */
  nodes: number;
  racks: number;
  taken: number;
  racksTaken: number;
  readonly aside: number[];
}

/** The walk, by indices of nodes. */
export class PlacementWalk {
  readonly #ring: Ring;
  readonly #centres: Centre[] = [];
  readonly #centreOf: Int32Array;
  readonly #rackOf: Int32Array;
  /** The number of the walk in which a node was last met, and a rack last taken. */
  readonly #nodeMet: Int32Array;
  readonly #rackTaken: Int32Array;
  #walks = 0;

  constructor(ring: Ring, rule: ReplicationRule) {
    this.#ring = ring;
    const centres = new Map<string, number>();
    const racks = new Map<string, number>();
    const owning = new Set(ring.owners);
    this.#centreOf = new Int32Array(ring.nodes.length);
    this.#rackOf = new Int32Array(ring.nodes.length);
    for (const name of [...Object.keys(rule), ...ring.nodes.map(({ dc }) => dc)]) {
      if (centres.has(name)) continue;
      centres.set(name, this.#centres.length);
      const asked = Object.hasOwn(rule, name) ? rule[name]! : 0;
      this.#centres.push({
        ...{ name, asked, nodes: 0, racks: 0, taken: 0, racksTaken: 0, aside: [] },
      });
    }
    ring.nodes.forEach(({ dc, rack }, node) => {
      const centre = centres.get(dc)!;
      const rackName = JSON.stringify([dc, rack]);
      this.#centreOf[node] = centre;
      if (!owning.has(node)) return;
      this.#centres[centre]!.nodes++;
      if (!racks.has(rackName)) {
        racks.set(rackName, racks.size);
        this.#centres[centre]!.racks++;
      }
      this.#rackOf[node] = racks.get(rackName)!;
    });
    this.#nodeMet = new Int32Array(ring.nodes.length);
    this.#rackTaken = new Int32Array(racks.size);
  }

  /** What every list lacks: it depends on the nodes alone. */
  missing(): readonly MissingReplicas[] {
    return this.#centres
      .filter(({ asked, nodes }) => asked > nodes)
      .map(({ name, asked, nodes }) => ({ dc: name, replicas: asked - nodes }));
  }

  /** The nodes of a vnode's list, as indices into `ring.nodes`. */
  from(vnode: number): number[] {
    const { owners } = this.#ring;
    this.#walks++;
    let open = 0;
    for (const centre of this.#centres) {
      centre.taken = 0;
      centre.racksTaken = 0;
      centre.aside.length = 0;
      open += Math.min(centre.asked, centre.nodes);
    }
    const list: number[] = [];
    for (let steps = 0; list.length < open && steps < owners.length; steps++) {
      const node = owners[(vnode + steps) % owners.length]!;
      if (this.#nodeMet[node] === this.#walks) continue;
      this.#nodeMet[node] = this.#walks;
      this.#meet(node, list);
    }
    return list;
  }

  #meet(node: number, list: number[]): void {
    const centre = this.#centres[this.#centreOf[node]!]!;
    if (centre.taken >= centre.asked) return;
    const rack = this.#rackOf[node]!;
    const isNewRack = this.#rackTaken[rack] !== this.#walks;
    if (!isNewRack && centre.racksTaken < centre.racks) {
      centre.aside.push(node);
      return;
    }
    list.push(node);
    centre.taken++;
    if (!isNewRack) return;
    this.#rackTaken[rack] = this.#walks;
    if (++centre.racksTaken < centre.racks) return;
    for (const waiting of centre.aside) {
      if (centre.taken >= centre.asked) return;
      list.push(waiting);
      centre.taken++;
    }
  }
}
