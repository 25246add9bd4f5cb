// `ringbench sim`: a cluster in virtual time, with faults, judged by checkers, repeated by seed.

import fs from "node:fs";
import path from "node:path";
import { Command } from "commander";
import type { HistoryEvent } from "../../cluster/checking/history.ts";
import { describeFault } from "../../cluster/simulation/fault.ts";
import type { Scenario } from "../../cluster/simulation/scenario.ts";
import { SCENARIOS } from "../../cluster/simulation/scenarios.ts";
import { type Kept, keepAll, reduce } from "../../cluster/simulation/shrink.ts";
import {
  drawPlan,
  type SimulationResult,
  type SimulationViolation,
  simulate,
} from "../../cluster/simulation/simulate.ts";
import { unknownName } from "../../workloads/nearest.ts";
import { Random } from "../../workloads/random.ts";
import type { CliContext } from "./context.ts";
import { checkFolder } from "./files.ts";
import { formatIndexes, parseIndexes } from "./index-list.ts";
import { Interrupt } from "./interrupt.ts";
import { parseCount, parseNumber } from "./numbers.ts";
import { type SimDocument, simJsonSchema } from "./sim-document.ts";
import { simText } from "./sim-text.ts";
import { Exit, UsageError } from "./usage.ts";

const EXAMPLE = `
Scenarios:
${SCENARIOS.map(scenarioText).join("\n")}

Examples:
  $ ringbench sim --seed 7
  $ ringbench sim --seeds 100 --scenario register --minutes 2 --json
  $ ringbench sim --seed 7 --plant ack-before-sync
  $ ringbench sim --scenario lost-actor-state --seeds 20 --plant no-epochs
  $ ringbench sim --seed 7 --histories h && ringbench check-history h/history-7.jsonl \\
      --model register --format jsonl

Exit code 1 when a promise was broken. The same seed gives the same run and the same digest on
every machine; a violation is printed with the command that repeats it, and with one that
repeats as little of it as still fails.`;

interface SimFlags {
  readonly seed?: string;
  readonly seeds?: string;
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
    .option("--seeds <n>", "run the seeds 1 to n")
    .option("--scenario <name>", "what is run", SCENARIOS[0]!.name)
    .option("--minutes <n>", "virtual minutes of faults, for each seed", "1")
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
  const scenario = scenarioOf(flags.scenario);
  const seeds = seedsOf(flags);
  const planted = plantedOf(scenario, flags.plant);
  const minutes = parseNumber("--minutes", flags.minutes, { min: 0.01, max: 100_000 });
  const kept = keptOf(flags, scenario, seeds, minutes);
  checkFolder("--histories", flags.histories);
  const interrupt = new Interrupt(context);
  const startNs = context.clock.now();
  let result: SimulationResult;
  try {
    result = await simulate({
      scenario,
      seeds,
      minutes,
      ...(planted === undefined ? {} : { planted }),
      ...(kept === undefined ? {} : { kept }),
      shrinkAttemptsMax: parseCount("--shrink", flags.shrink, { min: 0, max: 1_000_000 }),
      randomOf: (seed) => new Random(seed),
      onSeed: (seed, { verdicts, history }) => {
        writeHistory(flags.histories, seed, history);
        const broken = verdicts.filter(({ violations }) => violations.length > 0);
        for (const { checker } of broken) context.warn(`seed ${seed}: ${checker} is violated`);
        if (seed % 10 === 0 && seeds.length > 1) {
          context.stderr.write(`${seed} of ${seeds.length} seeds\n`);
        }
      },
      isInterrupted: () => interrupt.signal.aborted,
    });
  } finally {
    interrupt.close();
  }
  const realSeconds = (context.clock.now() - startNs) / 1e9;
  const command = `ringbench sim --scenario ${scenario.name} --minutes ${minutes}`;
  const planting = planted === undefined ? "" : ` --plant ${planted}`;
  const only = kept === undefined ? "" : onlyFlags(kept);
  const around = { realSeconds, command, flags: `${planting}${only}`, seeds };
  const document = documentOf(scenario, result, around);
  context.out(flags.json ? `${JSON.stringify(document)}\n` : simText(document));
  if (document.partial) return Exit.interrupted;
  return document.violations.length > 0 ? Exit.bad : Exit.ok;
}

