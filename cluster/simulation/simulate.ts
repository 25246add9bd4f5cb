// Runs a scenario over many seeds: draws a plan from each, runs it, judges it, and makes what
// failed small.

import type { HistoryEvent } from "../checking/history.ts";
import type { RandomStream } from "../runtime.ts";
import { measurePlan, NO_USE, type PlanUse, worseUse } from "./envelope.ts";
import { realTurn } from "./guard.ts";
import { outcomeOfError } from "./judge-processes.ts";
import { addMeasures, type Measures } from "./measures.ts";
import { RunInterrupted, whileWatched } from "./run-watch.ts";
import type { Outcome, Plan, Scenario } from "./scenario.ts";
import { type Kept, reduce, shrink } from "./shrink.ts";
import { Trace } from "./trace.ts";

export interface SimulationOptions {
  readonly scenario: Scenario;
  readonly seeds: readonly number[];
  /** Of virtual time, for each seed. */
  readonly minutes: number;
  /** A bug of the scenario. */
  readonly planted?: string;
  /** Only these faults and operations of the plan; for one seed. */
  readonly kept?: Kept;
  /** Plans that may be run to make a failing one smaller; 0: it is left as it is. */
  readonly shrinkAttemptsMax: number;
  /** Makes the stream of a seed. */
  readonly randomOf: (seed: number) => RandomStream;
  /** Told after the run of each seed, before what failed is made smaller. */
  readonly onSeed?: (seed: number, outcome: Outcome) => void;
  /** Told after each run that was made to find a smaller plan. */
  readonly onAttempt?: (attempt: ShrinkAttempt) => void;
  /** A clock, in nanoseconds: it times the runs of the seeds, and not those of smaller plans. */
  readonly now?: () => number;
  /** Told now and then, within the run of a seed or of a smaller plan. */
  readonly onTime?: (seed: number, virtualMs: number) => void;
  /** Asked after each seed and within its run: true ends it there, and the seed does not count. */
  readonly isInterrupted?: () => boolean;
}

export interface ShrinkAttempt {
  readonly seed: number;
  readonly checker: string;
  /** Runs so far, from 1. */
  readonly attempts: number;
  /** What was left of the plan in this run, and whether it still failed. */
  readonly plan: Plan;
  readonly isFailing: boolean;
}

export interface SimulationViolation {
  readonly checker: string;
  readonly seed: number;
  readonly message: string;
  /** The plan that was run, and what of it is enough to fail, if that was looked for. */
  readonly plan: Plan;
  readonly kept: Kept | undefined;
  /** The bound on runs ended the search: still less may be enough. */
  readonly isShrinkStopped: boolean;
  /** What the smallest plan showed, or the part that was asked for; undefined of a whole one. */
  readonly shown: Shown | undefined;
}

/** A violation, and the history whose events it numbers, from 1. */
export interface Shown {
  readonly message: string;
  readonly events: readonly number[];
  readonly history: readonly HistoryEvent[];
}

export interface SimulationResult {
  readonly seeds: number;
  readonly digest: string;
  readonly virtualHours: number;
  readonly events: number;
  readonly operations: number;
  readonly faultsByKind: Record<string, number>;
  readonly marks: Record<string, number>;
  readonly envelope: Scenario["envelope"];
  /** The most that the plan of a seed did. */
  readonly used: PlanUse;
  readonly measures: Measures;
  readonly violations: readonly SimulationViolation[];
  /** By checker: the operations that it judged. */
  readonly checked: Record<string, number>;
  /** Nanoseconds in the runs of the seeds, judges included; 0 without a clock. */
  readonly runNs: number;
}

const MS_PER_HOUR = 3_600_000;
const MS_PER_MINUTE = 60_000;

