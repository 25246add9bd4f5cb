// Runs a scenario over many seeds: draws a plan from each, runs it, judges it, and makes what
// failed small.

import type { RandomStream } from "../runtime.ts";
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
  /** Told after each seed. */
  readonly onSeed?: (seed: number, outcome: Outcome) => void;
  /** Asked after each seed: true ends the run there. */
  readonly isInterrupted?: () => boolean;
}

export interface SimulationViolation {
  readonly checker: string;
  readonly seed: number;
  readonly message: string;
  /** The plan that was run, and what of it is enough to fail, if that was looked for. */
  readonly plan: Plan;
  readonly kept: Kept | undefined;
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
  readonly violations: readonly SimulationViolation[];
  /** By checker: the operations that it judged. */
  readonly checked: Record<string, number>;
}

const MS_PER_HOUR = 3_600_000;
const MS_PER_MINUTE = 60_000;

/** One digest, and sums, over all seeds in their order. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const trace = new Trace();
  const sums = { faultsByKind: {}, marks: {}, checked: {} } as {
    faultsByKind: Record<string, number>;
    marks: Record<string, number>;
    checked: Record<string, number>;
  };
  const violations: SimulationViolation[] = [];
  let [seeds, virtualMs, events, operations] = [0, 0, 0, 0];
  for (const seed of options.seeds) {
    const { scenario, randomOf, minutes } = options;
    const drawn = drawPlan(scenario, randomOf(seed), minutes);
    const plan = options.kept === undefined ? drawn : reduce(drawn, options.kept);
    const outcome = await runPlan(options, seed, plan);
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
    violations.push(...(await violationsOf(options, seed, plan, outcome)));
    options.onSeed?.(seed, outcome);
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
    violations,
  };
}

/** What a seed decides; `random` is the stream of the seed. */
export function drawPlan(scenario: Scenario, random: RandomStream, minutes: number): Plan {
  return scenario.draw(random.split("plan"), minutes * MS_PER_MINUTE);
}

function runPlan(
  { scenario, randomOf, planted }: SimulationOptions,
  seed: number,
  plan: Plan,
): Promise<Outcome> {
  return scenario.run(plan, randomOf(seed).split("run"), planted);
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
    const fails = async (smaller: Plan): Promise<boolean> => {
      if (options.isInterrupted?.() === true) return false;
      const { verdicts } = await runPlan(options, seed, smaller);
      return verdicts.some((it) => it.checker === checker && it.violations.length > 0);
    };
    const isWhole = options.kept === undefined && options.shrinkAttemptsMax > 0;
    const shrunk = isWhole ? await shrink(plan, fails, options.shrinkAttemptsMax) : undefined;
    found.push({ checker, seed, message: first.message, plan, kept: shrunk?.kept });
  }
  return found;
}

function addUp(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}
