// What every verb that measures does at the end: print, write the report, choose the exit code.

import { ioError } from "../../engines/errors.ts";
import { writeReport } from "../../reports/index.ts";
import type { Result } from "../../reports/result.ts";
import type { CliContext } from "./context.ts";
import { failureOf } from "./failure.ts";
import { histogramText } from "./histogram-text.ts";
import { resultTable } from "./table.ts";
import { Exit } from "./usage.ts";

export interface Conclusion {
  readonly result: Result;
  /** What ended the run early, other than the user. */
  readonly failure: unknown;
  readonly interrupted: boolean;
  /** All that was asked for is optional and not installed. */
  readonly isAllAbsent: boolean;
  readonly json: boolean;
  /** Print the latencies of every row behind the table. */
  readonly histogram?: boolean;
  /** Where the report goes; undefined: nowhere. */
  readonly out: string | undefined;
}

export function conclude(context: CliContext, conclusion: Conclusion): Exit {
  const { result, failure, interrupted, out } = conclusion;
  if (conclusion.json) context.out(`${JSON.stringify(result)}\n`);
  else if (result.rows.length > 0) {
    context.out(`${resultTable(result)}\n`);
    if (conclusion.histogram === true) context.out(histogramText(result));
  }
  if (out !== undefined) {
    // Last: a full disk must not cost what was printed.
    try {
      const html = saveReport(out, result);
      if (conclusion.json) context.warn(`report: ${html}`);
      else context.out(`report: ${html}\n`);
    } catch (error) {
      if (failure === undefined) throw error;
      context.warn(failureOf(error).line);
    }
  }
  const nothing = result.rows.length === 0 && failure === undefined && !interrupted;
  if (nothing && !conclusion.isAllAbsent) {
    context.warn("nothing was run: there is no row, and so no answer");
    return Exit.cannotTell;
  }
  return exitOf(context, result, failure, interrupted);
}

/** Writes the report. Returns the path of its page; throws ENGINE_IO or ENGINE_NO_SPACE. */
export function saveReport(out: string, result: Result): string {
  try {
    return writeReport(out, [result]).html;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw ioError(error, `cannot write the report to --out ${out}`);
  }
}

/** The exit code; says in one line why it is not 0. */
export function exitOf(
  context: CliContext,
  result: Result,
  failure: unknown,
  interrupted: boolean,
): Exit {
  if (failure !== undefined) {
    context.warn(failureOf(failure).line);
    return Exit.failed;
  }
  if (interrupted) {
    context.warn("interrupted: the result is partial");
    return Exit.interrupted;
  }
  const failed = result.rows.filter((row) => row.errors > 0);
  if (failed.length === 0) return Exit.ok;
  const errors = failed.reduce((sum, row) => sum + row.errors, 0);
  const { engine, benchmark, errorSamples } = failed[0]!;
  const sample = errorSamples?.[0] ?? "values that were read were not those that were written";
  context.warn(`${errors} operations failed, first in ${engine} ${benchmark}: ${sample}`);
  return Exit.failed;
}