/** One digest, and sums, over all seeds in their order. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const trace = new Trace();
  const { marks = [] } = options.scenario;
  const noMarks = Object.fromEntries(marks.map((name) => [name, 0]));
  const sums = { faultsByKind: {}, marks: noMarks, checked: {} } as {
    faultsByKind: Record<string, number>;
    marks: Record<string, number>;
    checked: Record<string, number>;
  };
  const violations: SimulationViolation[] = [];
  let [seeds, virtualMs, events, operations, runNs] = [0, 0, 0, 0, 0];
  let used = NO_USE;
  let measures: Measures = {};
  for (const seed of options.seeds) {
    const { scenario, randomOf, minutes, now = () => 0 } = options;
    const drawn = drawPlan(scenario, randomOf(seed), minutes);
    const plan = options.kept === undefined ? drawn : reduce(drawn, options.kept);
    // Before the run, since beyond its envelope it means nothing. A smaller plan does no more.
    used = worseUse(used, measurePlan(scenario, plan));
    const startNs = now();
    const outcome = await runPlan(options, seed, plan);
    if (outcome === undefined) break;
    runNs += now() - startNs;
    measures = addMeasures(measures, outcome.measures);
    trace.addDigest(outcome.digest);
    seeds++;
    virtualMs += outcome.virtualMs;
    events += outcome.events;
    operations += outcome.operations;
    addUp(sums.faultsByKind, outcome.faultsByKind);
    addUp(sums.marks, outcome.marks);
    for (const verdict of outcome.verdicts) {
      addUp(sums.checked, { [verdict.checker]: verdict.operations });
    }
    options.onSeed?.(seed, outcome);
    violations.push(...(await violationsOf(options, seed, plan, outcome)));
    if (options.isInterrupted?.() === true) break;
  }
  return {
    seeds,
    digest: trace.digest(),
    virtualHours: virtualMs / MS_PER_HOUR,
    events,
    operations,
    ...sums,
    envelope: options.scenario.envelope,
    used,
    measures,
    violations,
    runNs,
  };
}

/** What a seed decides; `random` is the stream of the seed. */
export function drawPlan(scenario: Scenario, random: RandomStream, minutes: number): Plan {
  return scenario.draw(random.split("plan"), minutes * MS_PER_MINUTE);
}

/** Undefined when it was interrupted. An error in it is a violation, and other seeds go on. */
async function runPlan(
  options: SimulationOptions,
  seed: number,
  plan: Plan,
): Promise<Outcome | undefined> {
  const { scenario, randomOf, planted } = options;
  const watch = {
    onTime: (virtualMs: number) => options.onTime?.(seed, virtualMs),
    isInterrupted: () => options.isInterrupted?.() === true,
  };
  try {
    const run = () => scenario.run(plan, randomOf(seed).split("run"), planted);
    const outcome = await whileWatched(watch, run);
    // Judges leave no turn to anybody: here whoever wants to interrupt is heard.
    await realTurn();
    return outcome;
  } catch (error) {
    return error instanceof RunInterrupted ? undefined : outcomeOfError(error);
  }
}

/** The first violation of each checker that found one, with the smallest plan that shows it. */
async function violationsOf(
  options: SimulationOptions,
  seed: number,
  plan: Plan,
  outcome: Outcome,
): Promise<SimulationViolation[]> {
  const found: SimulationViolation[] = [];
  for (const { checker, violations } of outcome.verdicts) {
    const first = violations[0];
    if (first === undefined) continue;
    let attempts = 0;
    // Of the last run that failed: it is that of the smallest plan.
    let shown = shownBy(outcome, checker)!;
    const fails = async (smaller: Plan): Promise<boolean> => {
      if (options.isInterrupted?.() === true) return false;
      const ran = await runPlan(options, seed, smaller);
      if (ran === undefined) return false;
      const now = shownBy(ran, checker);
      shown = now ?? shown;
      const isFailing = now !== undefined;
      options.onAttempt?.({ seed, checker, attempts: ++attempts, plan: smaller, isFailing });
      return isFailing;
    };
    const isWhole = options.kept === undefined && options.shrinkAttemptsMax > 0;
    const shrunk = isWhole ? await shrink(plan, fails, options.shrinkAttemptsMax) : undefined;
    found.push({
      ...{ checker, seed, message: first.message, plan, kept: shrunk?.kept },
      isShrinkStopped: shrunk?.isStopped ?? false,
      shown: isWhole || options.kept !== undefined ? shown : undefined,
    });
  }
  return found;
}

/** The first violation that a checker found in a run. */
function shownBy({ verdicts, history }: Outcome, checker: string): Shown | undefined {
  const failing = verdicts.find((it) => it.checker === checker && it.violations.length > 0);
  const first = failing?.violations[0];
  return first === undefined
    ? undefined
    : { message: first.message, events: first.events, history };
}

function addUp(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}
