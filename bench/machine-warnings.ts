// What makes the figures of a machine doubtful.

import type { Environment } from "../reports/result.ts";

/** File systems in memory: nothing on them outlives a power failure. */
const IN_MEMORY: ReadonlySet<string> = new Set(["tmpfs", "ramfs"]);

/** What a reader of the figures must know, one line each. */
export function warningsOf(facts: Omit<Environment, "warnings">): string[] {
  const warnings: string[] = [];
  if (facts.governor !== undefined && facts.governor !== "performance") {
    warnings.push(`the CPU governor is ${facts.governor}: the clock rate follows the load`);
  }
  if (facts.loadAverage > facts.cores / 2) {
    const load = facts.loadAverage.toFixed(1);
    warnings.push(
      `the machine was busy before the run: load average ${load} on ${facts.cores} cores`,
    );
  }
  if (facts.cores === 1) {
    warnings.push("one core: background work of the engines takes turns with the load generator");
  }
  if (facts.fileSystem !== undefined && IN_MEMORY.has(facts.fileSystem)) {
    warnings.push(`the data lies on ${facts.fileSystem}: no durability level means anything there`);
  }
  if (facts.clockStepNs > 1000) {
    warnings.push(`the clock moves in steps of ${Math.round(facts.clockStepNs)} ns`);
  }
  if (facts.gitDirty === true) warnings.push("the checkout differs from its commit");
  return warnings;
}
