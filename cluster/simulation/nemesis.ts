// Draws a schedule of faults, and lets them happen. Faults of one kind may overlap: what begins
// adds to what is on, and what ends takes away just what it added.
//
// Steps of `drawFaults`:
//  1. The seed switches each kind on or off, so that some runs have many kinds and some have one
//     (swarm testing: Groce et al., ISSTA 2012).
//  2. Faults begin at random times of the chaos, and end before it does.
//  3. At most `deadMax` machines are down at a time, so that the rest can go on; a blackout, which
//     takes all, comes only when nobody is down. No machine dies of two faults at a time.

import type { NodeId, RandomStream } from "../runtime.ts";
import type {
  Fault,
  FlakyFault,
  NodeClogFault,
  NoiseFault,
  PartitionFault,
  RingFault,
} from "./fault.ts";
import type { Machine } from "./machine.ts";
import type { SimulatedNetwork } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";

export interface ChaosSettings {
  readonly nodes: readonly NodeId[];
  /** Faults begin after the start and end before this. */
  readonly chaosMs: number;
  readonly kinds: readonly Fault["kind"][];
  /** Machines that may be down at a time. */
  readonly deadMax: number;
  /** One fault begins about every so many milliseconds. */
  readonly everyMs: number;
}

const LONGEST_MS = 3000;

export function drawFaults(random: RandomStream, settings: ChaosSettings): Fault[] {
  const { nodes, chaosMs, kinds, everyMs } = settings;
  const swarm = random.split("kinds");
  const on = kinds.filter((kind) => swarm.split(kind).nextBelow(4) > 0);
  if (on.length === 0) return [];
  const faults: Fault[] = [];
  const downUntil: { node: NodeId; untilMs: number }[] = [];
  for (let atMs = 1 + random.nextBelow(everyMs); atMs < chaosMs; ) {
    const kind = on[random.nextBelow(on.length)]!;
    const forMs = Math.min(50 + random.nextBelow(LONGEST_MS), chaosMs - atMs);
    const node = nodes[random.nextBelow(nodes.length)]!;
    const dying = dyingOf(kind, node, nodes);
    const down = downUntil.filter(({ untilMs }) => untilMs >= atMs);
    const isFree = !down.some((it) => dying.includes(it.node));
    if (dying.length === 0 || (isFree && down.length < settings.deadMax)) {
      for (const each of dying) downUntil.push({ node: each, untilMs: atMs + forMs });
      faults.push(drawFault(random, kind, { atMs, forMs, node, nodes }));
    }
    atMs += 1 + random.nextBelow(2 * everyMs);
  }
  return faults;
}

/** Who is down while the fault lasts. */
function dyingOf(kind: Fault["kind"], node: NodeId, nodes: readonly NodeId[]): readonly NodeId[] {
  if (kind === "blackout") return nodes;
  return ["kill", "power-loss", "disk-loss", "kill-in-write"].includes(kind) ? [node] : [];
}

interface Frame {
  readonly atMs: number;
  readonly forMs: number;
  readonly node: NodeId;
  readonly nodes: readonly NodeId[];
}

function drawFault(random: RandomStream, kind: Fault["kind"], frame: Frame): Fault {
  const { atMs, forMs, node, nodes } = frame;
  const other =
    nodes[(nodes.indexOf(node) + 1 + random.nextBelow(nodes.length - 1)) % nodes.length]!;
  switch (kind) {
    case "flaky": {
      const lossPercent = random.nextBelow(20);
      const duplicatePercent = random.nextBelow(20);
      const reorderPercent = random.nextBelow(20);
      return { kind, atMs, forMs, lossPercent, duplicatePercent, reorderPercent };
    }
    case "partition": {
      const group = nodes.filter(() => random.nextBelow(2) === 0);
      // All or none on one side would be no partition.
      return { kind, atMs, forMs, group: group.length % nodes.length === 0 ? [node] : group };
    }
    case "one-way":
    case "clog":
      return { kind, atMs, forMs, from: node, to: other };
    case "ring": {
      const order = [...nodes.slice(nodes.indexOf(node)), ...nodes.slice(0, nodes.indexOf(node))];
      return { kind, atMs, forMs, order, reach: Math.ceil(nodes.length / 4) };
    }
    case "slow-node":
      return { kind, atMs, forMs, node, factor: 2 + random.nextBelow(50) };
    case "full-disk":
      return { kind, atMs, forMs, node, freeBytes: random.nextBelow(4096) };
    case "noise":
      return { kind, atMs, forMs, node, datagrams: 1 + random.nextBelow(20) };
    case "slow-disk":
      return { kind, atMs, forMs, factor: 2 + random.nextBelow(500) };
    case "kill-in-write":
      return {
        ...{ kind, atMs, forMs, node },
        changes: 1 + random.nextBelow(6),
        writtenPercent: random.nextBelow(100),
      };
    case "blackout":
      return { kind, atMs, forMs };
    case "clock-jump":
      return { kind, atMs, node, byMs: random.nextBelow(20_000) - 10_000 };
    default:
      return { kind, atMs, forMs, node };
  }
}

export interface Stage {
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly machines: ReadonlyMap<NodeId, Machine>;
  readonly onFault: (fault: Fault, phase: "begin" | "end") => void;
}

