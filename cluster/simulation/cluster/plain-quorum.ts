// Scenario: strict quorums with R + W > N and without blocking repair are regular, and are no
// register. Nobody claims that they are one, so that a history which is not linearizable is counted
// and is no violation.
//
// Steps:
//  1. The story of half-written.ts: its key is certain not to be linearizable.
//  2. Faults, while sessions read all keys, and each writes keys that nobody else writes, on top of
//     what it read last.
//  3. Reads are judged as regular, which is claimed; and each key of which no read returned
//     siblings as a register, which is not.

import { checkLostWrites } from "../../checking/lost-writes.ts";
import { checkRegular } from "../../checking/regular.ts";
import { checkSiblings } from "../../checking/siblings.ts";
import { createKeyspace } from "../../keyspace.ts";
import type { RandomStream } from "../../runtime.ts";
import type { Fault } from "../fault.ts";
import { judgeProcesses } from "../judge-processes.ts";
import type { Counts } from "../measures.ts";
import { drawFaults } from "../nemesis.ts";
import type { Figures, Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { outcomeOf } from "../world.ts";
import { runCluster } from "./cluster-run.ts";
import {
  STORY_ATTEMPT_MS,
  STORY_MS,
  STORY_NODES,
  STORY_TIMEOUT_MS,
  storyFaults,
  storyOperations,
} from "./half-written.ts";
import { countKeyOrders } from "./key-orders.ts";
import type { ClusterPlan, ClusterShape } from "./shape.ts";

const SESSIONS = 4;
/** Each session writes so many keys. */
const KEYS_EACH = 2;
const PACE_MS = 300;
const STATES_MAX = 1_000_000;

const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss"] as const),
];

function draw(random: RandomStream, virtualMs: number): ClusterPlan {
  const nodes = drawNodes(random.split("shape"), STORY_NODES);
  const ids = nodes.map(({ id }) => id);
  const [writer, reader] = [SESSIONS, SESSIONS + 1];
  const drawn = drawFaults(random.split("faults"), {
    nodes: ids,
    chaosMs: virtualMs,
    kinds: KINDS,
    deadMax: 1,
    everyMs: 1500,
  });
  const later = drawn.map((fault) => ({ ...fault, atMs: fault.atMs + STORY_MS }));
  const chaosMs = STORY_MS + virtualMs;
  return {
    nodes,
    faults: [...storyFaults(ids, writer, reader), ...later],
    operations: [
      ...storyOperations(writer, reader),
      ...drawOperations(random.split("operations"), chaosMs),
    ],
    chaosMs,
    shape: shapeOf(ids),
    isCalm: true,
  };
}

function shapeOf(ids: readonly string[]): ClusterShape {
  return {
    ringNodes: ids.map((id) => ({ id, capacity: 1, rack: id, dc: "dc1" })),
    partitions: 8,
    keyspace: createKeyspace({
      ...{ name: "data", replicas: { dc1: STORY_NODES }, requestMemory: 64 },
    }),
    ask: {
      read: { count: 2 },
      write: { count: 2 },
      mode: { fanOut: "all", digests: true, repair: "off", hedge: false },
    },
    timeoutMs: STORY_TIMEOUT_MS,
    attemptTimeoutMs: STORY_ATTEMPT_MS,
    valueBytes: 64,
    requestsMax: 1000,
  };
}

function drawOperations(random: RandomStream, untilMs: number): Operation[] {
  const operations: Operation[] = [];
  for (let session = 0; session < SESSIONS; session++) {
    for (let atMs = STORY_MS; atMs < untilMs; atMs += 1 + random.nextBelow(2 * PACE_MS)) {
      const isWrite = random.nextBelow(3) === 0;
      const owner = isWrite ? session : random.nextBelow(SESSIONS);
      const key = `k${owner}-${random.nextBelow(KEYS_EACH)}`;
      operations.push({ session, atMs, f: "get", key });
      if (isWrite) operations.push({ session, atMs, f: "put", key });
    }
  }
  return operations.sort((a, b) => a.atMs - b.atMs || a.session - b.session);
}

async function run(
  plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const { world, history, final } = await runCluster(plan as ClusterPlan, random, planted);
  const verdicts = [
    checkRegular(history, { values: "siblings" }),
    checkSiblings(history, { final }),
    checkLostWrites(history, { conflicts: "siblings", final }),
    judgeProcesses(world),
  ];
  const measures = { counts: { linearizable: { ...countKeyOrders(history, STATES_MAX) } } };
  return { ...outcomeOf(world, history, verdicts), measures };
}

function figures(counts: Counts): Figures {
  return { linearizable: counts.linearizable ?? {} };
}

export const plainQuorum: Scenario = {
  name: "plain-quorum",
  description: "strict quorums without repair: regular, and seen not to be linearizable",
  bugs: [
    { name: "ack-after-one", description: "a write is acknowledged when one replica has it" },
    { name: "digest-as-data", description: "a digest counts as the versions that it stands for" },
    { name: "read-first-answer", description: "a read answers what the first replica has" },
  ],
  envelope: {
    ...{ durability: STORE_DURABILITY, n: STORY_NODES, r: 2, w: 2 },
    ...{ diskLosses: 0, membershipChanges: 0 },
  },
  draw,
  run,
  figures,
};
