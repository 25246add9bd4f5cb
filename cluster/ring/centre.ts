// The nodes of a ring by data centre, with what the rules ask of each.

import type { PlacementRules, RingNode } from "./ring-node.ts";

export interface Centre {
  readonly name: string;
  /** Indices into the nodes. */
  readonly members: readonly number[];
  /** The rack of each member, as a number below `rackCount`. */
  readonly racks: Int32Array;
  readonly rackCount: number;
  /** Replicas that the rules ask for, even if there are fewer nodes. */
  readonly replicas: number;
  /** Vnodes in a row that should be on different nodes, and in different racks; at least 1. */
  readonly nodesApart: number;
  readonly racksApart: number;
}

/** In the order in which the nodes name them; then those that only the rules name. */
export function centresOf(nodes: readonly RingNode[], rules: PlacementRules): Centre[] {
  const members = new Map<string, number[]>();
  nodes.forEach(({ dc }, node) => {
    if (!members.has(dc)) members.set(dc, []);
    members.get(dc)!.push(node);
  });
  for (const dc of Object.keys(rules.replicas)) if (!members.has(dc)) members.set(dc, []);
  return [...members].map(([name, indices]) => {
    const racks = new Map<string, number>();
    for (const node of indices) {
      const { rack } = nodes[node]!;
      if (!racks.has(rack)) racks.set(rack, racks.size);
    }
    const replicas = ruleFor(rules.replicas, name) ?? 0;
    const racksApart = ruleFor(rules.racksApart ?? {}, name) ?? Math.min(replicas, racks.size);
    return {
      name,
      members: indices,
      racks: Int32Array.from(indices, (node) => racks.get(nodes[node]!.rack)!),
      rackCount: racks.size,
      replicas,
      nodesApart: Math.max(1, Math.min(replicas, indices.length)),
      racksApart: Math.max(1, racksApart),
    };
  });
}

function ruleFor(rule: Readonly<Record<string, number>>, dc: string): number | undefined {
  return Object.hasOwn(rule, dc) ? rule[dc] : undefined;
}
