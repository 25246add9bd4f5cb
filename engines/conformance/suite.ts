// The conformance suite: every engine is run through it, ours, the adapters, and the user's own.
//
// Steps: each case asks whether the manifest makes it apply; when it does, it runs on folders of
// its own; one result a case. Nothing here knows a test framework.

import type { EngineModule } from "../engine.ts";
import { basicsCases } from "./basics.ts";
import { batchesCases } from "./batches.ts";
import { type ConformanceCase, inapplicable } from "./case.ts";
import { CaseContext, type ConformanceOptions } from "./context.ts";
import { crashCases } from "./crash.ts";
import { cursorsCases } from "./cursors.ts";
import { errorsCases } from "./errors.ts";
import { describeError } from "./expect.ts";
import { limitsCases } from "./limits.ts";
import { lockingCases } from "./locking.ts";
import { maintenanceCases } from "./maintenance.ts";
import { randomizedCases } from "./randomized.ts";
import { reopenCases } from "./reopen.ts";
import { scansCases } from "./scans.ts";
import { snapshotsCases } from "./snapshots.ts";

export type { ConformanceCase } from "./case.ts";
export type { ConformanceOptions } from "./context.ts";

export type ConformanceResult =
  | { readonly name: string; readonly outcome: "passed" }
  | { readonly name: string; readonly outcome: "failed"; readonly message: string }
  | { readonly name: string; readonly outcome: "not-applicable"; readonly reason: string };

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
    ...lockingCases,
    ...randomizedCases,
    ...crashCases,
  ];
}

/** Runs one case. Throws nothing: a failure is in the result. */
export async function runConformanceCase(
  one: ConformanceCase,
  module: EngineModule,
  options: ConformanceOptions,
): Promise<ConformanceResult> {
  const { name } = one;
  const reason = inapplicable(one, module.supports, options);
  if (reason !== undefined) return { name, outcome: "not-applicable", reason };
  const context = new CaseContext(module, options, name);
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
  if (failure === undefined) return { name, outcome: "passed" };
  return { name, outcome: "failed", message: describeError(failure) };
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
