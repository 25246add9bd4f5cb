// The folder of a cluster as a user names it: what it holds is looked at before it is opened, so
// that what does not fit is told in flags that can be typed.

import fs from "node:fs";
import path from "node:path";
import { EngineError } from "../../engines/errors.ts";
import { nodeFileSystem } from "../../engines/io/node-filesystem.ts";
import { readMark } from "../../engines/verify/folder-mark.ts";
import { clusterFlagsText, type MarkedCluster, parseClusterMark } from "../cluster/cluster-mark.ts";
import type { ClusterShape } from "../cluster/shape.ts";
import { UsageError } from "./usage.ts";

/** Of a folder that is new, or whose mark is damaged, undefined: opening it says the rest. */
export function markOf(dir: string): string | undefined {
  try {
    return readMark(nodeFileSystem, dir).identity?.engine;
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

export interface AskedStore {
  /** What the user types for this program. */
  readonly program: string;
  readonly dir: string;
  /** As the user names the engine, and as the engine names itself. */
  readonly asked: string;
  readonly engine: string;
  /** Undefined: the engine alone. */
  readonly shape: ClusterShape | undefined;
  /** Nothing is to be made: what is run on was loaded. */
  readonly mustExist: boolean;
}

/**
 * Throws UsageError for a folder of a cluster that is asked for as something else, for one of an
 * engine that is asked for as a cluster, and where a cluster is to be run on and none was loaded.
 */
export function checkClusterFolder(store: AskedStore): void {
  const { program, dir, asked, engine, shape, mustExist } = store;
  const mark = markOf(dir);
  const there = mark === undefined ? undefined : parseClusterMark(mark);
  const flagsOf = (cluster: MarkedCluster): string => {
    const isAsked = cluster.engine === engine;
    return clusterFlagsText({ ...cluster, engine: isAsked ? asked : cluster.engine });
  };
  if (shape === undefined) {
    if (there === undefined) return;
    throw new UsageError(`${dir} holds a cluster, not an engine: give ${flagsOf(there)}`);
  }
  const { nodes, n, conflicts } = shape;
  const wanted: MarkedCluster = { engine, nodes, n, conflicts };
  if (mark === undefined) {
    if (!mustExist || !isEmpty(dir)) return;
    const load = `${program} ycsb load ${flagsOf(wanted)} --dir ${dir}`;
    throw new UsageError(`${dir} holds no cluster: load it first, by ${load}`);
  }
  if (there === undefined) {
    const what = `${dir} holds data of engine ${mark}, which is no cluster`;
    throw new UsageError(`${what}: leave --nodes out, or choose another folder`);
  }
  if (flagsOf(there) === flagsOf(wanted)) return;
  const what = `${dir} holds another cluster than ${flagsOf(wanted)}`;
  throw new UsageError(`${what}: give ${flagsOf(there)}, or choose another folder`);
}

function isEmpty(dir: string): boolean {
  return !fs.existsSync(dir) || fs.readdirSync(dir).length === 0;
}

/** The folders of stores in that of a cluster, by name: all that have a mark of an engine. */
export function storesWithin(dir: string): string[] {
  const names = fs.readdirSync(dir, { recursive: true, encoding: "utf8" }).sort();
  return names
    .filter((name) => path.basename(name) === "ENGINE" && path.dirname(name) !== ".")
    .map((name) => path.join(dir, path.dirname(name)));
}
