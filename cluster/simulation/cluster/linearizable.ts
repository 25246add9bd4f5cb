// Scenario: a linearizable keyspace on real nodes: gets, puts, deletes and compare-and-sets by
// whatever coordinator answers, while nodes are cut off, die, lose power, and one loses its disk.
//
// Where all nodes are voters the disk is lost when it hurts most, in the first seconds: while a few
// voters are cut off the others decide on a put; one of these loses its disk, and is then alone
// with those that never heard of the put. They are a majority, and must not answer as one.
//
// The voters of half of the seeds are in three data centres. One of these is cut off for three
// seconds, and who asks in the others is answered (centre-cut.ts).
//
// Each key must be linearizable as a register with compare-and-set; one that could not be decided
// is no success. How much was answered is counted beside it: a store that refuses everything would
// be linearizable, too.

import type { HistoryEvent, HistoryFunction } from "../../checking/history.ts";
import { checkLinearizability } from "../../checking/linearizability.ts";
import type { Verdict } from "../../checking/verdict.ts";
import { READ_MODE } from "../../client/options.ts";
import { createKeyspace } from "../../keyspace.ts";
import type { ReplicationRule, RingNode } from "../../ring/ring-node.ts";
import type { RandomStream } from "../../runtime.ts";
import type { Fault } from "../fault.ts";
import { judgeLiveness } from "../judge-liveness.ts";
import { judgeProcesses } from "../judge-processes.ts";
import type { Counts } from "../measures.ts";
import { drawFaults } from "../nemesis.ts";
import type { Figures, Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { outcomeOf } from "../world.ts";
import { type Asked, countAnswered, withAvailability } from "./availability.ts";
import { askedInCut, CUT_UNTIL_MS, judgeCut, withCut } from "./centre-cut.ts";
import { runCluster } from "./cluster-run.ts";
import { countKeyOrders } from "./key-orders.ts";
import type { ClusterPlan } from "./shape.ts";

/** Configurations that the search may see for one key. */
const STATES_MAX = 4_000_000;
const FUNCTIONS: readonly HistoryFunction[] = ["get", "put", "cas", "delete"];
/** Of twenty operations. */
const SHARES: readonly number[] = [8, 5, 6, 1];

/** The story of the lost disk is over by then; its sessions do nothing else. */
const STORY_MS = 5000;
const WRITER = 10;
const READER = 11;
const STORY_OPERATIONS: readonly Operation[] = [
  { session: WRITER, atMs: 900, f: "put", key: "decided" },
  ...[2000, 2300, 2600].map((atMs): Operation => {
    return { session: READER, atMs, f: "get", key: "decided" };
  }),
];

const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss", "blackout", "clock-jump"] as const),
];

function draw(random: RandomStream, virtualMs: number): ClusterPlan {
  const shape = random.split("shape");
  const n = shape.nextBelow(2) === 0 ? 3 : 5;
  const nodes = drawNodes(shape, n + shape.nextBelow(3));
  const ids = nodes.map(({ id }) => id);
  const drawn = drawFaults(random.split("faults"), {
    nodes: ids,
    chaosMs: virtualMs,
    kinds: KINDS,
    deadMax: 1 + shape.nextBelow(2),
    everyMs: 800 + shape.nextBelow(2000),
  });
  const ringNodes = placed(ids, random.split("places").nextBelow(2) === 0 ? 1 : 3);
  const lossAtMs = shape.nextBelow(virtualMs);
  const loss = lossOf(ids[shape.nextBelow(ids.length)]!, lossAtMs, virtualMs - lossAtMs);
  const isStory = ids.length === n && virtualMs > STORY_MS;
  const told = isStory ? [...storyFaults(ids), ...drawn.filter(isAfterStory)] : [...drawn, loss];
  const isCut = isSpread(ringNodes) && virtualMs > CUT_UNTIL_MS;
  const cutDc = `dc${1 + random.split("cut").nextBelow(3)}`;
  const faults = isCut ? withCut(told, ringNodes, cutDc) : told;
  const operations = [
    ...(isStory ? STORY_OPERATIONS : []),
    ...drawOperations(random.split("operations"), virtualMs),
  ];
  return {
    nodes,
    faults: faults.sort((a, b) => a.atMs - b.atMs),
    operations: operations.sort((a, b) => a.atMs - b.atMs || a.session - b.session),
    chaosMs: virtualMs,
    shape: {
      ringNodes,
      partitions: 16,
      keyspace: createKeyspace({
        ...{ name: "data", replicas: votersOf(ringNodes, n), conflicts: "linearizable" },
      }),
      // A linearizable keyspace takes no level.
      ask: { read: {}, write: {}, mode: READ_MODE },
      timeoutMs: 3000,
      attemptTimeoutMs: 300 + shape.nextBelow(700),
      valueBytes: 16 + shape.nextBelow(200),
      requestsMax: 1000,
    },
  };
}

/** In one data centre, or in three by turns. */
function placed(ids: readonly string[], centres: number): RingNode[] {
  return ids.map((id, i) => ({ id, capacity: 1, rack: id, dc: `dc${1 + (i % centres)}` }));
}

