// What db_bench prints on standard output, read line by line: for each benchmark a line of
// throughput, histograms, and the statistics that were asked for behind it.
//
// I1. A benchmark ends with the last line of its statistics ("Interval stall").

export interface NativeBucket {
  /** Microseconds: above `from`, or at it in the first bucket, up to `to`, inclusive. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface NativeHistogram {
  /** read, write, seek, delete or op. */
  readonly what: string;
  count: number;
  /** Microseconds, all three. */
  average: number;
  min: number;
  max: number;
  readonly buckets: NativeBucket[];
}

/** Since the statistics before these, or since the store was opened. */
export interface NativeStats {
  /** With its resolution: hundredths of a GB. */
  compactionWrittenBytes?: number;
  ingestedBytes?: number;
  stalls?: number;
  stallNs?: number;
}

export interface NativeReport {
  readonly name: string;
  readonly seconds: number;
  readonly operations: number;
  /** "62 of 100 found", and what else it says of itself. */
  readonly message: string;
  /** Of mixgraph and reads of random keys: gets that found something, and all of them. */
  readonly found: { readonly hits: number; readonly reads: number } | undefined;
  readonly histograms: NativeHistogram[];
  readonly stats: NativeStats;
}

const THROUGHPUT =
  /^(\w+) +: +[\d.]+ micros\/op \d+ ops\/sec ([\d.]+) seconds (\d+) operations;(.*)$/;
const BUCKET = /^[[(] *(\d+), *(\d+) \] +(\d+) /;
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
};

export class DbBenchOutput {
  /** What it warns of before it begins. */
  readonly warnings: string[] = [];
  readonly #onReport: (report: NativeReport) => void;
  #report: NativeReport | undefined;

  /** @param onReport called at the end of each benchmark. */
  constructor(onReport: (report: NativeReport) => void) {
    this.#onReport = onReport;
  }

  line(text: string): void {
    const throughput = THROUGHPUT.exec(text);
    if (throughput !== null) {
      this.#report = reportOf(throughput);
      return;
    }
    const warning = /^WARNING: (.*)$/.exec(text);
    if (warning !== null) this.warnings.push(warning[1]!.trim());
    if (this.#report === undefined) return;
    if (readHistogram(this.#report, text)) return;
    readStats(this.#report.stats, text);
    if (!text.startsWith("Interval stall:")) return;
    const ended = this.#report;
    this.#report = undefined;
    this.#onReport(ended);
  }
}

function reportOf([, name, seconds, operations, rest]: RegExpExecArray): NativeReport {
  const message = rest!.replace(/^ *[\d.]+ MB\/s/, "").trim();
  return {
    name: name!,
    seconds: Number(seconds),
    operations: Number(operations),
    message: message.replace(/^\( *(.*?) *\)$/, "$1"),
    found: foundOf(message),
    histograms: [],
    stats: {},
  };
}

function foundOf(message: string): NativeReport["found"] {
  const plain = /\((\d+) of (\d+) found\)/.exec(message);
  // Of mixgraph the second number is of gets and seeks together: hits cannot be told apart.
  return plain === null ? undefined : { hits: Number(plain[1]), reads: Number(plain[2]) };
}

/** Whether the line is one of a histogram. */
function readHistogram(report: NativeReport, text: string): boolean {
  const begin = /^Microseconds per (\w+):/.exec(text);
  if (begin !== null) {
    report.histograms.push({ what: begin[1]!, count: 0, average: 0, min: 0, max: 0, buckets: [] });
    return true;
  }
  const histogram = report.histograms.at(-1);
  if (histogram === undefined) return false;
  const bucket = BUCKET.exec(text);
  if (bucket !== null) {
    const [from, to, count] = bucket.slice(1).map(Number);
    histogram.buckets.push({ from: from!, to: to!, count: count! });
    return true;
  }
  const count = /^Count: (\d+) +Average: ([\d.]+)/.exec(text);
  if (count !== null) {
    histogram.count = Number(count[1]);
    histogram.average = Number(count[2]);
  }
  const range = /^Min: (\d+) .*Max: (\d+)/.exec(text);
  if (range !== null) {
    histogram.min = Number(range[1]);
    histogram.max = Number(range[2]);
  }
  return count !== null || range !== null;
}

function readStats(stats: NativeStats, text: string): void {
  const compaction = /^Interval compaction: ([\d.]+) GB write/.exec(text);
  if (compaction !== null) stats.compactionWrittenBytes = bytesOf(compaction[1]!, "GB");
  const ingest = /^Interval writes: .*ingest: ([\d.]+) (\w+),/.exec(text);
  if (ingest !== null) stats.ingestedBytes = bytesOf(ingest[1]!, ingest[2]!);
  const stalls = /^Stalls\(count\): .*interval (\d+) total count/.exec(text);
  if (stalls !== null) stats.stalls = Number(stalls[1]);
  const stall = /^Interval stall: (\d+):(\d+):([\d.]+) H:M:S/.exec(text);
  if (stall !== null) {
    const [hours, minutes, seconds] = stall.slice(1).map(Number);
    stats.stallNs = Math.round((hours! * 3600 + minutes! * 60 + seconds!) * 1e9);
  }
}

function bytesOf(number: string, unit: string): number {
  return Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
}
