// The order of rows in a result: as they were asked for, not as they happened to run.

import type { Row } from "../reports/result.ts";

/**
 * A copy by engine, then by benchmark, then by run. Names that are not listed come last, and rows
 * that are equal in all three stay as they were.
 */
export function orderRows(
  rows: readonly Row[],
  engines: readonly string[],
  benchmarks: readonly string[],
): Row[] {
  const place = (names: readonly string[], name: string) => {
    const index = names.indexOf(name);
    return index < 0 ? names.length : index;
  };
  return [...rows].sort(
    (a, b) =>
      place(engines, a.engine) - place(engines, b.engine) ||
      place(benchmarks, a.benchmark) - place(benchmarks, b.benchmark) ||
      a.run - b.run,
  );
}
