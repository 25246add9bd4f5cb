// Who may hold partitions, and how many copies there should be.

import type { NodeId } from "../runtime.ts";
import { RingError } from "./ring-error.ts";

export interface RingNode {
  readonly id: NodeId;
  /** Its share of the ring against the shares of others: above 0, in any unit. */
  readonly capacity: number;
  /** What fails together inside a data centre. Racks of one name in two centres are two racks. */
  readonly rack: string;
  readonly dc: string;
}

/** Replicas by data centre. A centre that is not named gets none. */
export type ReplicationRule = Readonly<Record<string, number>>;

export interface PlacementRules {
  readonly replicas: ReplicationRule;
  /**
   * Of how many vnodes in a row all should be in different racks, by data centre. Absent: as many
   * as there are replicas, or racks if those are fewer.
   */
  readonly racksApart?: ReplicationRule;
}

const NODES_MAX = 0xffff;
const REPLICAS_MAX = 32;

/** The nodes in the order of their ids. @throws RingError `RING_NODES` */
export function checkNodes(nodes: readonly RingNode[]): readonly RingNode[] {
  if (nodes.length === 0 || nodes.length > NODES_MAX) {
    throw wrongNodes(`${nodes.length} nodes: a ring has 1 to ${NODES_MAX}`);
  }
  const ids = new Set<NodeId>();
  for (const { id, capacity, rack, dc } of nodes) {
    if (typeof id !== "string" || id === "") throw wrongNodes("a node has no id: name it");
    if (ids.has(id)) throw wrongNodes(`two nodes are called ${id}: name each once`);
    ids.add(id);
    if (typeof capacity !== "number" || !(capacity > 0 && capacity < Number.POSITIVE_INFINITY)) {
      throw wrongNodes(`node ${id} has capacity ${capacity}: give a finite number above 0`);
    }
    for (const [what, name] of Object.entries({ rack, dc })) {
      if (typeof name !== "string" || name === "") throw wrongNodes(`node ${id} has no ${what}`);
    }
  }
  const plain = nodes.map(({ id, capacity, rack, dc }) => ({ id, capacity, rack, dc }));
  // By UTF-16 units, which is the same on every machine; a locale's order is not.
  return plain.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** There is a replica at least. @throws RingError `RING_RULES` */
export function checkReplicas(rule: ReplicationRule): void {
  checkRule(rule);
  if (Object.values(rule).some((replicas) => replicas > 0)) return;
  const message = "the rule gives no replica at all: give at least one data centre one";
  throw new RingError("RING_RULES", message);
}

/** @throws RingError `RING_RULES` */
export function checkRule(rule: ReplicationRule): void {
  if (typeof rule !== "object" || rule === null) {
    throw new RingError("RING_RULES", "a rule is an object: give replicas by data centre");
  }
  for (const [dc, replicas] of Object.entries(rule)) {
    if (Number.isInteger(replicas) && replicas >= 0 && replicas <= REPLICAS_MAX) continue;
    const message = `${replicas} for data centre ${dc}: give an integer from 0 to ${REPLICAS_MAX}`;
    throw new RingError("RING_RULES", message);
  }
}

function wrongNodes(message: string): RingError {
  return new RingError("RING_NODES", message);
}
