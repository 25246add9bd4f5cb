// A text in one of the formats that we read, as one history.

import assert from "node:assert";
import { parseEdnHistory } from "./edn-history.ts";
import { parseJepsenLog } from "./jepsen-log.ts";
import { parseJsonlHistory } from "./jsonl-history.ts";
import type { RecordedHistory } from "./recorded-event.ts";

export const HISTORY_FORMATS = ["jepsen-log", "edn", "jsonl"] as const;
export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

export interface ParseOptions {
  /**
   * Values are `[key value]`, as jepsen.independent has them, and each key is an object. False when
   * absent; not for jsonl, whose events have a key of their own.
   */
  readonly independent?: boolean;
}

/** Throws HistoryError with the line of the first thing that is wrong. */
export function parseHistory(
  text: string,
  format: HistoryFormat,
  { independent = false }: ParseOptions = {},
): RecordedHistory {
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  switch (format) {
    case "jepsen-log":
      return parseJepsenLog(body, independent);
    case "edn":
      return parseEdnHistory(body, independent);
    case "jsonl":
      assert(!independent, "jsonl has its keys in events");
      return parseJsonlHistory(body);
  }
}
