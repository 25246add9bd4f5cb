// HdrHistogram's interval logs (`.hlog`), read and written: one histogram a line, with its time.
//
//   #[StartTime: 1441812279.474 (seconds since epoch), ...]    comments start with #
//   "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
//   [Tag=name,]start,length,max,histogram in base64            times in seconds
//
// The clock of a log:
// 1. Timestamps are offsets from the `BaseTime` comment in force.
// 2. Without one they are offsets from the `StartTime` in force where they are more than a year
//    smaller than it, and seconds since the epoch otherwise.
// 3. The log starts at its first `StartTime`; where no such comment stands before the first
//    interval, at that interval.
//
// HdrHistogram's own reader ends silently at the first line that it cannot read. This one reports
// the line: half a log is not a log.

import { decodeBase64, encodeBase64 } from "./codec.ts";
import { HistogramError } from "./errors.ts";
import { formatFixed } from "./fixed.ts";
import type { Histogram } from "./histogram.ts";

const LOG_FORMAT_VERSION = "1.3";
const LEGEND = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"';
const SECONDS_PER_YEAR = 365 * 24 * 3600;
const NUMBER = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/;
const MS_PER_SECOND = 1000;

/** Nanoseconds to the milliseconds that the column Interval_Max is in. */
const DEFAULT_MAX_VALUE_RATIO = 1e6;

export interface LogFilter {
  /** In seconds after the start of the log; intervals that start at `from` or later are kept. */
  readonly fromSeconds?: number;
  /** In seconds after the start of the log; intervals that start at `to` or earlier are kept. */
  readonly toSeconds?: number;
  /** Only the intervals with this tag, or with null those without one. Absent: all. */
  readonly tag?: string | null;
}

export interface LogInterval {
  /** 1-based line in the log. */
  readonly line: number;
  readonly tag: string | null;
  /** From the start of the log to the start of the interval, to the microsecond. */
  readonly offsetSeconds: number;
  /** Start of the interval, since the epoch where the log says so. */
  readonly startSeconds: number;
  readonly lengthSeconds: number;
  /** The column Interval_Max, in the writer's unit; the histogram knows better. */
  readonly loggedMax: number;
  readonly histogram: Histogram;
}

interface LogLine {
  readonly tag: string | null;
  readonly timestamp: number;
  readonly lengthSeconds: number;
  readonly loggedMax: number;
  readonly payload: string;
}

