// Scenario: replicas that forget how far they had counted. A node coordinates two blind writes,
// loses its disk, and coordinates a third before anybody has told it of the first two; all three
// must be there at the end (basho/riak_kv issue 679). Around that, clients, faults, and one more
// disk at a random time.

import type { HistoryEvent } from "../../checking/history.ts";
import { checkLostWrites, type ReplicaState } from "../../checking/lost-writes.ts";
import { checkRegular } from "../../checking/regular.ts";
import { checkSessions } from "../../checking/sessions.ts";
import { checkSiblings } from "../../checking/siblings.ts";
import type { Verdict } from "../../checking/verdict.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import { startClients } from "../client.ts";
import type { Fault } from "../fault.ts";
import { judgeLiveness } from "../judge-liveness.ts";
import { judgeProcesses } from "../judge-processes.ts";
import { drawFaults } from "../nemesis.ts";
import type { Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, loadEngines } from "../store.ts";
import { outcomeOf, World } from "../world.ts";
import { siblingProtocol } from "./messages.ts";
import { SiblingNode } from "./sibling-node.ts";

const NODES = 3;
const QUORUM = 2;
const CALM_MS = 15_000;
const QUIET_MS = 20_000;

/** The scripted part is over by then, and what it wrote is everywhere. */
const SCRIPT_MS = 15_000;
const SCRIPT_KEY = "forgotten";
const SCRIPT_SESSION = 0;

const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss", "clock-jump"] as const),
];

function draw(random: RandomStream, virtualMs: number): Plan {
  const shape = random.split("shape");
  const nodes = drawNodes(shape, NODES);
  const ids = nodes.map(({ id }) => id);
  const chaosMs = SCRIPT_MS + virtualMs;
  const drawn = drawFaults(random.split("faults"), {
    nodes: ids,
    chaosMs: virtualMs,
    kinds: KINDS,
    deadMax: NODES,
    everyMs: 500 + shape.nextBelow(2000),
  });
  const later = drawn.map((fault) => ({ ...fault, atMs: fault.atMs + SCRIPT_MS }));
  const lossAtMs = SCRIPT_MS + shape.nextBelow(virtualMs);
  const loss: Fault = { kind: "disk-loss", node: "n1", atMs: 3000, forMs: 100 };
  const another: Fault = {
    kind: "disk-loss",
    node: ids[shape.nextBelow(NODES)]!,
    atMs: lossAtMs,
    forMs: Math.min(300, chaosMs - lossAtMs),
  };
  return {
    nodes,
    chaosMs,
    faults: [loss, ...later, another].sort((a, b) => a.atMs - b.atMs),
    operations: [...script(), ...drawOperations(random.split("operations"), chaosMs)],
  };
}

/** Two blind writes, and a third by a coordinator that has just lost the first two. */
function script(): Operation[] {
  return [1000, 1200, 3400].map((atMs) => ({
    session: SCRIPT_SESSION,
    atMs,
    f: "put",
    key: SCRIPT_KEY,
    node: "n1",
    isBlind: true,
  }));
}

function drawOperations(random: RandomStream, untilMs: number): Operation[] {
  const operations: Operation[] = [];
  const keys = 2 + random.nextBelow(8);
  for (let session = 1; session <= 4; session++) {
    for (let atMs = SCRIPT_MS; atMs < untilMs; atMs += 20 + random.nextBelow(300)) {
      const key = `k${random.nextBelow(keys)}`;
      const isBlind = random.nextBelow(8) === 0;
      operations.push({
        session,
        atMs,
        f: random.nextBelow(2) === 0 ? "get" : "put",
        key,
        isBlind,
      });
    }
  }
  return operations.sort((a, b) => a.atMs - b.atMs || a.session - b.session);
}

async function run(
  plan: Plan,
  random: RandomStream,
  planted: string | undefined,
): Promise<Outcome> {
  const modules = await loadEngines(plan.nodes);
  const nodes = plan.nodes.map(({ id }) => id);
  const running = new Map<NodeId, SiblingNode>();
  const world = new World({
    random,
    nodes,
    faults: plan.faults,
    boot: (runtime, watch) => {
      const engine = modules.get(runtime.nodeId)!;
      const node = new SiblingNode(runtime, { nodes, engine, quorum: QUORUM, planted, watch });
      running.set(runtime.nodeId, node);
      return node;
    },
  });
  const { operations, chaosMs } = plan;
  const closesAtMs = chaosMs + CALM_MS;
  const clients = { nodes, operations, closesAtMs, random: random.split("clients") };
  const history = startClients(world, clients, siblingProtocol);
  await world.run(chaosMs, QUIET_MS);
  const verdicts = [
    ...(await judge(history, running, closesAtMs)),
    judgeLiveness(history, closesAtMs),
    judgeProcesses(world),
  ];
  return outcomeOf(world, history, verdicts);
}

async function judge(
  history: readonly HistoryEvent[],
  nodes: ReadonlyMap<NodeId, SiblingNode>,
  calmMs: number,
): Promise<Verdict[]> {
  const final = new Map<string, ReplicaState[]>();
  for (const key of new Set(history.map((event) => event.key))) {
    const states: ReplicaState[] = [];
    for (const [replica, node] of nodes) {
      states.push({ replica, siblings: await node.held(key) });
    }
    final.set(key, states);
  }
  return [
    checkLostWrites(history, { conflicts: "siblings", final }),
    checkSiblings(history, { final }),
    regularAfter(history, calmMs),
    // A disk that is lost takes reads back in time until it is repaired: counted, not claimed.
    checkSessions(history, { claimed: [] }),
  ];
}

/**
 * Reads at the end see every write that was acknowledged before. Earlier ones need not: a disk that
 * was lost takes them back in time.
 */
function regularAfter(history: readonly HistoryEvent[], calmMs: number): Verdict {
  const isLate = (number: number): boolean => history[number - 1]!.time >= calmMs * 1e6;
  const verdict = checkRegular(history, { values: "siblings" });
  const late = history.filter(({ type, f, time }) => {
    return type === "ok" && f === "get" && time >= calmMs * 1e6;
  });
  const violations = verdict.violations.filter(({ events }) => isLate(Math.max(...events)));
  return { ...verdict, operations: late.length, violations };
}

export const lostActorState: Scenario = {
  name: "lost-actor-state",
  description: "siblings by dotted version vectors, on replicas that lose what they had counted",
  bugs: [
    { name: "empty-read", description: "a read answers that there is nothing" },
    { name: "no-epochs", description: "a replica that lost its data counts on as the same actor" },
  ],
  envelope: {
    durability: "group",
    n: NODES,
    r: QUORUM,
    w: QUORUM,
    diskLossesBetweenRepairs: 1,
    membershipChanges: 0,
  },
  draw,
  run,
};
