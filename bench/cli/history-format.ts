// Which format a text seems to have, for whoever named another.

import { HISTORY_FORMATS, type HistoryFormat } from "../../cluster/checking/parse-history.ts";

const LOOKS: Readonly<Record<HistoryFormat, RegExp>> = {
  "jepsen-log": /^(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL|\d{4}-\d\d-\d\d)\s/,
  edn: /^[[(\s]*(?:#[\w.]+\s*)?\{\s*:/,
  jsonl: /^\s*\{\s*"/,
};

/** Words to add to an error of a text that seems to have another format; empty when it does not. */
export function formatHint(text: string, format: HistoryFormat): string {
  const start = text.slice(0, 1000);
  const other = HISTORY_FORMATS.find((name) => LOOKS[name].test(start));
  return other === undefined || other === format ? "" : `; is it --format ${other}?`;
}
