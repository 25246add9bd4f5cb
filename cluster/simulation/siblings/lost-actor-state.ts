// Scenario: replicas that forget how far they had counted. First what is scripted (script.ts); then
// clients that ask again where they get no answer, faults, and one more disk at a random time. All
// that was acknowledged must be there at the end, once.

import type { HistoryEvent } from "../../checking/history.ts";
import { checkLostWrites, type ReplicaState } from "../../checking/lost-writes.ts";
import { checkRegular } from "../../checking/regular.ts";
import { checkSessions } from "../../checking/sessions.ts";
import { checkSiblings } from "../../checking/siblings.ts";
import type { Verdict } from "../../checking/verdict.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import type { Fault } from "../fault.ts";
import { judgeProcesses } from "../judge-processes.ts";
import { drawFaults } from "../nemesis.ts";
import { runProcesses } from "../run-processes.ts";
import type { Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { outcomeOf } from "../world.ts";
import { siblingProtocol } from "./messages.ts";
import { SCRIPT_FAULTS, SCRIPT_MS, SCRIPT_OPERATIONS } from "./script.ts";
import { repairMs, SiblingNode } from "./sibling-node.ts";

const NODES = 3;
const QUORUM = 2;
const CALM_MS = 15_000;
/** What anti-entropy brought is on the disk by then. */
const SETTLE_MS = 500;
const QUIET_MS = 20_000;

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
  const another: Fault = {
    kind: "disk-loss",
    node: ids[shape.nextBelow(NODES)]!,
    atMs: lossAtMs,
    forMs: Math.min(300, chaosMs - lossAtMs),
  };
  return {
    nodes,
    chaosMs,
    faults: [...SCRIPT_FAULTS, ...later, another].sort((a, b) => a.atMs - b.atMs),
    operations: [...SCRIPT_OPERATIONS, ...drawOperations(random.split("operations"), chaosMs)],
  };
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
  const running = new Map<NodeId, SiblingNode>();
  const { world, history, liveness, closesAtMs } = await runProcesses(plan, random, {
    boot: (runtime, parts) => {
      const node = new SiblingNode(runtime, { ...parts, quorum: QUORUM, planted });
      running.set(runtime.nodeId, node);
      return node;
    },
    protocolOf: (session) => siblingProtocol(session, planted),
    ...{ calmMs: CALM_MS, quietMs: QUIET_MS },
  });
  const verdicts = [
    ...(await judge(history, running, { lossMs: firstLossMs(plan), calmMs: closesAtMs })),
    liveness,
    judgeProcesses(world),
  ];
  return outcomeOf(world, history, verdicts);
}

/** Of the plan, or Infinity. */
function firstLossMs({ faults }: Plan): number {
  const losses = faults.filter(({ kind }) => kind === "disk-loss");
  return Math.min(...losses.map(({ atMs }) => atMs));
}

/** Reads that end before `lossMs` or begin at `calmMs` or later are regular. */
interface Claim {
  readonly lossMs: number;
  readonly calmMs: number;
}

async function judge(
  history: readonly HistoryEvent[],
  nodes: ReadonlyMap<NodeId, SiblingNode>,
  claim: Claim,
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
    regularWithin(history, claim),
    // A disk that is lost takes reads back in time until it is repaired: counted, not claimed.
    checkSessions(history, { claimed: [] }),
  ];
}

/**
 * Reads see every write that was acknowledged before: until a disk is lost, and again at the end.
 * Those in between need not: the loss takes them back in time.
 */
function regularWithin(history: readonly HistoryEvent[], { lossMs, calmMs }: Claim): Verdict {
  const isClaimed = ({ time }: HistoryEvent) => time < lossMs * 1e6 || time >= calmMs * 1e6;
  const verdict = checkRegular(history, { values: "siblings" });
  const reads = history.filter((it) => it.type === "ok" && it.f === "get" && isClaimed(it));
  const violations = verdict.violations.filter(({ events }) => {
    return isClaimed(history[Math.max(...events) - 1]!);
  });
  return { ...verdict, operations: reads.length, violations };
}

export const lostActorState: Scenario = {
  name: "lost-actor-state",
  description: "siblings by dotted version vectors, on replicas that lose what they had counted",
  bugs: [
    { name: "empty-read", description: "a read answers that there is nothing" },
    { name: "fresh-request-id", description: "a client that asks again says that it is new" },
    { name: "no-epochs", description: "a replica that lost its data counts on as the same actor" },
    { name: "r-one", description: "a read asks one replica" },
    { name: "w-one", description: "a write is acknowledged when one replica has it" },
  ],
  envelope: {
    durability: STORE_DURABILITY,
    n: NODES,
    r: QUORUM,
    w: QUORUM,
    diskLossesBetweenRepairs: 1,
    membershipChanges: 0,
  },
  repairMs: repairMs(NODES - 1) + SETTLE_MS,
  draw,
  run,
};
