// Draws the faults of a cluster: those of the nemesis, in more shapes, within the envelope.
//
// Steps:
//  1. The nemesis draws kinds, times and lengths.
//  2. A partition becomes one of halves, of data centres, with a bridge, of one node alone, or a
//     ring in which everybody hears a majority of their own; a clog becomes a swizzle: the nodes of
//     a group are clogged one after the other, and let go in another order (FoundationDB).
//  3. Nothing comes that takes more from a store than its durability puts up with.
//  4. A disk is lost only if fewer holders of every key lose theirs than every acknowledged write
//     has, and filled up only on a machine that lives.

import type { NodeId, RandomStream } from "../../runtime.ts";
import { survives } from "../envelope.ts";
import type { Fault, PartitionFault } from "../fault.ts";
import { drawFaults } from "../nemesis.ts";
import { copiesOf } from "./quorums.ts";
import type { ClusterShape } from "./shape.ts";

const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["full-disk", "noise", "kill", "kill-in-write", "power-loss", "blackout"] as const),
  ...(["clock-jump", "clock-jump"] as const),
];
/** In one seed of two: with disks go promises of what a read sees. */
const DISK_LOSSES: readonly Fault["kind"][] = ["disk-loss", "disk-loss"];
/** A ring of fewer hears everybody. */
const RING_NODES_MIN = 5;
/** A clock is off by less than half of what replicas put up with. */
const CLOCK_OFF_MAX_MS = 4000;
const DEATHS: ReadonlySet<Fault["kind"]> = new Set([
  ...(["kill", "kill-in-write", "power-loss", "disk-loss", "blackout"] as const),
]);

/** In the order of their times. */
export function drawClusterFaults(
  random: RandomStream,
  shape: ClusterShape,
  holders: readonly (readonly NodeId[])[],
  chaosMs: number,
): Fault[] {
  const own = random.split("cluster");
  const nodes = shape.ringNodes.map(({ id }) => id);
  const kinds = own.nextBelow(2) === 0 ? KINDS : [...KINDS, ...DISK_LOSSES];
  const drawn = drawFaults(random, {
    nodes,
    chaosMs,
    kinds: kinds.filter((kind) => survives(shape.keyspace.durability, kind)),
    deadMax: 1 + own.nextBelow(nodes.length),
    everyMs: 300 + own.nextBelow(1500),
  });
  const shapes = own.split("shapes");
  const faults = drawn.flatMap((fault): Fault[] => {
    if (fault.kind === "partition") return [reshape(shapes, fault, shape)];
    if (fault.kind === "clog" && shapes.nextBelow(2) === 0) return swizzle(shapes, fault, nodes);
    return [fault];
  });
  const lossesMax = Math.max(0, copiesOf(shape.ask.write, shape.keyspace.replicas) - 1);
  const losers = shape.keyspace.quorum === "sloppy" ? [nodes] : holders;
  return withinEnvelope(faults, losers, lossesMax).sort((a, b) => a.atMs - b.atMs);
}

function reshape(random: RandomStream, fault: PartitionFault, shape: ClusterShape): Fault {
  const nodes = shape.ringNodes.map(({ id }) => id);
  const { atMs, forMs } = fault;
  const mixed = shuffled(random, nodes);
  const half = Math.floor(nodes.length / 2);
  switch (random.nextBelow(6)) {
    case 0:
      return { ...fault, group: mixed.slice(0, 1) };
    case 1:
      return { ...fault, group: mixed.slice(0, half) };
    case 2:
      return { ...fault, group: mixed.slice(0, half), bridge: mixed.at(-1)! };
    case 3: {
      const { dc } = shape.ringNodes[random.nextBelow(nodes.length)]!;
      const group = shape.ringNodes.filter((node) => node.dc === dc).map(({ id }) => id);
      return group.length === nodes.length ? fault : { ...fault, group };
    }
    case 4: {
      if (nodes.length < RING_NODES_MIN) return fault;
      return { kind: "ring", atMs, forMs, order: mixed, reach: Math.ceil(nodes.length / 4) };
    }
    default:
      return fault;
  }
}

function swizzle(
  random: RandomStream,
  { atMs, forMs }: { readonly atMs: number; readonly forMs: number },
  nodes: readonly NodeId[],
): Fault[] {
  const group = shuffled(random, nodes).slice(0, 1 + random.nextBelow(nodes.length));
  const letGo = shuffled(random, group);
  const step = forMs / (2 * group.length);
  return group.map((node, i) => {
    const from = Math.floor(i * step);
    const to = Math.ceil(forMs / 2 + (1 + letGo.indexOf(node)) * step);
    return { kind: "clog-node", node, atMs: atMs + from, forMs: Math.min(to, forMs) - from };
  });
}

function withinEnvelope(
  faults: readonly Fault[],
  holders: readonly (readonly NodeId[])[],
  lossesMax: number,
): Fault[] {
  const lost = new Set<NodeId>();
  const offMs = new Map<NodeId, number>();
  return faults.filter((fault) => {
    if (fault.kind === "disk-loss") {
      const losers = new Set([...lost, fault.node]);
      const fits = holders.every((of) => of.filter((it) => losers.has(it)).length <= lossesMax);
      if (fits) lost.add(fault.node);
      return fits;
    }
    if (fault.kind === "clock-jump") {
      const off = (offMs.get(fault.node) ?? 0) + fault.byMs;
      if (Math.abs(off) > CLOCK_OFF_MAX_MS) return false;
      offMs.set(fault.node, off);
      return true;
    }
    return fault.kind !== "full-disk" || !faults.some((other) => isDeathWithin(other, fault));
  });
}

/** Also shortly before: a node opens its files, and makes some, when it starts. */
function isDeathWithin(
  fault: Fault,
  { node, atMs, forMs }: { readonly node: NodeId; readonly atMs: number; readonly forMs: number },
): boolean {
  if (!DEATHS.has(fault.kind) || !("forMs" in fault)) return false;
  const isOurs = fault.kind === "blackout" || ("node" in fault && fault.node === node);
  return isOurs && fault.atMs <= atMs + forMs && fault.atMs + fault.forMs + 1000 >= atMs;
}

function shuffled(random: RandomStream, nodes: readonly NodeId[]): NodeId[] {
  const list = [...nodes];
  for (let i = list.length - 1; i > 0; i--) {
    const k = random.nextBelow(i + 1);
    [list[i], list[k]] = [list[k]!, list[i]!];
  }
  return list;
}
