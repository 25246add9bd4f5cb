// Scenarios: nodes join a cluster that serves (scale-out), and leave it (scale-in), under faults.
//
// A ring of a few nodes gets two more, or loses up to two, while clients read and write. All that
// a cluster promises without a change is judged over it: no acknowledged write is lost, reads of
// strict quorums miss nothing, all replicas of the ring of the end hold the same. That every change
// comes to its end is the operator's to wait for (operator.ts): the run does not end before.

import { checkLostWrites } from "../../checking/lost-writes.ts";
import { checkRegular } from "../../checking/regular.ts";
import { checkSiblings } from "../../checking/siblings.ts";
import { createKeyspace } from "../../keyspace.ts";
import { idealShare, movedShare, movesBetween } from "../../ring/movement.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import type { Fault } from "../fault.ts";
import { judgeLiveness } from "../judge-liveness.ts";
import { judgeProcesses } from "../judge-processes.ts";
import type { Counts } from "../measures.ts";
import { drawFaults } from "../nemesis.ts";
import type { Figures, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { outcomeOf } from "../world.ts";
import { share } from "./claim.ts";
import { ASK_AFTER_MS, type ClusterRun, runCluster } from "./cluster-run.ts";
import { drawOperations } from "./draw-operations.ts";
import { judgeConvergence } from "./judge-convergence.ts";
import { type ClusterPlan, type ClusterShape, isRegular, ringOf } from "./shape.ts";

const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "clog-node", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss", "clock-jump", "full-disk"] as const),
];
const MOVING = 2;
const PARTITIONS = 32;

interface ScalePlan extends ClusterPlan {
  readonly shape: ClusterShape & { readonly ring: NonNullable<ClusterShape["ring"]> };
}

function drawOf(isOut: boolean): Scenario["draw"] {
  return (random: RandomStream, virtualMs: number): ScalePlan => {
    const own = random.split("shape");
    const nodes = drawNodes(random.split("nodes"), 5 + own.nextBelow(4));
    const ids = nodes.map(({ id }) => id);
    const few = ids.slice(0, ids.length - MOVING);
    const n = 2 + own.nextBelow(2);
    const ringNodes = ids.map((id, i) => {
      return { id, capacity: 1 + own.nextBelow(2), rack: `r${i % 3}`, dc: "dc1" };
    });
    const write = 1 + own.nextBelow(n);
    const read = own.nextBelow(3) === 0 ? 1 : n - write + 1;
    const bare: ClusterShape = {
      ringNodes: ringNodes.filter(({ id }) => !isOut || few.includes(id)),
      partitions: PARTITIONS,
      keyspace: createKeyspace({ name: "data", replicas: { dc1: n }, requestMemory: 64 }),
      ask: {
        read: { count: read },
        write: { count: write },
        mode: {
          fanOut: own.nextBelow(2) === 0 ? "all" : "r",
          digests: true,
          repair: own.nextBelow(2) === 0 ? "background" : "off",
          hedge: false,
        },
      },
      timeoutMs: 2000,
      attemptTimeoutMs: 500,
      valueBytes: 50,
      requestsMax: 1000,
      antiEntropy: { intervalMs: 2000 + own.nextBelow(4000), confirmMs: 200 },
    };
    const faults = drawFaults(random.split("faults"), {
      ...{ nodes: ids, chaosMs: virtualMs, kinds: KINDS, deadMax: 1, everyMs: 1500 },
    });
    const operations = drawOperations(random.split("operations"), {
      ...{ untilMs: virtualMs + ASK_AFTER_MS, hasDeletes: true, hasScans: true },
    });
    const members = isOut ? ids : ids.slice(own.nextBelow(MOVING + 1)).slice(0, few.length);
    return {
      ...{ nodes, chaosMs: virtualMs, faults, operations, durability: STORE_DURABILITY },
      shape: { ...bare, ringNodes, ring: ringOf(bare, random.split("ring")) },
      ringChanges: [{ atMs: Math.floor(virtualMs * (0.1 + 0.4 * own.nextDouble())), members }],
    };
  };
}

async function run(
  plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const scale = plan as ScalePlan;
  const { shape } = scale;
  const ran = await runCluster(scale, random, planted, () => ({ wantsValues: true }));
  const { history, final, world, auditMs } = ran;
  const verdicts = [
    checkLostWrites(history, { conflicts: "siblings", final }),
    checkSiblings(history, { final }),
    ...(isRegular(shape) ? [checkRegular(history, { values: "siblings" })] : []),
    judgeConvergence(ran),
    judgeLiveness(history, auditMs),
    judgeProcesses(world),
  ];
  const outcome = outcomeOf(world, history, verdicts);
  return { ...outcome, measures: { ...outcome.measures, counts: countsOf(ran, shape) } };
}

function countsOf({ ring, endRing, taken }: ClusterRun, { ringNodes }: ClusterShape): Counts {
  const moved = movedShare(movesBetween(ring, endRing));
  const known = new Map(ringNodes.map((node) => [node.id, node]));
  const of = (ids: readonly { readonly id: NodeId }[]) => ids.map(({ id }) => known.get(id)!);
  return {
    changes: ring === endRing ? 0 : 1,
    movedShare: moved,
    idealShare: idealShare(of(ring.nodes), of(endRing.nodes)),
    keysTaken: taken.keys,
    bytesTaken: taken.bytes,
  };
}

function figures(counts: Counts): Figures {
  const {
    changes = 0,
    movedShare: moved = 0,
    idealShare: ideal = 0,
  } = counts as Readonly<Record<string, number>>;
  return { ...counts, movedAgainstIdeal: share(moved, ideal), changes } as Figures;
}

function scenarioOf(name: string, description: string, isOut: boolean): Scenario {
  return {
    name,
    description,
    bugs: [
      { name: "transfer-from-none", description: "a node takes over without the keys" },
      { name: "step-before-all-know", description: "a step is left before all members know it" },
    ],
    marks: ["a change of the ring came to its end", "a node has all that it takes over"],
    envelope: { durability: STORE_DURABILITY, machinesDownAtOnce: 1, diskLosses: 0 },
    draw: drawOf(isOut),
    run,
    figures,
  };
}

export const scaleOut = scenarioOf(
  "scale-out",
  "two nodes join while requests and faults go on: keys moved, nothing lost",
  true,
);
export const scaleIn = scenarioOf(
  "scale-in",
  "two nodes leave while requests and faults go on: keys moved, nothing lost",
  false,
);