function isSpread(nodes: readonly RingNode[]): boolean {
  return nodes.some(({ dc }) => dc !== nodes[0]!.dc);
}

/** So many voters of a key by data centre: without any one of three the others are a majority. */
function votersOf(nodes: readonly RingNode[], n: number): ReplicationRule {
  const centres = Map.groupBy(nodes.slice(0, n), ({ dc }) => dc);
  return Object.fromEntries([...centres].map(([dc, { length }]) => [dc, length]));
}

function lossOf(node: string, atMs: number, forMsMax: number): Fault {
  return { kind: "disk-loss", node, atMs, forMs: Math.min(300, forMsMax) };
}

/** A minority is cut off until 1.6 s; of the others one loses its disk, and the rest is cut off. */
function storyFaults(ids: readonly string[]): Fault[] {
  const minority = Math.floor(ids.length / 2);
  return [
    { kind: "partition", group: ids.slice(0, minority), atMs: 500, forMs: 1100 },
    { kind: "partition", group: ids.slice(minority + 1), atMs: 1390, forMs: STORY_MS - 1500 },
    lossOf(ids[minority]!, 1400, STORY_MS),
  ];
}

function isAfterStory({ atMs }: Fault): boolean {
  return atMs > STORY_MS;
}

function drawOperations(random: RandomStream, untilMs: number): Operation[] {
  const operations: Operation[] = [];
  const sessions = 3 + random.nextBelow(4);
  const keys = 2 + random.nextBelow(5);
  const pauseMaxMs = 100 + random.nextBelow(300);
  for (let session = 0; session < sessions; session++) {
    for (let atMs = 0; atMs < untilMs; atMs += 1 + random.nextBelow(pauseMaxMs)) {
      const f = drawFunction(random);
      operations.push({ session, atMs, f, key: `k${random.nextBelow(keys)}` });
    }
  }
  return operations;
}

function drawFunction(random: RandomStream): HistoryFunction {
  let left = random.nextBelow(SHARES.reduce((sum, share) => sum + share, 0));
  for (const [i, f] of FUNCTIONS.entries()) {
    left -= SHARES[i]!;
    if (left < 0) return f;
  }
  return "get";
}

async function run(
  plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const ran = await runCluster(plan as ClusterPlan, random, planted);
  const { world, history, auditMs, answers } = ran;
  const inCut = askedInCut(history, plan as ClusterPlan);
  const verdicts = [
    judgeOrder(history),
    judgeCut(inCut),
    judgeLiveness(history, auditMs),
    judgeProcesses(world),
  ];
  const retried = answers.filter(({ attempts }) => attempts > 1).length;
  const counts: Counts = {
    linearizable: { ...countKeyOrders(history, STATES_MAX) },
    asked: askedIn(history, plan.chaosMs),
    centreCut: { ...inCut },
    retried,
  };
  return { ...outcomeOf(world, history, verdicts), measures: { counts } };
}

function judgeOrder(history: readonly HistoryEvent[]): Verdict {
  const options = { model: "cas-register", statesMax: STATES_MAX } as const;
  const verdict = checkLinearizability(history, options);
  const unknown = verdict.undecided.map((key) => ({
    message: `key ${key}: not decided within ${STATES_MAX} configurations`,
    key,
    events: [],
  }));
  return { ...verdict, violations: [...verdict.violations, ...unknown] };
}

/** By kind, of what was asked during the faults. */
function askedIn(history: readonly HistoryEvent[], chaosMs: number): Counts {
  const byFunction = FUNCTIONS.map((f) => {
    const asked = countAnswered(history, (it) => it.f === f && it.time < chaosMs * 1e6);
    return [f, { ...asked }] as const;
  });
  return Object.fromEntries(byFunction);
}

function figures(counts: Counts): Figures {
  const { linearizable: orders = {}, asked = {}, centreCut, retried = 0 } = counts;
  const byFunction = Object.entries(asked as unknown as Record<string, Asked>);
  const rated = byFunction.map(([f, of]) => [f, { ...withAvailability(of) }] as const);
  return {
    linearizable: orders,
    asked: Object.fromEntries(rated),
    centreCut: { ...withAvailability(centreCut as unknown as Asked) },
    retried,
  };
}

export const linearizable: Scenario = {
  name: "linearizable",
  description: "registers with compare-and-set by consensus, through crashes and one lost disk",
  bugs: [
    { name: "consensus-amnesia-votes", description: "a voter that lost its disk votes at once" },
    { name: "consensus-early-answer", description: "a voter answers before its disk has it" },
    { name: "consensus-minority", description: "one vote less than a majority is enough" },
    { name: "consensus-no-promise", description: "a voter forgets what it promised" },
    { name: "consensus-retry-twice", description: "a retry is done again" },
    { name: "consensus-stale-get", description: "a get answers the newest of a minority" },
  ],
  envelope: { durability: STORE_DURABILITY, diskLosses: 1, membershipChanges: 0 },
  draw,
  run,
  figures,
};
