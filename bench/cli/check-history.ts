// `ringbench check-history FILE...`: is a recorded history linearizable?

import { Command } from "commander";
import { z } from "zod";
import { STATES_MAX } from "../../cluster/checking/linearizability.ts";
import { MODEL_NAMES } from "../../cluster/checking/models.ts";
import { HISTORY_FORMATS } from "../../cluster/checking/parse-history.ts";
import { formatCount } from "../../reports/format.ts";
import type { CliContext } from "./context.ts";
import { type FileResult, judgedShape } from "./history-judgement.ts";
import { type Judgements, judgeFiles } from "./history-run.ts";
import { parseCount } from "./numbers.ts";
import { Exit, oneOf, UsageError } from "./usage.ts";

const EXAMPLE = `
Examples:
  $ ringbench check-history etcd.log --model cas-register --format jepsen-log
  $ ringbench check-history runs/*.jsonl --model register --format jsonl --json
  $ ringbench check-history kv.edn --model kv-append --format edn --max-states 1M
  $ ringbench check-history history.edn --model cas-register --format edn --independent

Models: register (read, write), cas-register (and cas), kv-append (get, put, append),
mutex (acquire, release; free at the start). Each key is judged alone.
Formats: jepsen-log (a failed cas saw another value; what is unfinished closes at the end),
edn (:fail did not happen; what is unfinished stays open), jsonl (an event a line; the same).
--independent: values are [key value], a cas [key [expected written]], as jepsen.independent
prints them in the first two formats; it is not guessed, since a value [1 2] may be a mistake.

Exit code 1 when a history is not linearizable, 2 when --max-states was not enough to tell, 64 when
a file is no such history: the others are judged all the same.`;

interface CheckFlags {
  readonly model?: string;
  readonly format?: string;
  readonly maxStates: string;
  readonly independent?: true;
  readonly json?: true;
  readonly schema?: true;
}

/** The document of `--json`: a contract, additions allowed. */
const checkHistorySchema = z.union([
  z.object({ schemaVersion: z.literal(1), ...judgedShape }),
  z.object({
    schemaVersion: z.literal(1),
    results: z.array(z.object({ file: z.string(), ...judgedShape })),
    /** Files that are no such histories, and why; absent when there are none. */
    refused: z.array(z.object({ file: z.string(), message: z.string() })).optional(),
    /** Interrupted: files are missing; absent when it was not. */
    partial: z.literal(true).optional(),
  }),
]);

export function checkHistoryVerb(context: CliContext, done: (exit: Exit) => void): Command {
  return new Command("check-history")
    .description("judge whether recorded histories are linearizable")
    .argument("[file...]", "the histories")
    .option("--model <name>", MODEL_NAMES.join(", "))
    .option("--format <name>", HISTORY_FORMATS.join(", "))
    .option("--independent", "values are [key value], and each key is an object of its own")
    .option("--max-states <n>", "configurations to look at for one key", String(STATES_MAX))
    .option("--json", "one JSON document on standard output")
    .option("--schema", "print the JSON Schema of that document, and nothing else")
    .addHelpText("after", EXAMPLE)
    .action(async (files: readonly string[], flags: CheckFlags) => {
      if (flags.schema) {
        const schema = z.toJSONSchema(checkHistorySchema, { io: "input" });
        const title = "What ringbench check-history found";
        context.out(`${JSON.stringify({ title, ...schema }, null, 2)}\n`);
        return;
      }
      if (files.length === 0) throw new UsageError("check-history needs <file>, a history");
      done(await checkHistories(context, files, flags));
    });
}

async function checkHistories(
  context: CliContext,
  files: readonly string[],
  flags: CheckFlags,
): Promise<Exit> {
  const model = named("--model", flags.model, MODEL_NAMES);
  const format = named("--format", flags.format, HISTORY_FORMATS);
  const statesMax = parseCount("--max-states", flags.maxStates, { min: 1 });
  const independent = flags.independent === true;
  if (independent && format === "jsonl") {
    throw new UsageError('--independent is for jepsen-log and edn: in jsonl events have a "key"');
  }
  const options = { model, format, statesMax, independent };
  const judged = await judgeFiles(context, { files, options }, (result) => {
    if (flags.json !== true) context.out(textOf(result));
  });
  if (flags.json === true && judged.refused.length < files.length) {
    context.out(documentOf(files, judged));
  }
  for (const { message } of judged.refused) context.warn(message);
  if (judged.failure !== undefined) {
    context.warn(judged.failure.line);
    return judged.failure.exit;
  }
  return summary(context, files.length, judged, statesMax);
}

function summary(
  context: CliContext,
  files: number,
  { results, refused, isPartial }: Judgements,
  statesMax: number,
): Exit {
  const bad = results.filter(({ linearizable }) => linearizable === false).length;
  const unknown = results.filter(({ linearizable }) => linearizable === "unknown").length;
  const among = results.length === 1 ? "the history" : `of ${results.length} histories`;
  if (bad > 0) context.warn(`${among}${countOf(results, bad)} not linearizable`);
  if (unknown > 0) {
    context.warn(
      `${among}${countOf(results, unknown)} undecided: try more than ${statesMax} states`,
    );
  }
  if (isPartial) {
    const left = files - results.length - refused.length;
    context.warn(`interrupted: the result is partial, ${left} of ${files} files are not judged`);
    return Exit.interrupted;
  }
  if (refused.length > 0) return Exit.usage;
  if (bad > 0) return Exit.bad;
  return unknown > 0 ? Exit.cannotTell : Exit.ok;
}

function countOf(results: readonly unknown[], count: number): string {
  return results.length === 1 ? " is" : `, ${count} ${count === 1 ? "is" : "are"}`;
}

function named<T extends string>(flag: string, given: string | undefined, all: readonly T[]): T {
  if (given !== undefined) return oneOf(flag.slice(2), given, all);
  throw new UsageError(`check-history needs ${flag}, one of ${all.join(", ")}`);
}

function documentOf(files: readonly string[], judged: Judgements): string {
  const { results, refused, isPartial } = judged;
  const document: z.input<typeof checkHistorySchema> =
    files.length === 1 && results.length === 1
      ? { schemaVersion: 1, ...results[0]! }
      : {
          schemaVersion: 1,
          results,
          ...(refused.length === 0 ? {} : { refused }),
          ...(isPartial ? { partial: true } : {}),
        };
  return `${JSON.stringify(document)}\n`;
}

const WORDS = { true: "linearizable", false: "NOT linearizable", unknown: "unknown" } as const;

function textOf(result: FileResult): string {
  const { file, linearizable, operations, milliseconds, violations, undecided } = result;
  const word = WORDS[String(linearizable) as keyof typeof WORDS];
  const ms = milliseconds.toFixed(1);
  const lines = [`${file}: ${word}, ${formatCount(operations)} operations, ${ms} ms`];
  for (const { message } of violations) {
    for (const line of message.split("\n")) lines.push(`  ${line}`);
  }
  if (undecided.length > 0) lines.push(`  not decided: ${undecided.map(keyName).join(", ")}`);
  return `${lines.join("\n")}\n`;
}

function keyName(key: string): string {
  return key === "" ? "the history has one object" : JSON.stringify(key);
}
