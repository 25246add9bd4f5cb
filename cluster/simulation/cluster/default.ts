// Scenario: the cluster, with everything in it that can be set drawn by seed, on mixed engines,
// under all faults that there are. Each promise is judged where its settings make it, and counted
// where they do not.

import type { HistoryEvent } from "../../checking/history.ts";
import { checkLostWrites } from "../../checking/lost-writes.ts";
import { checkRegular } from "../../checking/regular.ts";
import type { Guarantee } from "../../checking/sessions.ts";
import { checkSiblings } from "../../checking/siblings.ts";
import type { Verdict } from "../../checking/verdict.ts";
import { positionOf } from "../../ring/position.ts";
import { PreferenceLists } from "../../ring/preference-list.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import { judgeLiveness } from "../judge-liveness.ts";
import { judgeProcesses } from "../judge-processes.ts";
import type { Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { outcomeOf } from "../world.ts";
import { ASK_AFTER_MS, type ClusterRun, keysOf, runCluster } from "./cluster-run.ts";
import { BUGS } from "./default-bugs.ts";
import { MARKS } from "./default-marks.ts";
import { drawClusterFaults } from "./draw-faults.ts";
import { drawOperations } from "./draw-operations.ts";
import { drawShape } from "./draw-shape.ts";
import { judgeHints } from "./hint-ledger.ts";
import { judgeAnswers } from "./judge-answers.ts";
import { judgeConvergence } from "./judge-convergence.ts";
import { judgeMany } from "./judge-many.ts";
import { judgeNewest } from "./judge-newest.ts";
import { judgeSessions } from "./judge-sessions.ts";
import { alwaysMeet } from "./quorums.ts";
import { type ClusterPlan, type ClusterShape, isRegular, ringOf } from "./shape.ts";

/** From so many requests on that are remembered, a retry is always known for what it is. */
const MEMORY_ENOUGH = 64;

function draw(random: RandomStream, virtualMs: number): ClusterPlan {
  const nodes = drawNodes(random.split("nodes"), 3 + random.nextBelow(7));
  const shape = drawShape(random.split("shape"), nodes);
  const operations = drawOperations(random.split("operations"), {
    untilMs: virtualMs + ASK_AFTER_MS,
    hasDeletes: shape.keyspace.conflicts === "lww" || keepsAntichains(shape),
    // A scan repairs nothing, so that a read after it may see less.
    hasScans: shape.ask.mode.repair !== "blocking",
  });
  const holders = holdersOf(shape, operations, random);
  const faults = drawClusterFaults(random.split("faults"), shape, holders, virtualMs);
  const { durability } = shape.keyspace;
  return { nodes, chaosMs: virtualMs, faults, operations, durability, shape };
}

/** For each key that is asked for. */
function holdersOf(
  shape: ClusterShape,
  operations: readonly Operation[],
  random: RandomStream,
): (readonly NodeId[])[] {
  const lists = new PreferenceLists(ringOf(shape, random), shape.keyspace.replicas);
  const found = keysOf(operations).map((key) => lists.of(positionOf(Buffer.from(key))).nodes);
  return [...new Set(found)];
}

async function run(
  plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const cluster = plan as ClusterPlan;
  const { conflicts } = cluster.shape.keyspace;
  const wantsAll = conflicts === "lww" || random.split("habits").nextBelow(2) === 0;
  const ran = await runCluster(cluster, random, planted, () => ({ wantsValues: wantsAll }));
  return outcomeOf(ran.world, ran.history, judge(ran, cluster));
}

function judge(run: ClusterRun, { shape, faults }: ClusterPlan): Verdict[] {
  const { history, auditMs, world, hints } = run;
  const losesDisks = faults.some(({ kind }) => kind === "disk-loss");
  const areDoubled = faults.some(({ kind }) => kind === "flaky");
  const claimsRegular = isRegular(shape) && !losesDisks;
  return [
    ...(shape.keyspace.conflicts === "lww"
      ? judgeLastWrites(run, claimsRegular)
      : judgeSiblings(run, shape, claimsRegular)),
    judgeAnswers(run, shape, areDoubled),
    judgeMany(run.many, [...run.final.keys()]),
    judgeConvergence(run),
    judgeHints(hints.values()),
    judgeLiveness(history, auditMs),
    judgeProcesses(world),
  ];
}

function judgeLastWrites(run: ClusterRun, claimsRegular: boolean): Verdict[] {
  const { history, final } = run;
  const [lost, ...regular] = judgeNewest(run, claimsRegular);
  const { lostUpdates } = checkLostWrites(history, { conflicts: "last-write-wins", final });
  return [
    { ...lost!, lostUpdates } as Verdict,
    ...regular,
    checkSiblings(history, { final, mayStay: true }),
    judgeSessions(history, []),
  ];
}

function judgeSiblings(
  { history, final }: ClusterRun,
  shape: ClusterShape,
  claimsRegular: boolean,
): Verdict[] {
  const { ask, keyspace } = shape;
  const claimed: Guarantee[] = claimsRegular ? ["read-your-writes", "monotonic-writes"] : [];
  const readsMeet = alwaysMeet(ask.read, ask.read, keyspace.replicas);
  if (claimsRegular && ask.mode.repair === "blocking" && readsMeet) claimed.push("monotonic-reads");
  return [
    checkLostWrites(history, { conflicts: "siblings", final }),
    checkSiblings(history, { final, mayStay: !keepsAntichains(shape) }),
    regularOrCounted(history, claimsRegular),
    judgeSessions(history, claimed),
  ];
}

/** Where nobody promised it, how often it was broken is counted as a guarantee is. */
function regularOrCounted(history: readonly HistoryEvent[], isClaimed: boolean): Verdict {
  const verdict = checkRegular(history, { values: "siblings" });
  if (isClaimed) return verdict;
  const counts = { checked: verdict.operations, violated: verdict.violations.length };
  const guarantees = { "regular-reads": counts };
  return { ...verdict, operations: 0, violations: [], guarantees } as Verdict;
}

/** Whether what was overwritten is gone for good. */
function keepsAntichains({ keyspace }: ClusterShape): boolean {
  return keyspace.conflicts === "dvv" && keyspace.requestMemory >= MEMORY_ENOUGH;
}

export const defaultScenario: Scenario = {
  name: "default",
  description: "the cluster: 3 to 9 nodes, every setting and every fault drawn by seed",
  bugs: BUGS,
  marks: MARKS,
  envelope: {
    durability: STORE_DURABILITY,
    os: "where no power is lost",
    memory: "where no process is killed",
    diskLossesBetweenRepairs: "W-1 of the holders of a key",
    membershipChanges: 0,
  },
  holders: (plan) => {
    const { shape, operations, nodes } = plan as ClusterPlan;
    if (shape.keyspace.quorum === "sloppy") return [nodes.map(({ id }) => id)];
    const lists = new PreferenceLists(shape.ring!, shape.keyspace.replicas);
    return keysOf(operations).map((key) => lists.of(positionOf(Buffer.from(key))).nodes);
  },
  draw,
  run,
};
