// The flags that make a cluster in this process out of an engine, the same for every verb that has
// them.

import type { Command } from "commander";
import type { ConflictMode } from "../../cluster/keyspace.ts";
import { type Consistency, LEVELS } from "../../cluster/replication/consistency.ts";
import type { ReadMode } from "../../cluster/transport/message.ts";
import type { Durability } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { loadEngine } from "../../engines/registry.ts";
import { ClusterStore, type ClusterStoreParts } from "../cluster/cluster-store.ts";
import { type ClusterShape, checkShape, shapeLabel } from "../cluster/shape.ts";
import type { EngineSettings, SkippedEngine } from "../compare.ts";
import { parseCount } from "./numbers.ts";
import { oneOf, parseList, UsageError } from "./usage.ts";

export interface ClusterFlags {
  readonly nodes?: string;
  readonly n?: string;
  readonly r?: string;
  readonly w?: string;
  readonly level?: string;
  readonly conflicts?: string;
  readonly fanOut?: string;
  readonly repair?: string;
}

const NODES_MAX = 64;
/** A level is for the reads and the writes of a run: ANY, which no read can have, is none here. */
const RUN_LEVELS = LEVELS.filter((level) => level !== "ANY");
const CONFLICTS: readonly ConflictMode[] = ["dvv", "vector-clock", "lww", "linearizable"];
const FAN_OUTS: readonly ReadMode["fanOut"][] = ["all", "r"];
const REPAIRS: readonly ReadMode["repair"][] = ["background", "blocking", "off"];
/** Flags that say how the cluster is, and nothing without one. */
const OTHERS = ["n", "r", "w", "level", "conflicts", "fanOut", "repair"] as const;

/** @param lists R, W and levels may be lists, for a cluster each. */
export function addClusterFlags(command: Command, lists: boolean): Command {
  const several = lists ? "; or several: 1,2" : "";
  return command
    .option("--nodes <n>", "a cluster of so many nodes in this process, each on the engine")
    .option("--n <n>", "N: replicas of a key (default: 3, or as many as nodes)")
    .option("--r <n>", `R: replicas that must answer a read, with --w${several}`)
    .option("--w <n>", `W: replicas that must answer a write, with --r${several}`)
    .option("--level <level>", levelText(lists))
    .option("--conflicts <policy>", `${CONFLICTS.join(", ")} (default: dvv)`)
    .option("--fan-out <who>", "replicas that a read is sent to: all, or r (default: all)")
    .option("--repair <when>", `${REPAIRS.join(", ")}: read repair (default: background)`);
}

function levelText(lists: boolean): string {
  const several = lists ? ", or several: ONE,QUORUM" : "";
  return `${RUN_LEVELS.join(", ")}${several}; instead of R and W (default: QUORUM)`;
}

/**
 * One shape for each R and W, or level; none without `--nodes`. Throws UsageError, and ClusterError
 * CLUSTER_SETTINGS for what such a cluster could not give.
 */
export function parseShapes(flags: ClusterFlags, durability: Durability): ClusterShape[] {
  if (flags.nodes === undefined) {
    const lone = OTHERS.find((name) => flags[name] !== undefined);
    if (lone === undefined) return [];
    const flag = lone === "fanOut" ? "fan-out" : lone;
    throw new UsageError(`--${flag} is for a cluster: give --nodes too, or leave it out`);
  }
  const nodes = parseCount("--nodes", flags.nodes, { min: 1, max: NODES_MAX });
  const n = flags.n === undefined ? Math.min(3, nodes) : parseN(flags.n, nodes);
  const conflicts = oneOf("value of --conflicts", flags.conflicts ?? "dvv", CONFLICTS);
  const fanOut = oneOf("value of --fan-out", flags.fanOut ?? "all", FAN_OUTS);
  const repair = oneOf("value of --repair", flags.repair ?? "background", REPAIRS);
  if (conflicts === "linearizable") {
    checkNoQuorum(flags);
    checkDurability(durability);
  }
  const shapes = quorumsOf(flags).map((quorum) => {
    return { nodes, n, conflicts, fanOut, repair, ...quorum };
  });
  for (const shape of shapes) checkShape(shape, durability);
  return shapes;
}

