// `ringbench sim`: a cluster in virtual time, with faults, judged by checkers, repeated by seed.

import { Command } from "commander";
import type { Scenario } from "../../cluster/simulation/scenario.ts";
import { SCENARIOS } from "../../cluster/simulation/scenarios.ts";
import { type Kept, keepAll } from "../../cluster/simulation/shrink.ts";
import { drawPlan } from "../../cluster/simulation/simulate.ts";
import { Random } from "../../workloads/random.ts";
import type { CliContext } from "./context.ts";
import { parseIndexes } from "./index-list.ts";
import { parseCount, parseNumber } from "./numbers.ts";
import { simJsonSchema } from "./sim-document.ts";
import { checkHistories } from "./sim-histories.ts";
import type { SimTask } from "./sim-messages.ts";
import { onlyFlags, simDocument } from "./sim-result.ts";
import { runSimulation } from "./sim-run.ts";
import { simText } from "./sim-text.ts";
import { Exit, oneOf, UsageError } from "./usage.ts";

/**
 * What clients saw in a seed is kept until it is judged, and what judges keep and do grows with its
 * square: so many minutes take about a gigabyte and a minute of judging in the busiest scenario.
 */
const MINUTES_MAX = 30;

const EXAMPLE = `
Scenarios:
${SCENARIOS.map(scenarioText).join("\n")}

Examples:
  $ ringbench sim --seed 7
  $ ringbench sim --seeds 100 --scenario register --minutes 2 --json
  $ ringbench sim --seeds 100 --first-seed 101
  $ ringbench sim --seeds 12 --plant ack-before-durable
  $ ringbench sim --scenario lost-actor-state --seeds 20 --plant no-epochs
  $ ringbench sim --scenario cap
  $ ringbench sim --scenario register --histories h && \\
      ringbench check-history h/history-1.jsonl --model register --format jsonl

Exit code 1 when a promise was broken. The same seed gives the same run and the same digest on
every machine; a violation is printed with the command that repeats it, and with one that
repeats as little of it as still fails.`;

interface SimFlags {
  readonly seed?: string;
  readonly seeds?: string;
  readonly firstSeed?: string;
  readonly scenario: string;
  readonly minutes: string;
  readonly plant?: string;
  readonly shrink: string;
  readonly onlyFaults?: string;
  readonly onlyOperations?: string;
  readonly histories?: string;
  readonly json?: true;
  readonly schema?: true;
}

export function simVerb(context: CliContext, done: (exit: Exit) => void): Command {
  return new Command("sim")
    .description("run a cluster in virtual time, with faults, and judge what clients saw")
    .option("--seed <n>", "the seed to run (default: 1)")
    .option("--seeds <n>", "run so many seeds, from 1 on")
    .option("--first-seed <n>", "with --seeds: from this one on")
    .option("--scenario <name>", "what is run", SCENARIOS[0]!.name)
    .option("--minutes <n>", `virtual minutes of faults a seed, up to ${MINUTES_MAX}`, "1")
    .option("--plant <bug>", "a bug of the scenario, to see that it is caught")
    .option("--shrink <n>", "runs that may be spent to make a failing one smaller", "200")
    .option("--only-faults <list>", "only these faults of the seed: 0,3-7 or none")
    .option("--only-operations <list>", "only these operations of the seed")
    .option("--histories <dir>", "write what clients saw, one file a seed, for check-history")
    .option("--json", "one JSON document on standard output")
    .option("--schema", "print the JSON Schema of that document, and nothing else")
    .addHelpText("after", EXAMPLE)
    .action(async (flags: SimFlags) => {
      if (flags.schema) {
        context.out(`${JSON.stringify(simJsonSchema(), null, 2)}\n`);
        return;
      }
      done(await sim(context, flags));
    });
}

