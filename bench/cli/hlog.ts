// `ringbench hlog FILE`: the figures of an HdrHistogram interval log.

import { Command } from "commander";
import { HistogramError } from "../../reports/hdr/errors.ts";
import type { LogFilter } from "../../reports/hdr/interval-log.ts";
import { type LogSummary, summarizeLog } from "../../reports/hdr/log-summary.ts";
import type { CliContext } from "./context.ts";
import { readInput } from "./files.ts";
import { parseNumber } from "./numbers.ts";
import type { Exit } from "./usage.ts";

const EXAMPLE = `
Examples:
  $ ringbench hlog results/latest/histograms/hashlog-readrandom-run1.hlog
  $ ringbench hlog pauses.hlog --from 5 --to 20 --json`;

interface HlogFlags {
  readonly from?: string;
  readonly to?: string;
  readonly tag?: string;
  readonly json?: true;
}

export function hlogVerb(context: CliContext, _done: (exit: Exit) => void): Command {
  return new Command("hlog")
    .description("print the figures of an HdrHistogram interval log, version 0, 1 or 2")
    .argument("<file>", "the log")
    .option(
      "--from <seconds>",
      "only intervals that start so long after the log's StartTime, or later",
    )
    .option("--to <seconds>", "only intervals that start so long after it, or earlier")
    .option("--tag <tag>", "only the intervals with this tag")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", EXAMPLE)
    .action((file: string, flags: HlogFlags) => {
      const summary = summaryOf(file, {
        ...(flags.from === undefined ? {} : { fromSeconds: secondsOf("--from", flags.from) }),
        ...(flags.to === undefined ? {} : { toSeconds: secondsOf("--to", flags.to) }),
        ...(flags.tag === undefined ? {} : { tag: flags.tag }),
      });
      if (summary.intervals === 0) context.warn("no interval of the log matches");
      context.out(flags.json ? `${JSON.stringify(summary)}\n` : textOf(summary));
    });
}

function secondsOf(flag: string, text: string): number {
  return parseNumber(flag, text, { min: 0 });
}

/** Throws HistogramError that names the file too. */
function summaryOf(file: string, filter: LogFilter): LogSummary {
  const text = readInput(file);
  try {
    return summarizeLog(text, filter);
  } catch (error) {
    if (!(error instanceof HistogramError)) throw error;
    throw new HistogramError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

function textOf(summary: LogSummary): string {
  const start = new Date(summary.startTimeSeconds * 1000).toISOString();
  const lines = [
    `start      ${summary.startTimeSeconds} (${start})`,
    `unit       ${summary.unit ?? "not said in the log; YCSB writes microseconds"}`,
    `intervals  ${summary.intervals}`,
    `count      ${summary.totalCount}`,
    `mean       ${summary.mean}`,
    `p50        ${summary.p50}`,
    `p99        ${summary.p99}`,
    `p99.9      ${summary.p999}`,
    `max        ${summary.max}`,
  ];
  if (summary.tags.length > 1) {
    for (const tag of summary.tags) {
      lines.push(
        `tag ${tag.tag ?? "(none)"}: intervals ${tag.intervals}, count ${tag.totalCount}, ` +
          `p50 ${tag.p50}, p99 ${tag.p99}, max ${tag.max}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
