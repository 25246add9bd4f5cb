// The same plan run several times, each time under another setting, as one outcome: what a scenario
// shows that compares settings.
//
// Keys, sessions and processes of the joint history are told apart by the name of the setting, and
// its times go on where those of the setting before ended, so that it is one history again.

import type { HistoryEvent } from "../../checking/history.ts";
import type { Verdict } from "../../checking/verdict.ts";
import type { RandomStream } from "../../runtime.ts";
import { judgeProcesses } from "../judge-processes.ts";
import type { Counts, Measures } from "../measures.ts";
import type { Outcome } from "../scenario.ts";
import { Trace } from "../trace.ts";
import { outcomeOf } from "../world.ts";
import { type ClusterRun, runCluster } from "./cluster-run.ts";
import type { SessionHabits } from "./session.ts";
import { type ClusterPlan, type ClusterShape, ringOf } from "./shape.ts";

/** The nodes and the replicas are those of the plan. */
export interface Setting<Name extends string> {
  readonly name: Name;
  readonly shape: ClusterShape;
  readonly habitsOf?: (session: string) => SessionHabits;
}

/** What is made of the run under one setting. */
export interface Judged {
  readonly verdicts: readonly Verdict[];
  readonly counts: Counts;
}

interface Side {
  readonly name: string;
  readonly outcome: Outcome;
  readonly counts: Counts;
}

/**
 * At least one setting. The same chance befalls each, and processes are judged besides. The counts
 * of the outcome are groups, by the names of the settings.
 */
export async function runSideBySide<Name extends string>(
  plan: ClusterPlan,
  random: RandomStream,
  planted: string | undefined,
  settings: readonly Setting<Name>[],
  judge: (name: Name, run: ClusterRun) => Judged,
): Promise<Outcome> {
  const ring = ringOf(plan.shape, random.split("ring"));
  const sides: Side[] = [];
  for (const { name, shape, habitsOf } of settings) {
    const given = { ...plan, shape: { ...shape, ring } };
    const ran = await runCluster(given, random.split("run"), planted, habitsOf);
    const { verdicts, counts } = judge(name, ran);
    const all = [...verdicts, judgeProcesses(ran.world)];
    sides.push({ name, outcome: outcomeOf(ran.world, ran.history, all), counts });
  }
  return join(sides);
}

function join(sides: readonly Side[]): Outcome {
  const trace = new Trace();
  const history: HistoryEvent[] = [];
  const found: Verdict[] = [];
  const faultsByKind: Record<string, number> = {};
  const marks: Record<string, number> = {};
  let [virtualMs, events, operations, processes] = [0, 0, 0, 0];
  for (const { name, outcome } of sides) {
    trace.addDigest(outcome.digest);
    found.push(...outcome.verdicts.map((it) => shifted(it, name, history.length)));
    for (const event of outcome.history) {
      history.push({
        ...event,
        index: history.length,
        time: event.time + virtualMs * 1e6,
        process: event.process + processes,
        session: `${name}/${event.session ?? event.process}`,
        key: `${name}/${event.key}`,
      });
    }
    processes = history.reduce((max, { process }) => Math.max(max, process + 1), 0);
    virtualMs += outcome.virtualMs;
    events += outcome.events;
    operations += outcome.operations;
    addUp(faultsByKind, outcome.faultsByKind);
    addUp(marks, outcome.marks);
  }
  const verdicts = [...Map.groupBy(found, ({ checker }) => checker).values()].map(united);
  const measures: Measures = {
    counts: Object.fromEntries(sides.map(({ name, counts }) => [name, counts])),
  };
  const sums = { virtualMs, events, operations, faultsByKind, marks };
  return { digest: trace.digest(), ...sums, verdicts, measures, history };
}

/** Of one checker, at least one. */
function united(verdicts: readonly Verdict[]): Verdict {
  return {
    checker: verdicts[0]!.checker,
    operations: verdicts.reduce((sum, { operations }) => sum + operations, 0),
    violations: verdicts.flatMap(({ violations }) => violations),
    undecided: verdicts.flatMap(({ undecided }) => undecided),
  };
}

function shifted(verdict: Verdict, name: string, by: number): Verdict {
  return {
    ...verdict,
    violations: verdict.violations.map(({ message, key, events }) => ({
      message: `${name}: ${message}`,
      key: `${name}/${key}`,
      events: events.map((number) => number + by),
    })),
    undecided: verdict.undecided.map((key) => `${name}/${key}`),
  };
}

function addUp(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}
