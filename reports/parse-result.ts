// From the text of a `result.json` to a Result that reports may trust, and the JSON Schema of it.

import { z } from "zod";
import { ReportError } from "./report-error.ts";
import { RESULT_SCHEMA_VERSION, type Result, resultSchema } from "./result.ts";

/**
 * Parses and checks the text of a result.
 *
 * Fields that the schema does not know are kept: additions are allowed within a schema version, and
 * a report that is built again must not lose them.
 *
 * @param text JSON.
 * @param source what messages call it, a file name for instance.
 * @throws ReportError with REPORT_JSON, REPORT_VERSION or REPORT_SCHEMA; the message is one line.
 */
export function parseResult(text: string, source = "result"): Result {
  const value = parseJson(text, source);
  checkVersion(value, source);
  const checked = resultSchema.safeParse(value);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    const field = fieldPath(issue?.path ?? []);
    const others = checked.error.issues.length - 1;
    const more = others > 0 ? ` (and ${others} more)` : "";
    const message = oneLine(issue?.message ?? "not a result");
    throw new ReportError("REPORT_SCHEMA", `${source}: ${field}: ${message}${more}`, field);
  }
  // The schema transforms nothing, so the value itself has the checked shape, additions included.
  return value as Result;
}

/** JSON Schema (draft 2020-12) of a result, for editors and for programs in other languages. */
export function resultJsonSchema(): Record<string, unknown> {
  // The input side: the output side would say that additions are forbidden.
  const schema = z.toJSONSchema(resultSchema, { io: "input" });
  return { title: "A result of ringbench", ...schema };
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = oneLine(error instanceof Error ? error.message : String(error));
    throw new ReportError("REPORT_JSON", `${source} is not JSON: ${reason}`, undefined, error);
  }
}

function checkVersion(value: unknown, source: string): void {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (version === RESULT_SCHEMA_VERSION) return;
  const found =
    version === undefined
      ? "has no schemaVersion: it is not a result of ringbench"
      : `has schemaVersion ${oneLine(JSON.stringify(version))}`;
  const message = `${source} ${found}; this ringbench reads version ${RESULT_SCHEMA_VERSION}`;
  throw new ReportError("REPORT_VERSION", message, "schemaVersion");
}

function fieldPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text === "" ? "the document" : text;
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > 200 ? `${flat.slice(0, 199)}…` : flat;
}
