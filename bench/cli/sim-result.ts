// From what a simulation came to, to the document of `sim`.

import { describeFault } from "../../cluster/simulation/fault.ts";
import type { Measures } from "../../cluster/simulation/measures.ts";
import type { Scenario } from "../../cluster/simulation/scenario.ts";
import { type Kept, reduce } from "../../cluster/simulation/shrink.ts";
import type { SimulationResult, SimulationViolation } from "../../cluster/simulation/simulate.ts";
import { formatIndexes } from "./index-list.ts";
import type { SimDocument } from "./sim-document.ts";
import { historyLines } from "./sim-histories.ts";
import type { SimTask } from "./sim-messages.ts";

export interface SimCommand {
  readonly realSeconds: number;
  /** The command of this run without its seed, and flags that come after it. */
  readonly command: string;
  readonly flags: string;
  /** What was to run. */
  readonly task: Pick<SimTask, "firstSeed" | "seeds" | "minutes" | "planted">;
}

export function simDocument(
  scenario: Scenario,
  result: SimulationResult,
  around: SimCommand,
): SimDocument {
  const { realSeconds, task } = around;
  const { firstSeed, minutes, planted } = task;
  const runSeconds = result.runNs / 1e9;
  return {
    schemaVersion: 1,
    scenario: scenario.name,
    firstSeed,
    seeds: result.seeds,
    minutes,
    ...(planted === undefined ? {} : { planted }),
    digest: result.digest,
    virtualHours: result.virtualHours,
    events: result.events,
    operations: result.operations,
    faultsByKind: result.faultsByKind,
    envelope: result.envelope,
    used: { ...result.used },
    violations: result.violations.map((violation) => violationOf(violation, around)),
    figures: {
      // Without a whole seed there is nothing that they could be figures of.
      ...(result.seeds === 0 ? {} : scenario.figures?.(result.measures.counts ?? {})),
      checked: result.checked,
      marks: result.marks,
      ...measuredOf(result.measures),
      eventsPerSec: runSeconds === 0 ? 0 : Math.round(result.events / runSeconds),
      realSeconds,
      runSeconds,
    },
    partial: result.seeds < task.seeds,
  };
}

function measuredOf({
  guarantees,
  lostUpdates,
}: Measures): Pick<SimDocument["figures"], "guarantees" | "lostUpdates"> {
  const rated = Object.entries(guarantees ?? {}).map(([name, { checked, violated }]) => {
    return [name, { checked, violated, rate: checked === 0 ? 0 : violated / checked }] as const;
  });
  return {
    ...(guarantees === undefined ? {} : { guarantees: Object.fromEntries(rated) }),
    ...(lostUpdates === undefined ? {} : { lostUpdates }),
  };
}

function violationOf(
  { checker, seed, message, plan, kept, isShrinkStopped, shown }: SimulationViolation,
  { command, flags }: SimCommand,
): SimDocument["violations"][number] {
  const replay = `${command} --seed ${seed}${flags}`;
  const violation = { checker, seed, message, replay };
  if (shown === undefined) return violation;
  const history = [...historyLines(shown.history, shown.events)];
  if (kept === undefined) return { ...violation, history };
  return {
    ...violation,
    shrunk: {
      faults: kept.faults.length,
      ofFaults: plan.faults.length,
      operations: kept.operations.length,
      ofOperations: plan.operations.length,
      replay: `${replay}${onlyFlags(kept)}`,
      schedule: reduce(plan, kept).faults.map(describeFault),
      stopped: isShrinkStopped,
      message: shown.message,
      history,
    },
  };
}

/** What a command takes to run these alone. */
export function onlyFlags({ faults, operations }: Kept): string {
  const list = formatIndexes(operations);
  return ` --only-faults ${formatIndexes(faults)} --only-operations ${list}`;
}
