// `ringbench report DIR...`: builds reports again from results, or one that compares several.

import fs from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { parseResult, writeReport } from "../../reports/index.ts";
import type { CliContext } from "./context.ts";
import { readInput } from "./hlog.ts";
import { type Exit, UsageError } from "./usage.ts";

const EXAMPLE = `
Examples:
  $ ringbench report results/2026-01-31T12-00-00Z
  $ ringbench report before/ after/ --out comparison/`;

interface ReportFlags {
  readonly out?: string;
  readonly json?: true;
}

export function reportVerb(context: CliContext, _done: (exit: Exit) => void): Command {
  return new Command("report")
    .description("build the report of a result again; of several, one that compares them")
    .argument("<dir...>", "folders with a result.json, or such files")
    .option("--out <dir>", "where the report goes (default: the folder, when there is one)")
    .option("--json", "one JSON document on standard output: the paths of the files")
    .addHelpText("after", EXAMPLE)
    .action((dirs: string[], flags: ReportFlags) => {
      if (dirs.length > 1 && flags.out === undefined) {
        throw new UsageError("several results need --out DIR for the comparison");
      }
      const files = dirs.map(resultFile);
      const results = files.map((file) => parseResult(readInput(file), file));
      const out = flags.out ?? path.dirname(files[0]!);
      const labels = dirs.map((dir) => path.basename(path.resolve(dir)));
      const paths = writeReport(out, results, results.length > 1 ? { labels } : {});
      context.out(flags.json ? `${JSON.stringify(paths)}\n` : `${paths.html}\n`);
    });
}

function resultFile(given: string): string {
  let stats: fs.Stats;
  try {
    stats = fs.statSync(given);
  } catch {
    throw new UsageError(`there is no ${given}`);
  }
  if (!stats.isDirectory()) return given;
  const file = path.join(given, "result.json");
  if (!fs.existsSync(file)) throw new UsageError(`there is no result.json in ${given}`);
  return file;
}