/** One line an event, as `check-history --format jsonl` reads it. */
function writeHistory(
  dir: string | undefined,
  seed: number,
  history: readonly HistoryEvent[],
): void {
  if (dir === undefined) return;
  fs.mkdirSync(dir, { recursive: true });
  const lines = history.map((event) => `${JSON.stringify(event)}\n`);
  fs.writeFileSync(path.join(dir, `history-${seed}.jsonl`), lines.join(""));
}

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((it) => it.name === name);
  const names = SCENARIOS.map((it) => it.name);
  if (scenario === undefined) throw new UsageError(unknownName("--scenario", name, names));
  return scenario;
}

function seedsOf(flags: SimFlags): number[] {
  if (flags.seed !== undefined && flags.seeds !== undefined) {
    throw new UsageError("--seed runs one seed and --seeds many: give one of them");
  }
  if (flags.seeds === undefined) {
    return [parseCount("--seed", flags.seed ?? "1", { min: 0 })];
  }
  const count = parseCount("--seeds", flags.seeds, { min: 1, max: 10_000_000 });
  return Array.from({ length: count }, (_, i) => i + 1);
}

function plantedOf(scenario: Scenario, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const names = scenario.bugs.map((bug) => bug.name);
  if (!names.includes(name)) throw new UsageError(unknownName("--plant", name, names));
  return name;
}

/** Throws UsageError for an index that the plan of the seed does not have. */
function keptOf(
  { onlyFaults, onlyOperations }: SimFlags,
  scenario: Scenario,
  seeds: readonly number[],
  minutes: number,
): Kept | undefined {
  if (onlyFaults === undefined && onlyOperations === undefined) return undefined;
  if (seeds.length > 1) throw new UsageError("--only-faults and --only-operations need one --seed");
  const all = keepAll(drawPlan(scenario, new Random(seeds[0]!), minutes));
  const pick = (flag: string, text: string | undefined, of: readonly number[]) => {
    if (text === undefined) return of;
    const indexes = parseIndexes(flag, text);
    const last = indexes.at(-1) ?? -1;
    if (last < of.length) return indexes;
    const has = `the plan of seed ${seeds[0]} has ${of.length}, numbered from 0`;
    throw new UsageError(`${flag} names ${last}, but ${has}: --minutes and --scenario as printed?`);
  };
  return {
    faults: pick("--only-faults", onlyFaults, all.faults),
    operations: pick("--only-operations", onlyOperations, all.operations),
  };
}

interface Around {
  readonly realSeconds: number;
  readonly command: string;
  readonly flags: string;
  readonly seeds: readonly number[];
}

function documentOf(scenario: Scenario, result: SimulationResult, around: Around): SimDocument {
  const { realSeconds, seeds } = around;
  return {
    schemaVersion: 1,
    scenario: scenario.name,
    seeds: result.seeds,
    digest: result.digest,
    virtualHours: result.virtualHours,
    events: result.events,
    operations: result.operations,
    faultsByKind: result.faultsByKind,
    envelope: result.envelope,
    violations: result.violations.map((violation) => violationOf(violation, around)),
    figures: {
      checked: result.checked,
      marks: result.marks,
      eventsPerSec: Math.round(result.events / realSeconds),
      realSeconds,
    },
    partial: result.seeds < seeds.length,
  };
}

function violationOf(
  { checker, seed, message, plan, kept }: SimulationViolation,
  { command, flags }: Around,
): SimDocument["violations"][number] {
  const replay = `${command} --seed ${seed}${flags}`;
  if (kept === undefined) return { checker, seed, message, replay };
  return {
    checker,
    seed,
    message,
    replay,
    shrunk: {
      faults: kept.faults.length,
      ofFaults: plan.faults.length,
      operations: kept.operations.length,
      ofOperations: plan.operations.length,
      replay: `${replay}${onlyFlags(kept)}`,
      schedule: reduce(plan, kept).faults.map(describeFault),
    },
  };
}

function onlyFlags({ faults, operations }: Kept): string {
  const list = formatIndexes(operations);
  return ` --only-faults ${formatIndexes(faults)} --only-operations ${list}`;
}

function scenarioText({ name, description, bugs }: Scenario): string {
  const lines = [`  ${name}: ${description}`];
  for (const bug of bugs) lines.push(`    --plant ${bug.name}: ${bug.description}`);
  return lines.join("\n");
}
