// Texts of histories, and what comes of judging them.

import { HistoryError } from "../../../cluster/checking/history-error.ts";
import { judgeLinearizability } from "../../../cluster/checking/linearizability.ts";
import type { ModelName } from "../../../cluster/checking/models.ts";
import { type HistoryFormat, parseHistory } from "../../../cluster/checking/parse-history.ts";

export function judge(text: string, format: HistoryFormat, model: ModelName = "cas-register") {
  return judgeLinearizability(parseHistory(text, format), { model }).linearizable;
}

export function judgeTuples(text: string, format: HistoryFormat) {
  const history = parseHistory(text, format, { independent: true });
  return judgeLinearizability(history, { model: "cas-register" });
}

export function errorOf(text: string, format: HistoryFormat, model: ModelName = "cas-register") {
  try {
    judge(text, format, model);
  } catch (error) {
    if (error instanceof HistoryError) return error;
    throw error;
  }
  throw new Error("no error");
}

/** Lines of Jepsen's own logger. */
export const log = (...lines: string[]) =>
  lines.map((line) => `INFO  jepsen.util - ${line}\n`).join("");
