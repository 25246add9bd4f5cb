// The conformance suite: every engine is run through it, ours, the adapters, and the user's own.
//
// Steps: each case asks whether the manifest makes it apply; when it does, it runs on folders of
// its own; one result a case. Nothing here knows a test framework.

import type { EngineModule } from "../engine.ts";
import { basicsCases } from "./basics.ts";
import { batchesCases } from "./batches.ts";
import { type ConformanceCase, claimsOf, inapplicable } from "./case.ts";
import { CaseContext, type ConformanceOptions } from "./context.ts";
import { crashCases } from "./crash.ts";
import { cursorsCases } from "./cursors.ts";
import { damageCases } from "./damage.ts";
import { durabilityCases } from "./durability.ts";
import { errorsCases } from "./errors.ts";
import { CannotTell, describeError } from "./expect.ts";
import { limitsCases } from "./limits.ts";
import { lockingCases } from "./locking.ts";
import { maintenanceCases } from "./maintenance.ts";
import { randomizedCases } from "./randomized.ts";
import { reopenCases } from "./reopen.ts";
import type { Rule } from "./rule.ts";
import { scansCases } from "./scans.ts";
import { snapshotsCases } from "./snapshots.ts";
import { statsCases } from "./stats.ts";

export type { ConformanceCase } from "./case.ts";
export type { ConformanceOptions } from "./context.ts";
export { RULES, type Rule } from "./rule.ts";

/** What every result says of its case. */
interface JudgedCase {
  readonly name: string;
  /** The rule of the contract that the case tests; `RULES` has it in words. */
  readonly rule: Rule;
  /** Claims of the manifest that it tests: "scanIsolation", "durability sync". */
  readonly claims: readonly string[];
}

/** `not-applicable`: not claimed, or not to be seen from outside of this engine. */
export type ConformanceResult = JudgedCase &
  (
    | { readonly outcome: "passed" }
    | { readonly outcome: "failed"; readonly message: string }
    | { readonly outcome: "not-applicable"; readonly reason: string }
  );

export interface ConformanceReport {
  readonly engine: string;
  readonly version: string;
  readonly seed: number;
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  /** In the order of the suite. */
  readonly results: readonly ConformanceResult[];
}

/** All cases, in the order in which they run: simple ones first. */
export function conformanceCases(): readonly ConformanceCase[] {
  return [
    ...errorsCases,
    ...basicsCases,
    ...limitsCases,
    ...batchesCases,
    ...scansCases,
    ...cursorsCases,
    ...snapshotsCases,
    ...reopenCases,
    ...maintenanceCases,
    ...statsCases,
    ...lockingCases,
    ...damageCases,
    ...durabilityCases,
    ...randomizedCases,
    ...crashCases,
  ];
}

/** What a result says of the case, whatever comes of it. */
export function judgedCase(one: ConformanceCase): JudgedCase {
  return { name: one.name, rule: one.rule, claims: claimsOf(one) };
}

/** Runs one case. Throws nothing: a failure is in the result. */
export async function runConformanceCase(
  one: ConformanceCase,
  module: EngineModule,
  options: ConformanceOptions,
): Promise<ConformanceResult> {
  const judged = judgedCase(one);
  const reason = inapplicable(one, module.supports, options);
  if (reason !== undefined) return { ...judged, outcome: "not-applicable", reason };
  const context = new CaseContext(module, options, one.name);
  let failure: unknown;
  try {
    await one.run(context);
  } catch (error) {
    failure = error;
  }
  try {
    await context.finish();
  } catch (error) {
    failure ??= error;
  }
  if (failure === undefined) return { ...judged, outcome: "passed" };
  if (failure instanceof CannotTell) {
    return { ...judged, outcome: "not-applicable", reason: failure.message };
  }
  return { ...judged, outcome: "failed", message: describeError(failure) };
}

/**
 * Runs the whole suite on an engine, one case after the other. `onResult` is told of each.
 * Throws nothing: failures are in the report.
 */
export async function runConformance(
  module: EngineModule,
  options: ConformanceOptions,
  onResult: (result: ConformanceResult) => void = () => {},
): Promise<ConformanceReport> {
  const results: ConformanceResult[] = [];
  for (const one of conformanceCases()) {
    const result = await runConformanceCase(one, module, options);
    results.push(result);
    onResult(result);
  }
  const count = (outcome: ConformanceResult["outcome"]): number =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    engine: module.name,
    version: module.version(),
    seed: options.seed ?? 1,
    passed: count("passed"),
    failed: count("failed"),
    notApplicable: count("not-applicable"),
    results,
  };
}
