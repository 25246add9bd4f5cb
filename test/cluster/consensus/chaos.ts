// One seed of the simulated registers: a cluster, its faults, its clients, and what judges say.

import { checkLinearizability } from "../../../cluster/checking/linearizability.ts";
import type { NodeId, RandomStream } from "../../../cluster/runtime.ts";
import type { Fault } from "../../../cluster/simulation/fault.ts";
import { judgeLiveness } from "../../../cluster/simulation/judge-liveness.ts";
import { judgeProcesses } from "../../../cluster/simulation/judge-processes.ts";
import { drawFaults } from "../../../cluster/simulation/nemesis.ts";
import { drawNodes, loadEngines } from "../../../cluster/simulation/store.ts";
import { World } from "../../../cluster/simulation/world.ts";
import { Random } from "../../../workloads/random.ts";
import { PlanChange } from "./plan-change.ts";
import { RegisterProcess } from "./register-process.ts";
import { startSessions } from "./sessions.ts";

const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss", "blackout", "clock-jump"] as const),
];
/** After the faults, so long until everybody looks at what is left, and then until the end. */
const CALM_MS = 4000;
const QUIET_MS = 9000;

export interface ChaosResult {
  /** What was violated, by checker. */
  readonly violations: readonly string[];
  readonly marks: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly operations: number;
  readonly digest: string;
  readonly events: number;
  /** Of the plan, completed. */
  readonly changes: number;
}

export interface ChaosOptions {
  /** A mistake that the registers make on purpose. */
  readonly planted?: string | undefined;
  /** Five nodes, of which first three vote and then three others, to and fro. */
  readonly changesPlan?: boolean;
}

export async function runChaos(
  seed: number,
  chaosMs: number,
  { planted, changesPlan = false }: ChaosOptions = {},
): Promise<ChaosResult> {
  const random = new Random(seed);
  const shape = random.split("shape");
  const count = changesPlan ? 5 : 3 + shape.nextBelow(3);
  const voters = !changesPlan && count === 5 && shape.nextBelow(2) === 0 ? 5 : 3;
  const plan = drawNodes(shape, count);
  const nodes = plan.map(({ id }) => id);
  const modules = await loadEngines(plan);
  const faults = drawChaos(random.split("faults"), nodes, voters, chaosMs);
  const isWalking = shape.nextBelow(4) > 0;
  const change = changesPlan ? new PlanChange(nodes, random.split("plan")) : undefined;
  const processes = new Map<NodeId, RegisterProcess>();
  const world = new World({
    ...{ random, nodes, faults, planted },
    boot: (runtime, watch) => {
      const process = new RegisterProcess(runtime, {
        module: modules.get(runtime.nodeId)!,
        votersOf: (node, key) => change?.votersOf(node) ?? { voters: rotate(nodes, key, voters) },
        peers: isWalking ? nodes : undefined,
        ...{ voters, watch },
      });
      processes.set(runtime.nodeId, process);
      return process;
    },
  });
  const options = {
    sessions: 3 + shape.nextBelow(4),
    keys: Array.from({ length: 1 + shape.nextBelow(10) }, (_, i) => `k${i}`),
    pauseMaxMs: 20 + shape.nextBelow(150),
    attemptMs: [5, 100, 350][shape.nextBelow(3)]!,
    ...{ idlesAtMs: chaosMs + 300, closesAtMs: chaosMs + CALM_MS },
  };
  change?.start(world, processes, options.keys);
  const history = startSessions(world, nodes, options, random.split("clients"));
  await world.run(chaosMs, QUIET_MS);
  const order = checkLinearizability(history, { model: "cas-register", statesMax: 2_000_000 });
  const verdicts = [order, judgeLiveness(history, chaosMs + CALM_MS), judgeProcesses(world)];
  const violations = verdicts.flatMap(({ checker, violations, undecided }) => [
    ...violations.map(({ message }) => `${checker}: ${message}`),
    ...undecided.map((key) => `${checker}: key ${key} is undecided`),
  ]);
  return {
    violations,
    marks: world.probes.marks(),
    faults: world.counts.byKind(),
    operations: history.filter(({ type }) => type === "invoke").length,
    digest: world.trace.digest(),
    events: world.scheduler.events,
    changes: change?.changes ?? 0,
  };
}

/** So many nodes from a place on that the key's number gives. */
function rotate(nodes: readonly NodeId[], key: string, voters: number): NodeId[] {
  const first = Number(key.slice(1));
  return Array.from({ length: voters }, (_, i) => nodes[(first + i) % nodes.length]!);
}

/** Disks are lost of a minority only: of one node, or of one or two of five voters. */
function drawChaos(
  random: RandomStream,
  nodes: readonly NodeId[],
  voters: number,
  chaosMs: number,
): Fault[] {
  const everyMs = 300 + random.nextBelow(1500);
  const settings = { nodes, chaosMs, kinds: KINDS, deadMax: nodes.length, everyMs };
  const faults = drawFaults(random, settings);
  const losers = nodes.slice(0, random.nextBelow((voters + 1) / 2));
  for (const node of losers) {
    const losses = 1 + random.nextBelow(2);
    for (let i = 0; i < losses; i++) {
      const atMs = Math.floor((chaosMs * (i + 0.2 + random.nextDouble() / 2)) / (losses + 1));
      const forMs = 20 + random.nextBelow(1500);
      faults.push({ kind: "disk-loss", atMs, forMs, node });
      if (random.nextBelow(2) === 0) faults.push(...drawSwing(random, nodes, node, atMs + forMs));
    }
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/**
 * Another node misses what is written before the loss, and a third one is away soon after it, when
 * all are known to each other again: then a disk that votes on what it lost makes a majority with
 * the one that never had it.
 */
function drawSwing(
  random: RandomStream,
  nodes: readonly NodeId[],
  loser: NodeId,
  backMs: number,
): Fault[] {
  const others = nodes.filter((node) => node !== loser);
  const first = others[random.nextBelow(others.length)]!;
  const second = others[random.nextBelow(others.length)]!;
  const atMs = Math.max(1, backMs - 2500);
  const againMs = backMs + 50 + random.nextBelow(400);
  return [
    { kind: "partition", atMs, forMs: backMs - atMs, group: [first] },
    { kind: "partition", atMs: againMs, forMs: 1500, group: [second] },
  ];
}
