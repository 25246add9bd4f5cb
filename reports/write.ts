// The folder of a report: `report.html` for people, and the same figures for programs.
//
//   report.html            the report
//   result.json            the result itself; of several results result-1.json, result-2.json, ...
//   rows.csv               one line per run and operation
//   intervals.csv          one line per interval
//   events.csv             one line per flush, compaction, merge, snapshot or stall of an engine
//   samples.csv            one line per second of what the engines said of themselves
//   histograms/NAME.hlog   interval log of a row by service time, tags are operations
//   histograms/NAME.hgrm   percentile distribution of a row by service time, in microseconds
//   histograms/NAME.response.hlog, .hgrm   the same by response time, in open loop
//
// NAME is engine, benchmark and run, and the number of the result where there are several.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventsCsv, intervalsCsv, rowsCsv, samplesCsv } from "./csv.ts";
import { labelResults } from "./groups.ts";
import { formatLogHeader, formatLogInterval } from "./hdr/interval-log.ts";
import { percentileText } from "./hdr/percentile-text.ts";
import { type ReportOptions, reportHtml } from "./html/report-page.ts";
import { type Clock, decode, operationsHistogram } from "./latencies.ts";
import type { Result, Row } from "./result.ts";

/** Where the files are; every path begins with the folder that was asked for. */
export interface ReportPaths {
  readonly html: string;
  readonly results: readonly string[];
  readonly rowsCsv: string;
  readonly intervalsCsv: string;
  readonly eventsCsv: string;
  readonly samplesCsv: string;
  readonly hlogs: readonly string[];
  readonly hgrms: readonly string[];
}

const NANOSECONDS_PER_MICROSECOND = 1000;
const NAME_LENGTH_MAX = 120;

/**
 * Writes the report of one result, or the comparison of several. The folder is created; files of an
 * earlier report in it are replaced.
 *
 * @param results at least one.
 * @throws ReportError REPORT_HISTOGRAM when a histogram cannot be decoded, before anything is
 *   written to `report.html`; the errors of node:fs as they are.
 */
export function writeReport(
  dir: string,
  results: readonly Result[],
  options: ReportOptions = {},
): ReportPaths {
  const labels = labelResults(results, options.labels);
  mkdirSync(join(dir, "histograms"), { recursive: true });
  const write = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  // The result first: it is what everything else can be made from again.
  const resultPaths = results.map((result, i) => {
    const name = results.length > 1 ? `result-${i + 1}.json` : "result.json";
    return write(name, `${JSON.stringify(result)}\n`);
  });
  const hlogs: string[] = [];
  const hgrms: string[] = [];
  for (const file of histogramFiles(results)) {
    const path = write(join("histograms", file.name), file.text);
    (file.kind === "hlog" ? hlogs : hgrms).push(path);
  }
  return {
    html: write("report.html", reportHtml(results, options)),
    results: resultPaths,
    rowsCsv: write("rows.csv", rowsCsv(results, labels)),
    intervalsCsv: write("intervals.csv", intervalsCsv(results, labels)),
    eventsCsv: write("events.csv", eventsCsv(results, labels)),
    samplesCsv: write("samples.csv", samplesCsv(results, labels)),
    hlogs,
    hgrms,
  };
}

interface HistogramFile {
  readonly kind: "hlog" | "hgrm";
  readonly name: string;
  readonly text: string;
}

function* histogramFiles(results: readonly Result[]): Generator<HistogramFile> {
  const taken = new Set<string>();
  for (const [index, result] of results.entries()) {
    for (const row of result.rows) {
      const prefix = results.length > 1 ? `${index + 1}-` : "";
      const name = uniqueName(`${prefix}${row.engine}-${row.benchmark}-run${row.run}`, taken);
      for (const clock of ["service", "response"] as const) {
        const stem = clock === "service" ? name : `${name}.response`;
        const hlog = intervalLog(result, row, clock);
        if (hlog !== undefined) yield { kind: "hlog", name: `${stem}.hlog`, text: hlog };
        const histogram = operationsHistogram([row], clock, undefined);
        if (histogram === undefined) continue;
        const text = percentileText(histogram, { valueUnitRatio: NANOSECONDS_PER_MICROSECOND });
        yield { kind: "hgrm", name: `${stem}.hgrm`, text };
      }
    }
  }
}

/** The interval log of a row by one clock, warm-up left out; absent when nothing was recorded. */
function intervalLog(result: Result, row: Row, clock: Clock): string | undefined {
  const lines: string[] = [];
  for (const interval of row.intervals) {
    const histograms =
      clock === "service" ? interval.serviceHistograms : interval.responseHistograms;
    if (interval.warmup || histograms === undefined) continue;
    for (const [operation, base64] of Object.entries(histograms)) {
      const what = `${row.engine}, ${row.benchmark}, run ${row.run}, an interval of ${operation}`;
      const line = formatLogInterval({
        startSeconds: interval.startMs / 1000,
        endSeconds: (interval.startMs + interval.durationMs) / 1000,
        tag: operation.replace(/[,\s]/g, "_"),
        histogram: decode(base64, what),
      });
      lines.push(line);
    }
  }
  if (lines.length === 0) return undefined;
  // A row does not know its own hour: offsets from its start stand as offsets from the result's.
  const startTimeMs = Date.parse(result.startedAt) || 0;
  const comments = [
    `ringbench: ${row.engine}, ${row.benchmark}, run ${row.run}, ${clock} time in nanoseconds`,
    "Timestamps are seconds since the start of the row; the warm-up is left out.",
  ];
  return formatLogHeader({ comments, startTimeMs, baseTimeMs: startTimeMs }) + lines.join("");
}

/** A file name that no system minds, and that no row before it has, upper case or lower. */
function uniqueName(wanted: string, taken: Set<string>): string {
  const safe = wanted
    .replace(/[^A-Za-z0-9._-]+/g, "_")
    .replace(/^[.-]+/, "_")
    .slice(0, NAME_LENGTH_MAX);
  let name = safe;
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${safe}_${n}`;
  taken.add(name.toLowerCase());
  return name;
}
