// `ringbench generate`: how often a generator draws each item.

import { Command } from "commander";
import { DISTRIBUTIONS, drawCounts } from "../../workloads/draw-counts.ts";
import type { CliContext } from "./context.ts";
import { parseCount, parseNumber } from "./numbers.ts";
import { type Exit, oneOf } from "./usage.ts";

const EXAMPLE = `
Examples:
  $ ringbench generate --distribution zipfian --items 1000 --count 1e6
  $ ringbench generate --distribution scrambled --items 1000 --count 2000000 --seed 1 --json`;

/** Rows of the table that is printed without --json. */
const TOP = 20;

interface GenerateFlags {
  readonly distribution: string;
  readonly items: string;
  readonly count: string;
  readonly seed: string;
  readonly theta?: string;
  readonly json?: true;
}

export function generateVerb(context: CliContext, _done: (exit: Exit) => void): Command {
  return new Command("generate")
    .description("draw from one of the generators, and print how often each item came")
    .requiredOption("--distribution <name>", DISTRIBUTIONS.join(", "))
    .option("--items <n>", "size of the range", "1000")
    .option("--count <n>", "draws", "1000000")
    .option("--seed <n>", "seed of the draws", "1")
    .option("--theta <x>", "exponent of zipfian, scrambled and latest (default 0.99)")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", EXAMPLE)
    .action((flags: GenerateFlags) => {
      const distribution = oneOf("distribution", flags.distribution, DISTRIBUTIONS);
      const items = parseCount("--items", flags.items, { min: 1 });
      const count = parseCount("--count", flags.count, { min: 0 });
      const seed = parseCount("--seed", flags.seed, { min: 0 });
      const theta =
        flags.theta === undefined
          ? {}
          : { theta: parseNumber("--theta", flags.theta, { min: Number.MIN_VALUE }) };
      const counts = drawCounts({ distribution, items, count, seed, ...theta });
      context.out(
        flags.json
          ? `${JSON.stringify({ distribution, items, seed, ...theta, counts })}\n`
          : textOf(counts, count),
      );
    });
}

function textOf(counts: readonly number[], total: number): string {
  const order = counts.map((count, item) => ({ item, count }));
  order.sort((a, b) => b.count - a.count || a.item - b.item);
  const drawn = order.filter(({ count }) => count > 0).length;
  const rows = order.slice(0, TOP).map(({ item, count }) => {
    const share = total > 0 ? ((100 * count) / total).toFixed(3) : "0";
    return `${String(item).padStart(10)} ${String(count).padStart(12)} ${share.padStart(8)} %`;
  });
  const more = counts.length > TOP ? `\n${counts.length - TOP} more` : "";
  const head = `${"item".padStart(10)} ${"draws".padStart(12)} ${"share".padStart(10)}`;
  return `${head}\n${rows.join("\n")}${more}\n${drawn} of ${counts.length} items were drawn\n`;
}
