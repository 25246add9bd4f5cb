// Errors of histograms and their files that a user can meet. Dispatch on `code`, never on the
// message.

/**
 * - `HDR_FORMAT`: bytes or text that are not a histogram, or a damaged one. Has `position`.
 * - `HDR_UNSUPPORTED`: a known kind of histogram that is not read here (floating-point ones).
 * - `HDR_RANGE`: a value or a count that the histogram, or a number, cannot hold.
 * - `HDR_OPTION`: a setting that is out of its range.
 * - `HDR_LOG`: a line of an interval log that cannot be read. Has `line`; `cause` when its
 *   histogram is the reason.
 */
export type HistogramErrorCode =
  | "HDR_FORMAT"
  | "HDR_UNSUPPORTED"
  | "HDR_RANGE"
  | "HDR_OPTION"
  | "HDR_LOG";

export interface HistogramErrorDetails {
  /** Offset of the damage: in bytes, or in characters where the input is base64. */
  readonly position?: number;
  /** 1-based number of the line in the interval log. */
  readonly line?: number;
  readonly cause?: unknown;
}

export class HistogramError extends Error {
  readonly code: HistogramErrorCode;
  readonly position: number | undefined;
  readonly line: number | undefined;

  constructor(code: HistogramErrorCode, message: string, details: HistogramErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "HistogramError";
    this.code = code;
    this.position = details.position;
    this.line = details.line;
  }
}

/** The error for damage: it always names the position. */
export function formatError(position: number, what: string, cause?: unknown): HistogramError {
  return new HistogramError("HDR_FORMAT", `not a histogram at position ${position}: ${what}`, {
    position,
    ...(cause === undefined ? {} : { cause }),
  });
}
