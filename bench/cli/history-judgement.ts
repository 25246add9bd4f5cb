// One file of `check-history`: read, parsed and judged.

import { z } from "zod";
import { HistoryError } from "../../cluster/checking/history-error.ts";
import { judgeLinearizability } from "../../cluster/checking/linearizability.ts";
import type { ModelName } from "../../cluster/checking/models.ts";
import { type HistoryFormat, parseHistory } from "../../cluster/checking/parse-history.ts";
import { systemClock } from "../../engines/io/clock.ts";
import { readInput } from "./files.ts";
import { formatHint } from "./history-format.ts";
import { UsageError } from "./usage.ts";

/** What the document says of a history. */
export const judgedShape = {
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

type Judged = z.input<z.ZodObject<typeof judgedShape>>;

export interface JudgeOptions {
  readonly model: ModelName;
  readonly format: HistoryFormat;
  readonly statesMax: number;
  readonly independent: boolean;
}

export type FileResult = Judged & { readonly file: string };

/** Throws UsageError for a history that is none, or none of the model. */
export function judgeFile(file: string, options: JudgeOptions): FileResult {
  const text = readInput(file);
  const startNs = systemClock.now();
  const result = verdictOf(file, text, options);
  const { linearizable, operations, states, violations, undecided } = result;
  return {
    file,
    linearizable,
    operations,
    milliseconds: Math.round((systemClock.now() - startNs) / 1e3) / 1e3,
    states,
    violations: violations.map((one) => ({ ...one, events: [...one.events] })),
    undecided: [...undecided],
  };
}

function verdictOf(file: string, text: string, options: JudgeOptions) {
  try {
    return judgeLinearizability(parseHistory(text, options.format, options), options);
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    const isText = error.code === "HISTORY_SYNTAX" || error.code === "HISTORY_EMPTY";
    const hint = isText ? formatHint(text, options.format) : "";
    throw new UsageError(`${error.code}: ${file}, ${error.message}${hint}`);
  }
}
