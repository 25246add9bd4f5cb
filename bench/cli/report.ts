// `ringbench report DIR...`: builds reports again from results, or one that compares several.

import fs from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { parseResult, resultJsonSchema, writeReport } from "../../reports/index.ts";
import type { CliContext } from "./context.ts";
import { checkFolder, readInput } from "./files.ts";
import { type Exit, UsageError } from "./usage.ts";

const EXAMPLE = `
Examples:
  $ ringbench report results/2026-01-31T12-00-00Z
  $ ringbench report before/ after/ --out comparison/
  $ ringbench report --schema > result.schema.json`;

interface ReportFlags {
  readonly out?: string;
  readonly json?: true;
  readonly schema?: true;
}

export function reportVerb(context: CliContext, _done: (exit: Exit) => void): Command {
  return new Command("report")
    .description("build the report of a result again; of several, one that compares them")
    .argument("[dir...]", "folders with a result.json, or such files")
    .option("--out <dir>", "where the report goes (default: the folder, when there is one)")
    .option("--json", "one JSON document on standard output: the paths of the files")
    .option("--schema", "print the JSON Schema of result.json, and nothing else")
    .addHelpText("after", EXAMPLE)
    .action((dirs: string[], flags: ReportFlags) => {
      if (flags.schema) {
        context.out(`${JSON.stringify(resultJsonSchema(), null, 2)}\n`);
        return;
      }
      if (dirs.length === 0) {
        throw new UsageError("report needs <dir>, a folder with a result.json");
      }
      if (dirs.length > 1 && flags.out === undefined) {
        throw new UsageError("several results need --out DIR for the comparison");
      }
      checkFolder("--out", flags.out);
      const files = dirs.map(resultFile);
      const results = files.map((file) => parseResult(readInput(file), file));
      const out = flags.out ?? path.dirname(files[0]!);
      const labels = dirs.map((dir) => path.basename(path.resolve(dir)));
      const paths = writeReport(out, results, results.length > 1 ? { labels } : {});
      context.out(flags.json ? `${JSON.stringify(paths)}\n` : `${paths.html}\n`);
    });
}

function resultFile(given: string): string {
  // A file, or nothing: whoever reads it says what is wrong.
  if (!fs.statSync(given, { throwIfNoEntry: false })?.isDirectory()) return given;
  const file = path.join(given, "result.json");
  if (!fs.existsSync(file)) throw new UsageError(`there is no result.json in ${given}`);
  return file;
}
