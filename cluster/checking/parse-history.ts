// A text in one of the formats that we read, as one history.

import { parseEdnHistory } from "./edn-history.ts";
import { parseJepsenLog } from "./jepsen-log.ts";
import { parseJsonlHistory } from "./jsonl-history.ts";
import type { RecordedHistory } from "./recorded-event.ts";

export const HISTORY_FORMATS = ["jepsen-log", "edn", "jsonl"] as const;
export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

const PARSERS: Readonly<Record<HistoryFormat, (text: string) => RecordedHistory>> = {
  "jepsen-log": parseJepsenLog,
  edn: parseEdnHistory,
  jsonl: parseJsonlHistory,
};

/** Throws HistoryError with the line of the first thing that is wrong. */
export function parseHistory(text: string, format: HistoryFormat): RecordedHistory {
  return PARSERS[format](text.startsWith("\ufeff") ? text.slice(1) : text);
}
