// `ringbench check-history FILE...`: is a recorded history linearizable?

import { Command } from "commander";
import { z } from "zod";
import { HistoryError } from "../../cluster/checking/history-error.ts";
import {
  judgeLinearizability,
  type LinearizabilityResult,
  STATES_MAX,
} from "../../cluster/checking/linearizability.ts";
import { MODEL_NAMES, type ModelName } from "../../cluster/checking/models.ts";
import {
  HISTORY_FORMATS,
  type HistoryFormat,
  parseHistory,
} from "../../cluster/checking/parse-history.ts";
import { formatCount } from "../../reports/format.ts";
import type { CliContext } from "./context.ts";
import { readInput } from "./files.ts";
import { parseCount } from "./numbers.ts";
import { Exit, oneOf, UsageError } from "./usage.ts";

const EXAMPLE = `
Examples:
  $ ringbench check-history etcd.log --model cas-register --format jepsen-log
  $ ringbench check-history runs/*.jsonl --model register --format jsonl --json
  $ ringbench check-history kv.edn --model kv-append --format edn --max-states 1M

Models: register (read, write), cas-register (and cas), kv-append (get, put, append),
mutex (acquire, release; free at the start). Each key is judged alone.
Formats: jepsen-log (a failed cas saw another value; what is unfinished closes at the end),
edn (:fail did not happen; what is unfinished stays open), jsonl (an event a line; the same).

Exit code 1 when a history is not linearizable, 2 when --max-states was not enough to tell.`;

interface CheckFlags {
  readonly model?: string;
  readonly format?: string;
  readonly maxStates: string;
  readonly json?: true;
  readonly schema?: true;
}

const judgedShape = {
  linearizable: z.union([z.boolean(), z.literal("unknown")]),
  /** Invocations in the history, those that failed among them. */
  operations: z.int(),
  milliseconds: z.number(),
  /** Configurations that the search has seen. */
  states: z.int(),
  /** What shows that it is not; `events` are lines of the file. */
  violations: z.array(z.object({ key: z.string(), message: z.string(), events: z.array(z.int()) })),
  /** Keys that --max-states left undecided. */
  undecided: z.array(z.string()),
};

/** The document of `--json`: a contract, additions allowed. */
const checkHistorySchema = z.union([
  z.object({ schemaVersion: z.literal(1), ...judgedShape }),
  z.object({
    schemaVersion: z.literal(1),
    results: z.array(z.object({ file: z.string(), ...judgedShape })),
  }),
]);

type Judged = z.input<z.ZodObject<typeof judgedShape>>;

export function checkHistoryVerb(context: CliContext, done: (exit: Exit) => void): Command {
  return new Command("check-history")
    .description("judge whether recorded histories are linearizable")
    .argument("[file...]", "the histories")
    .option("--model <name>", MODEL_NAMES.join(", "))
    .option("--format <name>", HISTORY_FORMATS.join(", "))
    .option("--max-states <n>", "configurations to look at for one key", String(STATES_MAX))
    .option("--json", "one JSON document on standard output")
    .option("--schema", "print the JSON Schema of that document, and nothing else")
    .addHelpText("after", EXAMPLE)
    .action((files: readonly string[], flags: CheckFlags) => {
      if (flags.schema) {
        const schema = z.toJSONSchema(checkHistorySchema, { io: "input" });
        const title = "What ringbench check-history found";
        context.out(`${JSON.stringify({ title, ...schema }, null, 2)}\n`);
        return;
      }
      if (files.length === 0) throw new UsageError("check-history needs <file>, a history");
      done(checkHistories(context, files, flags));
    });
}

function checkHistories(context: CliContext, files: readonly string[], flags: CheckFlags): Exit {
  const model = named("--model", flags.model, MODEL_NAMES);
  const format = named("--format", flags.format, HISTORY_FORMATS);
  const statesMax = parseCount("--max-states", flags.maxStates, { min: 1 });
  const results = files.map((file) => judge(context, file, { model, format, statesMax }));
  context.out(flags.json === true ? documentOf(results) : textOf(results));
  const bad = results.filter(({ linearizable }) => linearizable === false).length;
  const unknown = results.filter(({ linearizable }) => linearizable === "unknown").length;
  const among = results.length === 1 ? "the history" : `of ${results.length} histories`;
  if (bad > 0) context.warn(`${among}${countOf(results, bad)} not linearizable`);
  if (unknown > 0) {
    context.warn(
      `${among}${countOf(results, unknown)} undecided: try more than ${statesMax} states`,
    );
  }
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

interface JudgeOptions {
  readonly model: ModelName;
  readonly format: HistoryFormat;
  readonly statesMax: number;
}

type FileResult = Judged & { readonly file: string };

/** Throws UsageError for a history that is none, or none of the model. */
function judge(context: CliContext, file: string, options: JudgeOptions): FileResult {
  const text = readInput(file);
  const startNs = context.clock.now();
  let result: LinearizabilityResult;
  try {
    result = judgeLinearizability(parseHistory(text, options.format), options);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    throw new UsageError(`${error.code}: ${file}, ${error.message}`);
  }
  const { linearizable, operations, states, violations, undecided } = result;
  return {
    file,
    linearizable,
    operations,
    milliseconds: Math.round((context.clock.now() - startNs) / 1e3) / 1e3,
    states,
    violations: violations.map((one) => ({ ...one, events: [...one.events] })),
    undecided: [...undecided],
  };
}

function documentOf(results: readonly FileResult[]): string {
  const document: z.input<typeof checkHistorySchema> =
    results.length === 1
      ? { schemaVersion: 1, ...results[0]! }
      : { schemaVersion: 1, results: [...results] };
  return `${JSON.stringify(document)}\n`;
}

const WORDS = { true: "linearizable", false: "NOT linearizable", unknown: "unknown" } as const;

function textOf(results: readonly FileResult[]): string {
  const lines: string[] = [];
  for (const { file, linearizable, operations, milliseconds, violations, undecided } of results) {
    const word = WORDS[String(linearizable) as keyof typeof WORDS];
    const ms = milliseconds.toFixed(1);
    lines.push(`${file}: ${word}, ${formatCount(operations)} operations, ${ms} ms`);
    for (const { message } of violations) {
      for (const line of message.split("\n")) lines.push(`  ${line}`);
    }
    if (undecided.length > 0) lines.push(`  not decided: ${undecided.map(keyName).join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

function keyName(key: string): string {
  return key === "" ? "the history has one object" : JSON.stringify(key);
}