async function sim(context: CliContext, flags: SimFlags): Promise<Exit> {
  const names = SCENARIOS.map(({ name }) => name);
  const name = oneOf("--scenario", flags.scenario, names);
  const scenario = SCENARIOS.find((it) => it.name === name)!;
  const { firstSeed, seeds } = seedsOf(flags);
  const planted = plantedOf(scenario, flags.plant);
  const minutes = minutesOf(flags.minutes);
  const kept = keptOf(flags, scenario, { firstSeed, seeds, minutes });
  const shrinkAttemptsMax = parseCount("--shrink", flags.shrink, { min: 0, max: 1_000_000 });
  checkHistories(flags.histories, firstSeed, seeds);
  const task: SimTask = {
    ...{ scenario: name, firstSeed, seeds, minutes, planted, kept, shrinkAttemptsMax },
    histories: flags.histories,
  };
  const startNs = context.clock.now();
  const end = await runSimulation(context, task);
  if (end.kind === "failed") {
    context.warn(end.failure.line);
    return end.failure.exit;
  }
  const realSeconds = (context.clock.now() - startNs) / 1e9;
  const command = `${context.program} sim --scenario ${name} --minutes ${minutes}`;
  const planting = planted === undefined ? "" : ` --plant ${planted}`;
  const only = kept === undefined ? "" : onlyFlags(kept);
  const around = { realSeconds, command, flags: `${planting}${only}`, task };
  const document = simDocument(scenario, end.result, around);
  context.out(flags.json ? `${JSON.stringify(document)}\n` : simText(document));
  if (document.partial) return Exit.interrupted;
  if (document.violations.length > 0) return Exit.bad;
  if (document.operations > 0) return Exit.ok;
  context.warn("nothing came out to judge: no client asked for anything");
  return Exit.cannotTell;
}

function minutesOf(text: string): number {
  const minutes = parseNumber("--minutes", text, { min: 0.01 });
  if (minutes <= MINUTES_MAX) return minutes;
  throw new UsageError(
    `--minutes ${text}: at most ${MINUTES_MAX} for one seed, since judges hold in memory all ` +
      "that clients saw of it; run more --seeds instead",
  );
}

function seedsOf({ seed, seeds, firstSeed }: SimFlags): { firstSeed: number; seeds: number } {
  if (seeds === undefined) {
    if (firstSeed !== undefined) throw new UsageError("--first-seed needs --seeds: how many");
    return { firstSeed: parseCount("--seed", seed ?? "1", { min: 0 }), seeds: 1 };
  }
  if (seed !== undefined) {
    throw new UsageError("--seed runs one seed and --seeds many: give one of them");
  }
  const count = parseCount("--seeds", seeds, { min: 1, max: 10_000_000 });
  const max = Number.MAX_SAFE_INTEGER - count;
  const first = parseCount("--first-seed", firstSeed ?? "1", { min: 0, max });
  return { firstSeed: first, seeds: count };
}

function plantedOf(scenario: Scenario, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const names = scenario.bugs.map((bug) => bug.name);
  const others = SCENARIOS.filter(({ bugs }) => bugs.some((bug) => bug.name === name));
  if (names.includes(name) || others.length === 0) return oneOf("--plant", name, names);
  const all = others.map((other) => other.name).join(" or ");
  const message = `--plant ${name} is no bug of ${scenario.name}: add --scenario ${all}`;
  throw new UsageError(message);
}

/** Throws UsageError for an index that the plan of the seed does not have. */
function keptOf(
  { onlyFaults, onlyOperations }: SimFlags,
  scenario: Scenario,
  { firstSeed, seeds, minutes }: Pick<SimTask, "firstSeed" | "seeds" | "minutes">,
): Kept | undefined {
  if (onlyFaults === undefined && onlyOperations === undefined) return undefined;
  if (seeds > 1) throw new UsageError("--only-faults and --only-operations need one --seed");
  const all = keepAll(drawPlan(scenario, new Random(firstSeed), minutes));
  const pick = (flag: string, text: string | undefined, of: readonly number[]) => {
    if (text === undefined) return of;
    const indexes = parseIndexes(flag, text);
    const last = indexes.at(-1) ?? -1;
    if (last < of.length) return indexes;
    const has = `the plan of seed ${firstSeed} has ${of.length}, numbered from 0`;
    throw new UsageError(`${flag} names ${last}, but ${has}: --minutes and --scenario as printed?`);
  };
  return {
    faults: pick("--only-faults", onlyFaults, all.faults),
    operations: pick("--only-operations", onlyOperations, all.operations),
  };
}

function scenarioText({ name, description, bugs }: Scenario): string {
  const lines = [`  ${name}: ${description}`];
  for (const bug of bugs) lines.push(`    --plant ${bug.name}: ${bug.description}`);
  return lines.join("\n");
}
