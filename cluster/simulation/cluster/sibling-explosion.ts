// Scenario: two clients that take turns and never read, after riak_test's sibling_explosion. Each
// keeps a set of numbers: it unites what the answer to its own last put showed, adds its next
// number, and puts that with the context of that answer. One begins with 0 and counts down the even
// numbers from 98, the other begins with 1 and counts down the odd ones from 97.
//
// No put has seen the other client's last one. Dotted versions know which older ones it has seen,
// so that two siblings are left, with every number in them; a plain vector clock does not, and
// keeps all; the last write that wins drops numbers.

import { checkSiblings } from "../../checking/siblings.ts";
import type { Verdict } from "../../checking/verdict.ts";
import { READ_MODE } from "../../client/options.ts";
import { createKeyspace } from "../../keyspace.ts";
import type { RandomStream } from "../../runtime.ts";
import type { PolicyName } from "../../versioning/policy.ts";
import type { Counts } from "../measures.ts";
import type { Figures, Operation, Outcome, Plan, Scenario } from "../scenario.ts";
import { drawNodes, STORE_DURABILITY } from "../store.ts";
import { judgeClaims } from "./claim.ts";
import type { ClusterRun } from "./cluster-run.ts";
import type { SessionHabits } from "./session.ts";
import type { ClusterPlan, ClusterShape } from "./shape.ts";
import { runSideBySide } from "./side-by-side.ts";

const NODES = 3;
const KEY = "set";
/** 0 to 98, each put once. */
const NUMBERS = 99;
const EVERY_MS = 100;

const POLICIES: readonly PolicyName[] = ["dvv", "vector-clock", "lww"];

/** What is left of all puts; sums over seeds, in `figures` of one seed. */
interface Left {
  readonly runs: number;
  readonly puts: number;
  readonly siblings: number;
  /** Different ones, in all siblings together. */
  readonly numbers: number;
}

function draw(random: RandomStream): ClusterPlan {
  const nodes = drawNodes(random.split("shape"), NODES);
  const ringNodes = nodes.map(({ id }) => ({ id, capacity: 1, rack: id, dc: "dc1" }));
  const operations = Array.from({ length: NUMBERS }, (_, i): Operation => {
    return { session: i % 2, atMs: (1 + i) * EVERY_MS, f: "put", key: KEY };
  });
  return {
    nodes,
    faults: [],
    operations,
    chaosMs: (2 + NUMBERS) * EVERY_MS,
    shape: shapeOf(ringNodes, "dvv"),
    isCalm: true,
  };
}

function shapeOf(ringNodes: ClusterShape["ringNodes"], conflicts: PolicyName): ClusterShape {
  const quorum = { level: "QUORUM" } as const;
  return {
    ringNodes,
    partitions: 8,
    keyspace: createKeyspace({ name: "data", replicas: { dc1: NODES }, conflicts }),
    ask: { read: quorum, write: quorum, mode: READ_MODE },
    timeoutMs: 5000,
    attemptTimeoutMs: 2000,
    valueBytes: 0,
    requestsMax: 1000,
  };
}

/** The n-th number, from 1, of the client that has the even ones (0) or the odd ones (1). */
function numberOf(client: number, n: number): number {
  return n === 1 ? client : 102 - 2 * n - client;
}

function numbersIn(sets: readonly string[]): Set<number> {
  return new Set(sets.flatMap((set) => set.split(",").map(Number)));
}

function run(plan: Plan, random: RandomStream, planted: string | undefined): Promise<Outcome> {
  const drawn = plan as ClusterPlan;
  const settings = POLICIES.map((name) => {
    return { name, shape: shapeOf(drawn.shape.ringNodes, name), habitsOf: counterHabits };
  });
  return runSideBySide(drawn, random, planted, settings, (policy, ran) => {
    const left = leftIn(ran);
    // What clients see under the others is not right: that is what the scenario shows.
    const isRight = policy === "dvv";
    const verdicts = isRight ? [judgeLeft(left), checkSiblings(ran.history, ran)] : [];
    return { verdicts, counts: { ...left } };
  });
}

/** A put says what is there after it, and the next one is all of that and one number more. */
function counterHabits(session: string): SessionHabits {
  return {
    wantsValues: true,
    nextValue: (writes, seen) => {
      const number = numberOf(Number(session.slice(1)), writes);
      return [...numbersIn(seen), number].join();
    },
  };
}

/** Of the first replica: at the end all are equal. */
function leftIn({ history, final }: ClusterRun): Left {
  const siblings = final.get(KEY)?.[0]?.siblings ?? [];
  const puts = history.filter(({ f, type }) => f === "put" && type === "ok").length;
  return { runs: 1, puts, siblings: siblings.length, numbers: numbersIn(siblings).size };
}

function judgeLeft({ puts, siblings, numbers }: Left): Verdict {
  const last = Math.min(2, puts);
  const message = `${siblings} siblings with ${numbers} numbers are left of ${puts} puts`;
  const holds = siblings === last && numbers === puts;
  return judgeClaims("explosion", puts, [{ holds, message }]);
}

/** Of one run: the mean over all seeds. */
function figures(counts: Counts): Figures {
  const lefts = Object.entries(counts as unknown as Record<string, Left>);
  return Object.fromEntries(
    lefts.map(([policy, { runs, ...left }]) => {
      const means = Object.entries(left).map(([name, sum]) => [name, sum / runs] as const);
      return [policy, Object.fromEntries(means)];
    }),
  );
}

export const siblingExplosion: Scenario = {
  name: "sibling-explosion",
  description: "two clients take turns on one key: siblings by dvv, vector-clock and lww",
  bugs: [
    { name: "context-ignored", description: "a write does not replace what its writer had seen" },
  ],
  envelope: { durability: STORE_DURABILITY, diskLosses: 0, membershipChanges: 0 },
  draw,
  run,
  figures,
};
