// The mark of a cluster's folder: what cluster it is, and the flags that mean the same.

import type { ConflictMode } from "../../cluster/keyspace.ts";

/** The file of the ring, in the folder of a cluster. */
export const RING_NAME = "RING";
/** Of what lies in that folder, beside the folders of the nodes. */
export const CLUSTER_FORMAT = 1;

/** What a folder is bound to for good. */
export interface MarkedCluster {
  /** The name of the engine that all nodes run on. */
  readonly engine: string;
  readonly nodes: number;
  readonly n: number;
  readonly conflicts: ConflictMode;
}

/** It stands where the name of an engine stands in the mark of a folder. */
export function clusterMark({ engine, nodes, n, conflicts }: MarkedCluster): string {
  return `cluster:${engine}:nodes=${nodes}:n=${n}:${conflicts}`;
}

/** Undefined for the mark of an engine. */
export function parseClusterMark(mark: string): MarkedCluster | undefined {
  const match = /^cluster:(.+):nodes=(\d+):n=(\d+):([a-z-]+)$/.exec(mark);
  if (match === null) return undefined;
  const [, engine, nodes, n, conflicts] = match;
  return {
    engine: engine!,
    nodes: Number(nodes),
    n: Number(n),
    conflicts: conflicts as ConflictMode,
  };
}

/** What a user types to mean this cluster. */
export function clusterFlagsText({ engine, nodes, n, conflicts }: MarkedCluster): string {
  return `--engine ${engine} --nodes ${nodes} --n ${n} --conflicts ${conflicts}`;
}