/** Puts every fault of the schedule on the stage, at its time. */
export function scheduleFaults(stage: Stage, faults: readonly Fault[]): void {
  for (const fault of faults) {
    stage.scheduler.schedule(fault.atMs * 1000, () => {
      stage.onFault(fault, "begin");
      begin(stage, fault);
    });
    if (fault.kind === "clock-jump") continue;
    stage.scheduler.schedule((fault.atMs + fault.forMs) * 1000, () => {
      stage.onFault(fault, "end");
      end(stage, fault);
    });
  }
}

function begin(stage: Stage, fault: Fault): void {
  const { network } = stage;
  switch (fault.kind) {
    case "flaky":
      addFlaky(stage, fault, 1);
      return;
    case "partition":
    case "ring":
      cut(stage, fault, 1);
      return;
    case "one-way":
      network.link(fault.from, fault.to).oneWayCuts++;
      return;
    case "clog-node":
      clogNode(stage, fault);
      return;
    case "full-disk":
      machineOf(stage, fault.node).limitDisk(fault.freeBytes);
      return;
    case "noise":
      sendNoise(stage, fault);
      return;
    case "clog": {
      const link = network.link(fault.from, fault.to);
      const untilUs = (fault.atMs + fault.forMs) * 1000;
      link.cloggedUntilUs = Math.max(link.cloggedUntilUs, untilUs);
      return;
    }
    case "slow-node":
      network.addSlowness(fault.node, fault.factor - 1);
      return;
    case "slow-disk":
      for (const machine of stage.machines.values()) machine.addDiskSlowness(fault.factor - 1);
      return;
    case "clock-jump":
      machineOf(stage, fault.node).jumpClock(fault.byMs * 1000);
      return;
    case "kill-in-write":
      machineOf(stage, fault.node).killInWrite(fault.changes, fault.writtenPercent / 100);
      return;
    case "kill":
      machineOf(stage, fault.node).kill();
      return;
    case "power-loss":
      machineOf(stage, fault.node).losePower();
      return;
    case "disk-loss":
      machineOf(stage, fault.node).loseDisk();
      return;
    case "blackout":
      for (const machine of stage.machines.values()) machine.losePower();
  }
}

function end(stage: Stage, fault: Fault): void {
  const { network } = stage;
  switch (fault.kind) {
    case "flaky":
      addFlaky(stage, fault, -1);
      return;
    case "partition":
    case "ring":
      cut(stage, fault, -1);
      return;
    case "full-disk":
      machineOf(stage, fault.node).limitDisk(Number.POSITIVE_INFINITY);
      return;
    case "one-way":
      network.link(fault.from, fault.to).oneWayCuts--;
      return;
    case "slow-node":
      network.addSlowness(fault.node, 1 - fault.factor);
      return;
    case "slow-disk":
      for (const machine of stage.machines.values()) machine.addDiskSlowness(1 - fault.factor);
      return;
    case "kill-in-write":
    case "kill":
    case "power-loss":
    case "disk-loss":
      machineOf(stage, fault.node).recover();
      return;
    case "blackout":
      for (const machine of stage.machines.values()) machine.recover();
  }
}

/** Of clients too. */
function addFlaky(stage: Stage, fault: FlakyFault, by: 1 | -1): void {
  const { nodes } = stage.network;
  for (const from of nodes) {
    for (const to of nodes) {
      if (from === to) continue;
      const link = stage.network.link(from, to);
      link.lossPercent += by * fault.lossPercent;
      link.duplicatePercent += by * fault.duplicatePercent;
      link.reorderPercent += by * fault.reorderPercent;
    }
  }
}

function cut(stage: Stage, fault: PartitionFault | RingFault, by: 1 | -1): void {
  for (const [a, b] of fault.kind === "ring" ? farApart(fault) : acrossTheCut(stage, fault)) {
    stage.network.link(a, b).partitions += by;
    stage.network.link(b, a).partitions += by;
  }
}

function acrossTheCut(stage: Stage, { group, bridge }: PartitionFault): [NodeId, NodeId][] {
  const others = [...stage.machines.keys()].filter((node) => !group.includes(node));
  const outside = others.filter((node) => node !== bridge);
  return group.flatMap((inside) => outside.map((other): [NodeId, NodeId] => [inside, other]));
}

function farApart({ order, reach }: RingFault): [NodeId, NodeId][] {
  const pairs: [NodeId, NodeId][] = [];
  for (let i = 0; i < order.length; i++) {
    for (let k = i + reach + 1; k < order.length; k++) {
      if (order.length - (k - i) > reach) pairs.push([order[i]!, order[k]!]);
    }
  }
  return pairs;
}

/** With clients too. */
function clogNode({ network }: Stage, { node, atMs, forMs }: NodeClogFault): void {
  const untilUs = (atMs + forMs) * 1000;
  for (const other of network.nodes) {
    if (other === node) continue;
    for (const link of [network.link(node, other), network.link(other, node)]) {
      link.cloggedUntilUs = Math.max(link.cloggedUntilUs, untilUs);
    }
  }
}

/** One after the other: what the kind of a message could be, and nothing that makes sense. */
function sendNoise(stage: Stage, { node, datagrams, atMs, forMs }: NoiseFault): void {
  for (let i = 0; i < datagrams; i++) {
    const length = (i * 7) % 40;
    const noise = Uint8Array.from({ length }, (_, at) => Math.imul(atMs + i, 2 * at + 1) >>> 7);
    if (length > 0) noise[0] = (atMs + i) % 64;
    stage.scheduler.schedule((forMs * 1000 * i) / datagrams, () => {
      machineOf(stage, node).receiveNoise(noise);
    });
  }
}

function machineOf(stage: Stage, node: NodeId): Machine {
  return stage.machines.get(node)!;
}
