// Scenario: one partition, once as CP and once as AP, with the same seed and the same operations.
//
// Steps of each run:
//  1. Sessions read and write on both sides: a read, and then a write on top of it.
//  2. A rack of three is cut off, and with it the clients on its side; they find out whom they can
//     still reach by asking. Each key has one replica there: a minority of its three.
//  3. The cut heals, hints go back, and after SETTLE_MS one session reads each key from all of its
//     replicas and writes on top of what it found, siblings and all.
//
// CP is strict quorums with R = W = QUORUM: the minority refuses everything, and no read is stale.
// AP is sloppy quorums with R = W = ONE: both sides answer, reads miss what the other side was
// told, and writes of both sides end as siblings, until somebody has written on top of them.

import type { HistoryEvent } from "../../checking/history.ts";
import { checkLostWrites } from "../../checking/lost-writes.ts";
import { checkRegular } from "../../checking/regular.ts";
import type { Verdict } from "../../checking/verdict.ts";
import { READ_MODE } from "../../client/options.ts";
import { createKeyspace } from "../../keyspace.ts";
import type { Consistency } from "../../replication/consistency.ts";
import type { RandomStream } from "../../runtime.ts";
import type { Fault } from "../fault.ts";
import type { Counts } from "../measures.ts";
import type { Figures, Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { type Asked, countAnswered, withAvailability } from "./availability.ts";
import { judgeClaims, share } from "./claim.ts";
import type { ClusterRun } from "./cluster-run.ts";
import type { SessionHabits } from "./session.ts";
import type { ClusterPlan, ClusterShape } from "./shape.ts";
import { runSideBySide } from "./side-by-side.ts";

const NODES = 6;
const RACKS = 3;
const KEYS = 12;
/** Of each side. */
const SESSIONS = 8;
const RECONCILER = 2 * SESSIONS;
/** A client has asked every node long before it gives up. */
const TIMEOUT_MS = 3000;
const ATTEMPT_MS = 80;
/** Between two reads of a session; so long that it can ask in vain for a while and keep up. */
const PACE_MIN_MS = 700;
const PACE_SPREAD_MS = 600;
const CUT_AT_MS = 2000;
const CUT_LEAST_MS = 12_000;
const SETTLE_MS = 8000;
const RECONCILE_EACH_MS = 100;
const AVAILABLE_SHARE = 0.99;

interface CapPlan extends ClusterPlan {
  readonly cut: { readonly fromMs: number; readonly toMs: number };
  /** How many operations were drawn: of fewer, not everything is to be seen. */
  readonly drawn: number;
}

const MODES = ["cp", "ap"] as const;
type Mode = (typeof MODES)[number];

function draw(random: RandomStream, virtualMs: number): CapPlan {
  const nodes = drawNodes(random.split("shape"), NODES);
  const rackOf = (i: number): string => `r${1 + Math.floor((i * RACKS) / NODES)}`;
  const ringNodes = nodes.map(({ id }, i) => ({ id, capacity: 1, rack: rackOf(i), dc: "dc1" }));
  const forMs = Math.max(CUT_LEAST_MS, virtualMs - CUT_AT_MS - SETTLE_MS);
  const cut = { fromMs: CUT_AT_MS, toMs: CUT_AT_MS + forMs };
  const idsOf = (isMinority: boolean): string[] => {
    return ringNodes.filter(({ rack }) => (rack === "r1") === isMinority).map(({ id }) => id);
  };
  const faults = [true, false].map((isMinority): Fault => {
    const clients = sessionsOf(isMinority).map((session) => `client-s${session}`);
    const group = [...idsOf(isMinority), ...clients];
    return { kind: "partition", group, atMs: cut.fromMs, forMs };
  });
  const operations = [
    ...drawOperations(random.split("operations"), cut.toMs),
    ...reconciliation(cut.toMs + SETTLE_MS),
  ];
  return {
    nodes,
    faults,
    operations,
    chaosMs: cut.toMs + SETTLE_MS + 4 * KEYS * RECONCILE_EACH_MS,
    shape: shapeOf(ringNodes, "cp"),
    isCalm: true,
    cut,
    drawn: operations.length,
  };
}

function sessionsOf(isMinority: boolean): number[] {
  return Array.from({ length: SESSIONS }, (_, i) => (isMinority ? i : SESSIONS + i));
}

function shapeOf(ringNodes: ClusterShape["ringNodes"], mode: Mode): ClusterShape {
  const level: Consistency = { level: mode === "cp" ? "QUORUM" : "ONE" };
  const quorum = mode === "cp" ? "strict" : "sloppy";
  return {
    ringNodes,
    partitions: 16,
    keyspace: createKeyspace({ name: "data", replicas: { dc1: 3 }, quorum }),
    ask: { read: level, write: level, mode: READ_MODE },
    timeoutMs: TIMEOUT_MS,
    attemptTimeoutMs: ATTEMPT_MS,
    valueBytes: 64,
    requestsMax: 1000,
  };
}

/** Each session: a read of a key, and a write on top of it. */
function drawOperations(random: RandomStream, untilMs: number): Operation[] {
  const operations: Operation[] = [];
  for (let session = 0; session < RECONCILER; session++) {
    for (let atMs = random.nextBelow(PACE_MIN_MS); atMs < untilMs; ) {
      const asked = { session, atMs, key: `k${random.nextBelow(KEYS)}` };
      operations.push({ ...asked, f: "get" }, { ...asked, f: "put" });
      atMs += PACE_MIN_MS + random.nextBelow(PACE_SPREAD_MS);
    }
  }
  return operations.sort((a, b) => a.atMs - b.atMs || a.session - b.session);
}

function reconciliation(fromMs: number): Operation[] {
  return Array.from({ length: KEYS }, (_, i) => {
    const asked = { session: RECONCILER, key: `k${i}`, atMs: fromMs + i * RECONCILE_EACH_MS };
    return [{ ...asked, f: "get" } as const, { ...asked, f: "put" } as const];
  }).flat();
}

/** Clients know no sides: they ask until somebody answers. */
function habitsOf({ ask }: ClusterShape): (session: string) => SessionHabits {
  const client = { route: "any", attemptsMax: NODES } as const;
  return (session) => {
    if (session !== `s${RECONCILER}`) return { client };
    return { client, ask: { ...ask, read: { level: "ALL" } } };
  };
}

function run(plan: Plan, random: RandomStream, planted: string | undefined): Promise<Outcome> {
  const drawn = plan as CapPlan;
  const settings = MODES.map((name) => {
    const shape = shapeOf(drawn.shape.ringNodes, name);
    return { name, shape, habitsOf: habitsOf(shape) };
  });
  return runSideBySide(drawn, random, planted, settings, (mode, ran) => {
    const seen = seenIn(ran, drawn);
    const verdicts = [
      judgeAvailability(mode, seen),
      judgeReads(mode, ran, drawn, seen),
      judgeReconciliation(mode, drawn, seen),
      checkLostWrites(ran.history, { conflicts: "siblings", final: ran.final }),
    ];
    const { minority, majority, ...others } = seen;
    return {
      verdicts,
      counts: { minority: { ...minority }, majority: { ...majority }, ...others },
    };
  });
}

interface Seen {
  /** Of what was asked while the cut was on, and whose deadline passed before it healed. */
  readonly minority: Asked;
  readonly majority: Asked;
  readonly reads: number;
  readonly staleReads: number;
  /** What the reconciler found, what it wrote on top of, and where that left siblings. */
  readonly keysWithSiblings: number;
  readonly keysReconciled: number;
  readonly keysWithSiblingsAfter: number;
  readonly keysUnequal: number;
}

function seenIn({ history, final }: ClusterRun, plan: CapPlan): Seen {
  const regular = checkRegular(history, { values: "siblings" });
  const told = history.filter(({ session, type }) => {
    return session === `s${RECONCILER}` && type === "ok";
  });
  const found = told.filter(({ f, siblings = [] }) => f === "get" && siblings.length > 1);
  const reconciled = new Set(told.filter(({ f }) => f === "put").map(({ key }) => key));
  const states = [...final.values()];
  const sets = states.map((replicas) =>
    replicas.map(({ siblings }) => [...siblings].sort().join()),
  );
  return {
    minority: availabilityOf(history, plan, true),
    majority: availabilityOf(history, plan, false),
    reads: regular.operations,
    staleReads: regular.violations.length,
    keysWithSiblings: new Set(found.map(({ key }) => key)).size,
    keysReconciled: reconciled.size,
    keysWithSiblingsAfter: [...reconciled].filter((key) => {
      return final.get(key)!.some(({ siblings }) => siblings.length > 1);
    }).length,
    keysUnequal: sets.filter((of) => new Set(of).size > 1).length,
  };
}

function availabilityOf(
  history: readonly HistoryEvent[],
  { cut }: CapPlan,
  isMinority: boolean,
): Asked {
  const sessions = new Set(sessionsOf(isMinority).map((session) => `s${session}`));
  return countAnswered(history, ({ session = "", time }) => {
    const atMs = time / 1e6;
    return sessions.has(session) && atMs >= cut.fromMs && atMs < cut.toMs - TIMEOUT_MS;
  });
}

function judgeAvailability(mode: Mode, { minority }: Seen): Verdict {
  const { asked, answered } = minority;
  const told = `${answered} of ${asked} operations of the minority were answered`;
  const holds = mode === "cp" ? answered === 0 : answered > AVAILABLE_SHARE * asked || asked === 0;
  return judgeClaims("availability", asked, [{ holds, message: told }]);
}

/** As CP no read is stale; as AP some are, if all was asked that was drawn. */
function judgeReads(
  mode: Mode,
  { history }: ClusterRun,
  plan: CapPlan,
  { reads, staleReads }: Seen,
): Verdict {
  if (mode === "cp") return checkRegular(history, { values: "siblings" });
  const holds = staleReads > 0 || plan.operations.length < plan.drawn;
  const message = `none of ${reads} reads was stale although both sides took writes`;
  return judgeClaims("staleness", reads, [{ holds, message }]);
}

function judgeReconciliation(mode: Mode, plan: CapPlan, seen: Seen): Verdict {
  const { keysWithSiblings, keysReconciled, keysWithSiblingsAfter, keysUnequal } = seen;
  const isWhole = plan.operations.length === plan.drawn;
  return judgeClaims("reconciliation", KEYS, [
    {
      holds: keysWithSiblings > 0 || mode === "cp" || !isWhole,
      message: "both sides wrote, and no key had siblings",
    },
    {
      holds: keysReconciled === KEYS || !isWhole,
      message: `${keysReconciled} of ${KEYS} keys could be read at ALL and written on top of`,
    },
    {
      holds: keysWithSiblingsAfter === 0,
      message: `${keysWithSiblingsAfter} keys have siblings after a write on top of them`,
    },
    { holds: keysUnequal === 0, message: `replicas of ${keysUnequal} keys are not equal` },
  ]);
}

function figures(counts: Counts): Figures {
  return Object.fromEntries(
    Object.entries(counts as unknown as Record<string, Seen>).map(([name, seen]) => {
      const { minority, majority, reads, staleReads } = seen;
      const sides = {
        minority: { ...withAvailability(minority) },
        majority: { ...withAvailability(majority) },
      };
      return [name, { ...seen, ...sides, staleReadFraction: share(staleReads, reads) }];
    }),
  );
}

export const cap: Scenario = {
  name: "cap",
  description: "one partition, once with strict and once with sloppy quorums: what each gives up",
  bugs: [
    { name: "context-ignored", description: "a write does not replace what its writer had seen" },
    { name: "digest-as-data", description: "a digest counts as the versions that it stands for" },
    { name: "read-first-answer", description: "a read answers what the first replica has" },
  ],
  envelope: { durability: STORE_DURABILITY, n: 3, diskLosses: 0, membershipChanges: 0 },
  draw,
  run,
  figures,
};
