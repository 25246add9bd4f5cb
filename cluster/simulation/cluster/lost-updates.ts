// Scenario: the same operations where the last write wins and where siblings are kept, and how many
// acknowledged writes nobody ever got to see.
//
// Sessions read a key and write on top of what they read, several of them at a time on a few keys,
// and now and then write without having read. Faults befall the cluster meanwhile. A write is lost
// as an update when it is in the past of nothing that survives although no acknowledged write had
// seen it (checking/lost-writes.ts): `lww` drops one of two writes that did not see each other,
// `dvv` keeps both.

import { checkLostWrites } from "../../checking/lost-writes.ts";
import { checkSiblings } from "../../checking/siblings.ts";
import { READ_MODE } from "../../client/options.ts";
import { createKeyspace } from "../../keyspace.ts";
import type { RandomStream } from "../../runtime.ts";
import type { PolicyName } from "../../versioning/policy.ts";
import type { Fault } from "../fault.ts";
import type { Counts } from "../measures.ts";
import { drawFaults } from "../nemesis.ts";
import type { Figures, Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { judgeClaims, share } from "./claim.ts";
import type { ClusterPlan, ClusterShape } from "./shape.ts";
import { runSideBySide } from "./side-by-side.ts";

const NODES = 5;
const SESSIONS = 8;
const KEYS = 6;
/** One write of so many is made without a read before it. */
const BLIND_ONE_IN = 8;
const PACE_MS = 400;

/** No clock jumps: where clocks are seconds apart `lww` refuses writes (hybrid-clock.ts). */
const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "one-way", "clog", "slow-node", "slow-disk"] as const),
  ...(["kill", "kill-in-write", "power-loss"] as const),
];

const POLICIES: readonly PolicyName[] = ["lww", "dvv"];

interface LostUpdatesPlan extends ClusterPlan {
  /** How many operations were drawn: of fewer, not everything is to be seen. */
  readonly drawn: number;
}

interface Tally {
  readonly acknowledgedWrites: number;
  readonly lostUpdates: number;
}

function draw(random: RandomStream, virtualMs: number): LostUpdatesPlan {
  const nodes = drawNodes(random.split("shape"), NODES);
  const faults = drawFaults(random.split("faults"), {
    nodes: nodes.map(({ id }) => id),
    chaosMs: virtualMs,
    kinds: KINDS,
    deadMax: 1,
    everyMs: 1500,
  });
  const operations = drawOperations(random.split("operations"), virtualMs);
  const ringNodes = nodes.map(({ id }) => ({ id, capacity: 1, rack: id, dc: "dc1" }));
  const shape = shapeOf(ringNodes, "dvv");
  return { nodes, faults, operations, chaosMs: virtualMs, shape, drawn: operations.length };
}

function shapeOf(ringNodes: ClusterShape["ringNodes"], conflicts: PolicyName): ClusterShape {
  const quorum = { level: "QUORUM" } as const;
  return {
    ringNodes,
    partitions: 16,
    keyspace: createKeyspace({
      ...{ name: "data", replicas: { dc1: 3 }, conflicts },
      // So that a retry is known for what it is however many writes came between.
      requestMemory: 64,
    }),
    ask: { read: quorum, write: quorum, mode: READ_MODE },
    timeoutMs: 2000,
    attemptTimeoutMs: 600,
    valueBytes: 64,
    requestsMax: 1000,
  };
}

function drawOperations(random: RandomStream, untilMs: number): Operation[] {
  const operations: Operation[] = [];
  for (let session = 0; session < SESSIONS; session++) {
    for (let atMs = random.nextBelow(PACE_MS); atMs < untilMs; ) {
      const asked = { session, atMs, key: `k${random.nextBelow(KEYS)}` };
      const isBlind = random.nextBelow(BLIND_ONE_IN) === 0;
      if (!isBlind) operations.push({ ...asked, f: "get" });
      operations.push({ ...asked, f: "put", isBlind });
      atMs += 1 + random.nextBelow(2 * PACE_MS);
    }
  }
  return operations.sort((a, b) => a.atMs - b.atMs || a.session - b.session);
}

function run(plan: Plan, random: RandomStream, planted: string | undefined): Promise<Outcome> {
  const drawn = plan as LostUpdatesPlan;
  const isWhole = drawn.operations.length === drawn.drawn;
  const settings = POLICIES.map((name) => {
    return { name, shape: shapeOf(drawn.shape.ringNodes, name) };
  });
  return runSideBySide(drawn, random, planted, settings, (policy, { history, final }) => {
    const conflicts = policy === "lww" ? "last-write-wins" : "siblings";
    const lost = checkLostWrites(history, { conflicts, final });
    const tally: Tally = { acknowledgedWrites: lost.operations, lostUpdates: lost.lostUpdates };
    const verdicts = [
      lost,
      judgeLostUpdates(policy, tally, isWhole),
      ...(policy === "dvv" ? [checkSiblings(history, { final })] : []),
    ];
    return { verdicts, counts: { ...tally } };
  });
}

/** With siblings none is lost. Of all that was drawn, the last write wins over something unseen. */
function judgeLostUpdates(
  policy: PolicyName,
  { acknowledgedWrites, lostUpdates }: Tally,
  isWhole: boolean,
): ReturnType<typeof judgeClaims> {
  const told = `${lostUpdates} of ${acknowledgedWrites} acknowledged writes were lost as updates`;
  const holds = policy === "dvv" ? lostUpdates === 0 : lostUpdates > 0 || !isWhole;
  return judgeClaims("lost-updates", acknowledgedWrites, [{ holds, message: told }]);
}

function figures(counts: Counts): Figures {
  const tallies = Object.entries(counts as unknown as Record<string, Tally>);
  return Object.fromEntries(
    tallies.map(([policy, tally]) => {
      const rate = share(tally.lostUpdates, tally.acknowledgedWrites);
      return [policy, { ...tally, lostUpdateFraction: rate }];
    }),
  );
}

export const lostUpdates: Scenario = {
  name: "lost-updates",
  description: "the same writes where the last one wins and where siblings are kept: what is lost",
  bugs: [
    { name: "context-ignored", description: "a write does not replace what its writer had seen" },
    { name: "merge-overwrites", description: "a replica takes what it is sent for all there is" },
    { name: "fresh-request-id", description: "a coordinator gives a write a name of its own" },
  ],
  envelope: {
    ...{ durability: STORE_DURABILITY, n: 3, r: 2, w: 2 },
    ...{ diskLosses: 0, membershipChanges: 0 },
  },
  draw,
  run,
  figures,
};
