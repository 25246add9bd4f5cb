// The figures of each operation by name, as they stand in a row.

import { encodeBase64 } from "../reports/hdr/codec.ts";
import type { OperationResult } from "../reports/result.ts";
import { OUTCOME_NAMES } from "./outcome.ts";
import type { SeriesTotals } from "./series.ts";

/**
 * One for each operation that was seen, followed by its failures where those were timed.
 *
 * @param names of operations, by kind.
 * @param counts how often each outcome of each kind was seen, at `kind * outcomes + outcome`.
 */
export function operationResults(
  names: readonly string[],
  counts: Float64Array,
  totals: SeriesTotals,
): OperationResult[] {
  const results: OperationResult[] = [];
  for (const [kind, name] of names.entries()) {
    const returns = returnsOf(kind, counts);
    const count = Object.values(returns).reduce((sum, each) => sum + each, 0);
    if (count === 0) continue;
    results.push(operationResult(name, count, returns, totals));
    const failed = failureName(name);
    const failures = totals.services.get(failed)?.totalCount ?? 0;
    if (failures > 0) results.push(operationResult(failed, failures, {}, totals));
  }
  return results;
}

/** YCSB's name of what failed. */
export function failureName(operation: string): string {
  return `${operation}-FAILED`;
}

function returnsOf(kind: number, counts: Float64Array): Record<string, number> {
  const returns: Record<string, number> = {};
  for (const [outcome, name] of OUTCOME_NAMES.entries()) {
    const count = counts[kind * OUTCOME_NAMES.length + outcome]!;
    if (count > 0) returns[name] = count;
  }
  return returns;
}

function operationResult(
  operation: string,
  count: number,
  returns: Record<string, number>,
  totals: SeriesTotals,
): OperationResult {
  const result: OperationResult = { operation, count, returns };
  const service = totals.services.get(operation);
  if (service !== undefined && service.totalCount > 0) {
    result.service = service.summary();
    result.serviceHistogram = encodeBase64(service);
  }
  const response = totals.responses.get(operation);
  if (response !== undefined && response.totalCount > 0) {
    result.response = response.summary();
    result.responseHistogram = encodeBase64(response);
  }
  return result;
}
