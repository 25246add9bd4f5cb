// From an error to one line on standard error and an exit code.

import { CommanderError } from "commander";
import { HistoryError } from "../../cluster/checking/history-error.ts";
import { ClusterError, type ClusterErrorCode } from "../../cluster/errors.ts";
import { RingError } from "../../cluster/ring/ring-error.ts";
import { StrayCallError } from "../../cluster/simulation/guard.ts";
import { VersioningError } from "../../cluster/versioning/errors.ts";
import { EngineError, type EngineErrorCode } from "../../engines/errors.ts";
import { HistogramError } from "../../reports/hdr/errors.ts";
import { ReportError } from "../../reports/report-error.ts";
import { WorkloadError, type WorkloadErrorCode } from "../../workloads/errors.ts";
import { LatencyFileError } from "../pbs/latency-file.ts";
import { Exit, UsageError } from "./usage.ts";

const ENGINE_USAGE: ReadonlySet<EngineErrorCode> = new Set([
  "ENGINE_UNKNOWN",
  "ENGINE_OPTION",
  "ENGINE_UNSUPPORTED",
]);

const CLUSTER_USAGE: ReadonlySet<ClusterErrorCode> = new Set([
  "CLUSTER_SETTINGS",
  "CLUSTER_KEYSPACE",
  "CLUSTER_CONTEXT",
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
  if (error instanceof ClusterError) {
    const exit = CLUSTER_USAGE.has(error.code) ? Exit.usage : Exit.failed;
    return { exit, line: codedLine(error) };
  }
  const given = [HistoryError, LatencyFileError, RingError].some((type) => error instanceof type);
  const isContext = error instanceof VersioningError && error.code === "VERSION_CONTEXT";
  if (given || isContext) return { exit: Exit.usage, line: codedLine(error as CodedError) };
  if (error instanceof VersioningError || error instanceof StrayCallError) {
    return { exit: Exit.failed, line: codedLine(error) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exit: Exit.failed, line: oneLine(`failed: ${message}`) };
}

type CodedError = Error & { readonly code: string };

function codedLine(error: CodedError): string {
  return oneLine(`${error.code}: ${error.message}`);
}

/** Code, file and offset, each once, and the message. */
function engineLine(error: EngineError): string {
  const file = error.file === undefined || error.message.includes(error.file) ? "" : error.file;
  const offset = error.offset === undefined ? "" : `offset ${error.offset}`;
  const place = error.code === "ENGINE_UNAVAILABLE" ? codePlace(error.cause) : "";
  const known = error.message.includes(offset) ? [file] : [file, offset];
  const where = [...known, place].filter(Boolean).join(", ");
  return oneLine(`${error.code}: ${error.message}${where === "" ? "" : ` (${where})`}`);
}

/**
 * Where code failed: file and line of what cannot be read, as Node puts them in front of the stack,
 * or else the first line of the stack that is not Node's own. Empty when nothing says it.
 */
function codePlace(error: unknown): string {
  if (!(error instanceof Error) || error.stack === undefined) return "";
  const lines = error.stack.split("\n");
  const unreadable = /^(?:file:\/\/)?(\/.*:\d+)$/.exec(lines[0]!);
  if (unreadable !== null) return `at ${unreadable[1]}`;
  const frame = lines.find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line) && !line.includes("node:"));
  return frame?.trim().replace("file://", "") ?? "";
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, "; ").trim();
}
