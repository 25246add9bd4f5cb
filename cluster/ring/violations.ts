// Where a placement falls short of the rules. Both counts look at the vnodes of one data centre at
// a time, as the walk does.

import { centresOf } from "./centre.ts";
import type { Ring } from "./ring.ts";
import type { PlacementRules } from "./ring-node.ts";
import { LISTED_MAX, type Violation, type Violations } from "./strategy.ts";

/**
 * Violations of a plan in which vnodes in a row should differ. Two vnodes of one node that are d
 * apart are together in window - d windows; each of the two counts them, as in riak_core. At the
 * walk such a node is skipped, so a violation costs balance, not a copy.
 */
export function windowViolations(ring: Ring, rules: PlacementRules): Violations {
  const tally = new Tally();
  for (const centre of centresOf(ring.nodes, rules)) {
    tally.addMissing(centre.name, centre.replicas - centre.members.length);
    const rackOf = new Map(centre.members.map((node, i) => [node, centre.racks[i]!]));
    const vnodes = [...ring.owners.keys()].filter((vnode) => rackOf.has(ring.owners[vnode]!));
    const reach = Math.min(Math.max(centre.nodesApart, centre.racksApart), vnodes.length);
    for (const [i, vnode] of vnodes.entries()) {
      const owner = ring.owners[vnode]!;
      for (let distance = 1; distance < reach; distance++) {
        const other = ring.owners[vnodes[(i + distance) % vnodes.length]!]!;
        const nodes = [ring.nodes[owner]!.id, ring.nodes[other]!.id] as const;
        if (other === owner) {
          tally.add({ kind: "node", dc: centre.name, vnode, nodes }, centre.nodesApart - distance);
        }
        if (rackOf.get(other) === rackOf.get(owner)) {
          tally.add({ kind: "rack", dc: centre.name, vnode, nodes }, centre.racksApart - distance);
        }
      }
    }
  }
  return tally;
}

/** Violations of a plan that leaves it to the walk to find different nodes and racks. */
export function walkViolations(ring: Ring, rules: PlacementRules): Violations {
  const tally = new Tally();
  for (const centre of centresOf(ring.nodes, rules)) {
    tally.addMissing(centre.name, centre.replicas - centre.members.length);
  }
  return tally;
}

class Tally implements Violations {
  node = 0;
  rack = 0;
  dc = 0;
  readonly listed: Violation[] = [];

  /** @param windows In how many windows the pair is; none when it is far enough apart. */
  add(violation: Violation, windows: number): void {
    if (windows <= 0) return;
    this[violation.kind] += 2 * windows;
    this.#list(violation);
  }

  addMissing(dc: string, replicas: number): void {
    if (replicas <= 0) return;
    this.dc += replicas;
    this.#list({ kind: "dc", dc });
  }

  #list(violation: Violation): void {
    if (this.listed.length < LISTED_MAX) this.listed.push(violation);
  }
}