/** Clusters beside engines: one for each engine and shape, and those that there cannot be. */
export async function clusterStores(
  shapes: readonly ClusterShape[],
  engines: readonly string[],
  durability: Durability,
  parts: Pick<ClusterStoreParts, "clock" | "timer" | "onState"> & {
    readonly engineSettings: ReadonlyMap<string, EngineSettings>;
  },
): Promise<{ readonly stores: ClusterStore[]; readonly skipped: SkippedEngine[] }> {
  const stores: ClusterStore[] = [];
  const skipped: SkippedEngine[] = [];
  for (const asked of shapes.length === 0 ? [] : engines) {
    for (const shape of shapes) {
      const skip = (reason: string, isAbsent: boolean): void => {
        skipped.push({ engine: shapeLabel(asked, shape), reason, isAbsent });
      };
      try {
        const engine = await loadEngine(asked);
        const engineSettings = parts.engineSettings.get(asked) ?? {};
        const store = new ClusterStore({ ...parts, engine, engineSettings, shape });
        const given = store.module.supports.durability;
        if (given.includes(durability)) stores.push(store);
        else skip(`it cannot give durability ${durability}, only ${given.join(", ")}`, false);
      } catch (error) {
        const code = error instanceof EngineError ? error.code : undefined;
        if (code !== "ENGINE_UNAVAILABLE" && code !== "ENGINE_UNSUPPORTED") throw error;
        skip((error as EngineError).message, code === "ENGINE_UNAVAILABLE");
      }
    }
  }
  return { stores, skipped };
}

function parseN(text: string, nodes: number): number {
  const n = parseCount("--n", text, { min: 1 });
  if (n <= nodes) return n;
  throw new UsageError(`--n ${n} replicas on --nodes ${nodes}: give as many nodes at least`);
}

type Quorum = Pick<ClusterShape, "read" | "write">;

function quorumsOf({ r, w, level }: ClusterFlags): Quorum[] {
  if (r === undefined && w === undefined) {
    const names = parseList("--level", level ?? "QUORUM");
    checkNoneTwice(names.map((name) => `--level ${name}`));
    return names.map((name) => {
      const consistency: Consistency = { level: oneOf("level", name, RUN_LEVELS) };
      return { read: consistency, write: consistency };
    });
  }
  if (level !== undefined) throw new UsageError("--level and --r, --w: give one or the others");
  if (r === undefined) throw new UsageError("--w needs --r");
  if (w === undefined) throw new UsageError("--r needs --w");
  const reads = countsOf("--r", r);
  const writes = countsOf("--w", w);
  if (reads.length !== writes.length) {
    throw new UsageError(`--r ${r} and --w ${w}: list as many of one as of the other`);
  }
  checkNoneTwice(reads.map(({ count }, i) => `--r ${count} with --w ${writes[i]!.count}`));
  return reads.map((read, i) => ({ read, write: writes[i]! }));
}

/** Throws UsageError: the rows of two that are the same would pass for two runs. */
function checkNoneTwice(quorums: readonly string[]): void {
  const twice = quorums.find((quorum, i) => quorums.indexOf(quorum) < i);
  if (twice === undefined) return;
  throw new UsageError(`${twice} is there twice; for several runs use --repeat`);
}

function countsOf(flag: string, text: string): Consistency[] {
  return parseList(flag, text).map((each) => ({ count: parseCount(flag, each, { min: 0 }) }));
}

function checkDurability(durability: Durability): void {
  if (durability === "group" || durability === "sync") return;
  throw new UsageError(
    `--conflicts linearizable with --durability ${durability}: a vote must outlive a loss of ` +
      "power; give --durability group or sync",
  );
}

function checkNoQuorum({ r, w, level, fanOut, repair }: ClusterFlags): void {
  const given = Object.entries({ r, w, level, "fan-out": fanOut, repair });
  const flag = given.find(([, value]) => value !== undefined)?.[0];
  if (flag === undefined) return;
  throw new UsageError(`--${flag} says nothing with --conflicts linearizable: leave it out`);
}
