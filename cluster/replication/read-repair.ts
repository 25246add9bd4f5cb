// A replica that lacks something is brought what a read has found.

import type { NodeId } from "../runtime.ts";
import { Kind, type Status } from "../transport/message.ts";
import { mergeHere } from "./local-writes.ts";
import type { Host, Site } from "./site.ts";

export interface Repairing {
  readonly node: NodeId;
  readonly key: Uint8Array;
  readonly set: Uint8Array;
  /** Of the request that waits for the answer; 0: none does. */
  readonly number: number;
}

/** @param done told of a repair in this node's own store; another node answers the request. */
export function repairOne(
  site: Site,
  host: Host,
  { node, key, set, number }: Repairing,
  done: (status: Status) => void,
): void {
  const { runtime, epoch } = site;
  runtime.probes.mark("a read repaired a replica");
  const standsInFor = undefined;
  if (node === runtime.nodeId) {
    mergeHere(site, host, { key, set, standsInFor }, done);
    return;
  }
  const { name: keyspace } = host.keyspace;
  site.send(node, { kind: Kind.merge, number, epoch, keyspace, key, set, standsInFor });
}
