// From an error to one line on standard error and an exit code.

import { CommanderError } from "commander";
import { EngineError, type EngineErrorCode } from "../../engines/errors.ts";
import { HistogramError } from "../../reports/hdr/errors.ts";
import { ReportError } from "../../reports/report-error.ts";
import { WorkloadError, type WorkloadErrorCode } from "../../workloads/errors.ts";
import { Exit, UsageError } from "./usage.ts";

const ENGINE_USAGE: ReadonlySet<EngineErrorCode> = new Set([
  "ENGINE_UNKNOWN",
  "ENGINE_OPTION",
  "ENGINE_UNSUPPORTED",
]);

/** These two happen while a workload runs; the others are about what the user wrote. */
const WORKLOAD_FAILURES: ReadonlySet<WorkloadErrorCode> = new Set([
  "WORKLOAD_WINDOW_FULL",
  "WORKLOAD_RECORD",
]);

export interface Failure {
  readonly exit: Exit;
  /** One line, without the program's name. */
  readonly line: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) return { exit: Exit.usage, line: error.message };
  if (error instanceof CommanderError) {
    return { exit: Exit.usage, line: oneLine(error.message.replace(/^error: /, "")) };
  }
  if (error instanceof WorkloadError) {
    const exit = WORKLOAD_FAILURES.has(error.code) ? Exit.failed : Exit.usage;
    return { exit, line: oneLine(error.message) };
  }
  if (error instanceof EngineError) {
    const exit = ENGINE_USAGE.has(error.code) ? Exit.usage : Exit.failed;
    return { exit, line: engineLine(error) };
  }
  if (error instanceof ReportError || error instanceof HistogramError) {
    return { exit: Exit.failed, line: oneLine(`${error.code}: ${error.message}`) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exit: Exit.failed, line: oneLine(`failed: ${message}`) };
}

/** Code, file and offset, each once, and the message. */
export function engineLine(error: EngineError): string {
  const file = error.file === undefined || error.message.includes(error.file) ? "" : error.file;
  const offset = error.offset === undefined ? "" : `offset ${error.offset}`;
  const where = error.message.includes(offset) ? file : [file, offset].filter(Boolean).join(", ");
  return oneLine(`${error.code}: ${error.message}${where === "" ? "" : ` (${where})`}`);
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, "; ").trim();
}
