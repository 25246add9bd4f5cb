// Whom this node asks for a key: the nearest first, and only who is believed to be up.
//
// Nearest is this node itself, then its own data centre, each in the order of the preference list.

import { activeList } from "../ring/active-list.ts";
import type { NodeId } from "../runtime.ts";
import type { Contact } from "./consistency.ts";
import type { Host, Site } from "./site.ts";
import type { Topology } from "./topology.ts";

export interface WriteContacts {
  readonly contacts: readonly Contact[];
  /** Primaries that are believed to be down and have no stand-in among the contacts. */
  readonly down: readonly NodeId[];
}

const NONE: readonly never[] = [];

export class ContactLists {
  readonly #site: Site;
  /** By topology and vnode, with everybody up: primaries, and primaries with pending nodes. */
  readonly #primaries = new WeakMap<Topology, (readonly Contact[] | undefined)[]>();
  readonly #writers = new WeakMap<Topology, (WriteContacts | undefined)[]>();

  constructor(site: Site) {
    this.#site = site;
  }

  toRead(host: Host, vnode: number): readonly Contact[] {
    const primaries = this.#primariesOf(host.topology, vnode);
    if (this.#areUp(primaries)) return primaries;
    return this.#active(host, vnode, primaries).contacts;
  }

  /** @param isAny a hint of this node is enough: it stands in when no primary is up. */
  toWrite(host: Host, vnode: number, isAny: boolean): WriteContacts {
    const all = this.#writersOf(host.topology, vnode);
    if (this.#areUp(all.contacts)) return all;
    const primaries = this.#primariesOf(host.topology, vnode);
    const active = this.#active(host, vnode, primaries);
    const pending = all.contacts.filter(({ role }) => role === "pending");
    const contacts = [...active.contacts, ...pending.filter((it) => this.#isUp(it.node))];
    const { nodeId } = this.#site.runtime;
    if (isAny && active.contacts.length === 0) {
      const standsInFor = primaries[0]!.node;
      const self: Contact = { node: nodeId, dc: this.#site.dc, role: "fallback", standsInFor };
      return { contacts: [self], down: active.down.filter((node) => node !== standsInFor) };
    }
    return { contacts, down: active.down };
  }

  #active(host: Host, vnode: number, primaries: readonly Contact[]): WriteContacts {
    const up = primaries.filter(({ node }) => this.#isUp(node));
    const down = primaries.filter((contact) => !up.includes(contact)).map(({ node }) => node);
    const isStrict = host.keyspace.quorum === "strict";
    const isMistaken = this.#site.runtime.probes.isPlanted("stand-ins-in-strict");
    if (isStrict && !isMistaken) return { contacts: up, down };
    const { topology } = host;
    const list = { nodes: primaries.map(({ node }) => node), missing: NONE };
    const active = activeList(topology.ring, vnode, list, (node) => this.#isUp(node));
    const standIns: Contact[] = [];
    for (const { node, standsInFor } of active.replicas) {
      if (standsInFor === undefined) continue;
      standIns.push({ node, dc: topology.dcOf(node)!, role: "fallback", standsInFor });
    }
    return { contacts: [...up, ...standIns], down: active.unfilled };
  }

  #areUp(contacts: readonly Contact[]): boolean {
    for (let i = 0; i < contacts.length; i++) if (!this.#isUp(contacts[i]!.node)) return false;
    return true;
  }

  #isUp(node: NodeId): boolean {
    return node === this.#site.runtime.nodeId || this.#site.liveness.isUp(node);
  }

  #primariesOf(topology: Topology, vnode: number): readonly Contact[] {
    const lists = memo(this.#primaries, topology);
    return (lists[vnode] ??= this.#nearestFirst(
      topology.contactsOf(vnode).filter(({ role }) => role === "primary"),
    ));
  }

  #writersOf(topology: Topology, vnode: number): WriteContacts {
    const lists = memo(this.#writers, topology);
    return (lists[vnode] ??= {
      contacts: [
        ...this.#primariesOf(topology, vnode),
        ...topology.contactsOf(vnode).filter(({ role }) => role === "pending"),
      ],
      down: NONE,
    });
  }

  #nearestFirst(contacts: readonly Contact[]): readonly Contact[] {
    const { dc, runtime } = this.#site;
    const distance = (contact: Contact): number => {
      if (contact.node === runtime.nodeId) return 0;
      return contact.dc === dc ? 1 : 2;
    };
    return [...contacts].sort((a, b) => distance(a) - distance(b));
  }
}

function memo<T>(
  lists: WeakMap<Topology, (T | undefined)[]>,
  topology: Topology,
): (T | undefined)[] {
  let list = lists.get(topology);
  if (list === undefined) {
    list = new Array<T | undefined>(topology.ring.tokens.length).fill(undefined);
    lists.set(topology, list);
  }
  return list;
}
