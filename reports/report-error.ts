// Errors of reports that a user can meet. Dispatch on `code`, never on the message.

/**
 * - `REPORT_JSON`: the text is not JSON.
 * - `REPORT_VERSION`: JSON of another schema version, or of no result at all.
 * - `REPORT_SCHEMA`: a field is absent or not what it must be; `field` names it.
 * - `REPORT_HISTOGRAM`: a histogram in the result cannot be decoded; `field` names it.
 */
export type ReportErrorCode =
  | "REPORT_JSON"
  | "REPORT_VERSION"
  | "REPORT_SCHEMA"
  | "REPORT_HISTOGRAM";

export class ReportError extends Error {
  readonly code: ReportErrorCode;
  /** Path of the field in the result, as `rows[3].opsPerSec`; absent when it is not about one. */
  readonly field: string | undefined;

  constructor(code: ReportErrorCode, message: string, field?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ReportError";
    this.code = code;
    this.field = field;
  }
}