function logError(line: number, what: string, cause?: unknown): HistogramError {
  return new HistogramError("HDR_LOG", `line ${line} of the interval log: ${what}`, {
    line,
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseNumber(text: string, name: string, line: number): number {
  if (!NUMBER.test(text)) throw logError(line, `${name} is ${JSON.stringify(text.slice(0, 40))}`);
  return Number(text);
}

/** The number of a `#[StartTime: ` or `#[BaseTime: ` comment; null for any other comment. */
function parseTimeComment(text: string, name: string, line: number): number | null {
  const prefix = `#[${name}: `;
  if (!text.startsWith(prefix)) return null;
  return parseNumber(text.slice(prefix.length).split(/[ \],]/, 1)[0]!, name, line);
}

function parseLine(text: string, line: number): LogLine {
  const fields = text.split(",");
  const tag = fields[0]!.startsWith("Tag=") ? fields.shift()!.slice("Tag=".length) : null;
  if (fields.length !== 4) {
    throw logError(line, `${fields.length} fields beside the tag, not 4`);
  }
  return {
    tag,
    timestamp: parseNumber(fields[0]!, "the timestamp", line),
    lengthSeconds: parseNumber(fields[1]!, "the length", line),
    loggedMax: parseNumber(fields[2]!, "the maximum", line),
    payload: fields[3]!,
  };
}

/** Reads one log, once, line by line; histograms that the filter drops are not decoded. */
export class IntervalLogReader {
  readonly #text: string;
  #logStart: number | null = null;
  /** The comments in force. */
  #startTime: number | null = null;
  #baseTime: number | null = null;
  #unit: string | null = null;

  /** @param text the whole log; lines end with LF or CRLF. */
  constructor(text: string) {
    this.#text = text;
  }

  /** Start of the log; 0 when nothing read so far gives it. */
  get startTimeSeconds(): number {
    return this.#logStart ?? 0;
  }

  /** The unit of the values, where a comment of ringbench's read so far gives it; else null. */
  get unit(): string | null {
    return this.#unit;
  }

  /**
   * The intervals that the filter keeps, in the order of the log.
   *
   * @throws HistogramError HDR_LOG, with the line, where a line or its histogram cannot be read.
   */
  *intervals(filter: LogFilter = {}): Generator<LogInterval, void, undefined> {
    const from = filter.fromSeconds ?? -Infinity;
    const to = filter.toSeconds ?? Infinity;
    let line = 0;
    for (const text of this.#lines()) {
      line++;
      if (text === "" || text.startsWith('"StartTimestamp"')) continue;
      if (text.startsWith("#")) {
        this.#readComment(text, line);
        continue;
      }
      const parsed = parseLine(text, line);
      const { startSeconds, offsetSeconds } = this.#locate(parsed.timestamp);
      if (offsetSeconds < from || offsetSeconds > to) continue;
      if (filter.tag !== undefined && parsed.tag !== filter.tag) continue;
      const { tag, lengthSeconds, loggedMax } = parsed;
      const histogram = decodePayload(parsed.payload, line);
      yield { line, tag, offsetSeconds, startSeconds, lengthSeconds, loggedMax, histogram };
    }
  }

  *#lines(): Generator<string, void, undefined> {
    const text = this.#text;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf("\n", start);
      const end = newline < 0 ? text.length : newline;
      const isCrlf = text[end - 1] === "\r" && end > start;
      yield text.slice(start, isCrlf ? end - 1 : end);
      start = end + 1;
    }
  }

  #readComment(text: string, line: number): void {
    this.#unit ??= /^#ringbench: .* time in (\w+)$/.exec(text)?.[1] ?? null;
    const startTime = parseTimeComment(text, "StartTime", line);
    if (startTime !== null) {
      this.#startTime = startTime;
      this.#logStart ??= startTime;
    }
    this.#baseTime = parseTimeComment(text, "BaseTime", line) ?? this.#baseTime;
  }

  /** Rules 1 to 3 for a timestamp. */
  #locate(timestamp: number): { startSeconds: number; offsetSeconds: number } {
    let base = this.#baseTime;
    if (base === null) {
      const start = this.#startTime ?? timestamp;
      base = timestamp < start - SECONDS_PER_YEAR ? start : 0;
    }
    this.#logStart ??= base + timestamp;
    // The difference of the two large times first, and rounded: a double that counts seconds since
    // the epoch resolves a quarter of a microsecond, and a range must hold at its very ends.
    const offsetSeconds = Math.round((timestamp + (base - this.#logStart)) * 1e6) / 1e6;
    return { startSeconds: base + timestamp, offsetSeconds };
  }
}

function decodePayload(payload: string, line: number): Histogram {
  try {
    return decodeBase64(payload);
  } catch (error) {
    if (error instanceof HistogramError) throw logError(line, error.message, error);
    throw error;
  }
}

export interface LogHeader {
  /** Each is written as a comment; one of several lines as several. */
  readonly comments?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly startTimeMs: number;
  /** Milliseconds since the epoch; the timestamps of the intervals are then offsets from it. */
  readonly baseTimeMs?: number;
}

/** The head of a log: comments, format version, base time, start time, legend. */
export function formatLogHeader(header: LogHeader): string {
  const comments = (header.comments ?? []).flatMap((comment) => comment.split(/\r?\n|\r/));
  const seconds = (ms: number) => `${formatFixed(ms / MS_PER_SECOND, 3)} (seconds since epoch)`;
  // Java's Date.toString in UTC, from "Wed, 09 Sep 2015 15:24:39 GMT".
  const [weekday, day, month, year, time] = new Date(header.startTimeMs).toUTCString().split(/,? /);
  const lines = [
    ...comments.map((comment) => `#${comment}`),
    `#[Histogram log format version ${LOG_FORMAT_VERSION}]`,
    ...(header.baseTimeMs === undefined ? [] : [`#[BaseTime: ${seconds(header.baseTimeMs)}]`]),
    `#[StartTime: ${seconds(header.startTimeMs)}, ${weekday} ${month} ${day} ${time} UTC ${year}]`,
    LEGEND,
  ];
  return `${lines.join("\n")}\n`;
}

export interface LogEntry {
  /** Start of the interval, in seconds; by the base time of the log where it has one. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Without commas and white space. */
  readonly tag?: string;
  readonly histogram: Histogram;
  /** What the column Interval_Max is divided by; the default turns nanoseconds to milliseconds. */
  readonly maxValueRatio?: number;
}

/** One line of a log, its end included. @throws HistogramError HDR_OPTION for a broken tag. */
export function formatLogInterval(entry: LogEntry): string {
  if (entry.tag !== undefined && /[,\s]/.test(entry.tag)) {
    const tag = JSON.stringify(entry.tag);
    throw new HistogramError("HDR_OPTION", `the tag ${tag} has a comma or white space`);
  }
  const max = entry.histogram.max / (entry.maxValueRatio ?? DEFAULT_MAX_VALUE_RATIO);
  const fields = [
    ...(entry.tag === undefined ? [] : [`Tag=${entry.tag}`]),
    formatFixed(entry.startSeconds, 3),
    formatFixed(entry.endSeconds - entry.startSeconds, 3),
    formatFixed(max, 3),
    encodeBase64(entry.histogram),
  ];
  return `${fields.join(",")}\n`;
}
