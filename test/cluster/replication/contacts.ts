// Contacts and keyspaces of the tests of this folder, in short.

import { createKeyspace, type Keyspace } from "../../../cluster/keyspace.ts";
import type { Contact, Need } from "../../../cluster/replication/consistency.ts";
import type { ReplicationRule } from "../../../cluster/ring/ring-node.ts";

export function keyspaceOf(replicas: ReplicationRule): Keyspace {
  return createKeyspace({ name: "users", replicas });
}

export function primary(node: string, dc = "a"): Contact {
  return { node, dc, role: "primary" };
}

export function fallback(node: string, dc = "a"): Contact {
  return { node, dc, role: "fallback", standsInFor: "gone" };
}

export function pending(node: string, dc = "a"): Contact {
  return { node, dc, role: "pending" };
}

export function need(nodes: number, primaries = 0, perDc: Need["perDc"] = []): Need {
  return { nodes, primaries, perDc };
}
