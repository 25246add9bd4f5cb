// Runs a scenario over seeds, without making a failing plan smaller unless it is asked for.

import type { Scenario } from "../../../cluster/simulation/scenario.ts";
import {
  type SimulationOptions,
  type SimulationResult,
  simulate,
} from "../../../cluster/simulation/simulate.ts";
import { Random } from "../../../workloads/random.ts";

export const isNightly = process.env.RINGBENCH_NIGHTLY === "1";

export function runScenario(
  scenario: Scenario,
  options: Partial<SimulationOptions> & Pick<SimulationOptions, "seeds" | "minutes">,
): Promise<SimulationResult> {
  const randomOf = (seed: number): Random => new Random(seed);
  return simulate({ scenario, shrinkAttemptsMax: 0, randomOf, ...options });
}

/** 1 to `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
