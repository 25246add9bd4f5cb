// Draws a cluster: its nodes' places, one keyspace, and how its clients ask. Every setting that the
// product has is drawn, but only what a ring and a keyspace can give.

import type { Durability } from "../../../engines/engine.ts";
import { createKeyspace, type Keyspace } from "../../keyspace.ts";
import type { Consistency, Level } from "../../replication/consistency.ts";
import type { ReplicationRule, RingNode } from "../../ring/ring-node.ts";
import type { RandomStream } from "../../runtime.ts";
import type { ReadMode } from "../../transport/message.ts";
import type { Plan } from "../scenario.ts";
import { type AskMode, type ClusterShape, ringOf } from "./shape.ts";

const REPLICAS_MAX = 5;
/** How often each; faults that would be beyond one are not drawn with it (draw-faults.ts). */
const DURABILITIES: readonly Durability[] = [
  ...new Array<Durability>(8).fill("group"),
  ...(["sync", "sync", "os", "os", "memory"] as const),
];
/** Where siblings may stay although they were overwritten, each costs in every message. */
const EXPLODING_SIBLINGS_MAX = 20;

export function drawShape(random: RandomStream, nodes: Plan["nodes"]): ClusterShape {
  const ringNodes = drawRingNodes(random.split("places"), nodes);
  const replicas = drawReplicas(random.split("replicas"), ringNodes);
  const keyspace = drawKeyspace(random.split("keyspace"), replicas);
  const own = random.split("limits");
  const shape: ClusterShape = {
    ringNodes,
    partitions: 2 ** (4 + own.nextBelow(2)),
    keyspace,
    ask: {
      ...drawLevels(random.split("levels"), replicas),
      mode: drawMode(random.split("mode")),
    },
    timeoutMs: 800 + own.nextBelow(1700),
    attemptTimeoutMs: 200 + own.nextBelow(600),
    valueBytes: pick(own, [0, 20, 100, 1000]),
    requestsMax: pick(own, [12, 30, 1000]),
    ...(own.nextBelow(4) === 0 ? { pendingNode: pick(own, ringNodes).id } : {}),
    ...drawAntiEntropy(random.split("anti-entropy")),
  };
  return { ...shape, ring: ringOf(shape, random.split("ring")) };
}

/** In 1 to 3 data centres, of as many nodes as may be, in racks. */
function drawRingNodes(random: RandomStream, nodes: Plan["nodes"]): RingNode[] {
  const centres = 1 + random.nextBelow(Math.min(3, nodes.length));
  const racks = 1 + random.nextBelow(nodes.length);
  const isEven = random.nextBelow(3) > 0;
  return nodes.map(({ id }, i) => {
    // Each data centre has one at least.
    const dc = i < centres ? i : random.nextBelow(centres);
    const capacity = isEven ? 1 : 1 + random.nextBelow(3);
    return { id, capacity, rack: `r${1 + (i % racks)}`, dc: `dc${1 + dc}` };
  });
}

function drawReplicas(random: RandomStream, nodes: readonly RingNode[]): ReplicationRule {
  const replicas: Record<string, number> = {};
  for (const [dc, { length }] of Map.groupBy(nodes, (node) => node.dc)) {
    replicas[dc] = 1 + random.nextBelow(Math.min(REPLICAS_MAX, length));
    // More than fewest most of the time: what has one replica has little to go wrong.
    if (random.nextBelow(2) === 0) replicas[dc] = Math.max(replicas[dc], Math.min(3, length));
  }
  return replicas;
}

function drawKeyspace(random: RandomStream, replicas: ReplicationRule): Keyspace {
  const conflicts = pick(random, ["dvv", "dvv", "vector-clock", "lww"] as const);
  const siblingsMax = pick(random, [2, 5, 100]);
  return createKeyspace({
    name: "data",
    replicas,
    conflicts,
    quorum: random.nextBelow(3) === 0 ? "sloppy" : "strict",
    durability: pick(random, DURABILITIES),
    siblingsMax: conflicts === "dvv" ? siblingsMax : Math.min(siblingsMax, EXPLODING_SIBLINGS_MAX),
    requestMemory: pick(random, [3, 16, 64]),
  });
}

function drawLevels(random: RandomStream, replicas: ReplicationRule): Omit<AskMode, "mode"> {
  const n = Object.values(replicas).reduce((sum, of) => sum + of, 0);
  if (random.nextBelow(3) === 0) {
    const levels = levelsOf(n);
    const ofWrites: readonly Level[] = [...levels, "ANY"];
    return { read: { level: pick(random, levels) }, write: { level: pick(random, ofWrites) } };
  }
  const write = 1 + random.nextBelow(n);
  // Half of the rest is strong: every read meets every write.
  const read =
    random.nextBelow(2) === 0 ? 1 + random.nextBelow(n) : n - write + 1 + random.nextBelow(write);
  return { read: drawCount(random, read, n), write: drawCount(random, write, n) };
}

function levelsOf(n: number): Level[] {
  const levels: Level[] = ["ONE", "QUORUM", "LOCAL_ONE", "LOCAL_QUORUM", "EACH_QUORUM", "ALL"];
  if (n >= 2) levels.push("TWO");
  if (n >= 3) levels.push("THREE");
  return levels;
}

function drawCount(random: RandomStream, count: number, n: number): Consistency {
  if (random.nextBelow(3) > 0) return { count };
  return { count, primaries: random.nextBelow(n + 1) };
}

function drawMode(random: RandomStream): ReadMode {
  return {
    fanOut: pick(random, ["all", "all", "r"]),
    digests: random.nextBelow(3) > 0,
    repair: pick(random, ["background", "blocking", "blocking", "off"]),
    hedge: random.nextBelow(2) === 0,
  };
}

/** In one of three, often enough for what differs to be found while it does. */
function drawAntiEntropy(random: RandomStream): Pick<ClusterShape, "antiEntropy"> {
  if (random.nextBelow(3) > 0) return {};
  const intervalMs = 1000 + random.nextBelow(4000);
  const confirmMs = 50 + random.nextBelow(1000);
  return { antiEntropy: { intervalMs, confirmMs, bytesPerSecond: pick(random, [2e4, 1e7]) } };
}

function pick<T>(random: RandomStream, of: readonly T[]): T {
  return of[random.nextBelow(of.length)]!;
}
