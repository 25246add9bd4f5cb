// What a cluster that is measured looks like, and how it is asked.

import { type ConflictMode, createKeyspace, type Keyspace } from "../../cluster/keyspace.ts";
import type { Consistency } from "../../cluster/replication/consistency.ts";
import { needOf } from "../../cluster/replication/need.ts";
import { Topology } from "../../cluster/replication/topology.ts";
import { Ring } from "../../cluster/ring/ring.ts";
import type { ReadMode } from "../../cluster/transport/message.ts";
import type { Durability } from "../../engines/engine.ts";
import type { ClusterSettings } from "../../reports/result.ts";

export interface ClusterShape {
  readonly nodes: number;
  /** Replicas of a key, at most `nodes`. */
  readonly n: number;
  readonly read: Consistency;
  readonly write: Consistency;
  readonly conflicts: ConflictMode;
  readonly fanOut: ReadMode["fanOut"];
  readonly repair: ReadMode["repair"];
}

/** The one data centre of a cluster in one process. */
export const CENTRE = "dc1";

/** @throws ClusterError CLUSTER_SETTINGS, for a conflict mode that needs more durability */
export function keyspaceOf({ n, conflicts }: ClusterShape, durability: Durability): Keyspace {
  return createKeyspace({ name: "ycsb", replicas: { [CENTRE]: n }, conflicts, durability });
}

/**
 * What tells the rows of two shapes apart, in few words: `memory x3 n3 r2 w2`. The durability is
 * not in it: it stands in the row, and rows of different durability are never compared.
 */
export function shapeLabel(engine: string, shape: ClusterShape): string {
  const { nodes, n, read, write, conflicts, fanOut, repair } = shape;
  const isLinearizable = conflicts === "linearizable";
  const counts = `r${askText(read)} w${askText(write)}`;
  const quorum = read.level !== undefined && read.level === write.level ? read.level : counts;
  return [
    `${engine} x${nodes} n${n}`,
    ...(isLinearizable ? [] : [quorum]),
    ...(conflicts === "dvv" ? [] : [conflicts]),
    ...(fanOut === "all" || isLinearizable ? [] : ["fan-out r"]),
    ...(repair === "background" || isLinearizable ? [] : [`repair ${repair}`]),
  ].join(" ");
}

/**
 * Refuses by name what no request of this shape could ever be given, or the keyspace could not be.
 * @throws ClusterError CLUSTER_SETTINGS
 */
export function checkShape(shape: ClusterShape, durability: Durability): void {
  const keyspace = keyspaceOf(shape, durability);
  if (shape.conflicts === "linearizable") return;
  const nodes = Array.from({ length: shape.nodes }, (_, i) => {
    return { id: `n${i + 1}`, capacity: 1, rack: `rack${i + 1}`, dc: CENTRE };
  });
  const tokens = Uint32Array.from(nodes, (_, i) => i);
  const owners = Uint16Array.from(tokens);
  const ring = new Ring({ epoch: 1, strategy: "random-tokens", nodes, tokens, owners });
  const of = { keyspace, topology: new Topology(ring, keyspace), localDc: CENTRE, pending: [] };
  needOf(shape.read, { ...of, operation: "read" });
  needOf(shape.write, { ...of, operation: "write" });
}

/** All of it by name, for programs. */
export function shapeSettings(shape: ClusterShape): ClusterSettings {
  const { nodes, n, read, write, conflicts, fanOut, repair } = shape;
  if (conflicts === "linearizable") return { nodes, n, conflicts };
  const isLevel = read.level !== undefined && read.level === write.level;
  return {
    ...{ nodes, n },
    ...(read.count === undefined ? {} : { r: read.count }),
    ...(write.count === undefined ? {} : { w: write.count }),
    ...(isLevel ? { level: read.level } : {}),
    ...{ conflicts, fanOut, repair },
  };
}

/** All of it in a sentence, for the notes of a row. */
export function shapeNote(engine: string, shape: ClusterShape): string {
  const { nodes, n, read, write, conflicts, fanOut, repair } = shape;
  const how =
    conflicts === "linearizable"
      ? "by consensus on each key"
      : `R ${askText(read)}, W ${askText(write)}, reads sent to ${fanOut}, repair ${repair}`;
  return (
    `a cluster of ${nodes} nodes in this process, each on ${engine}: N ${n}, ${how}, ` +
    `conflicts ${conflicts}; each replica answers a write at the durability of the row`
  );
}

function askText({ level, count }: Consistency): string {
  return level ?? String(count);
}
