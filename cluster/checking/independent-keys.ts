// Many objects in one history without keys: every value is a pair `[key value]`, as the tuples of
// jepsen.independent are printed. A cas has `[key [expected written]]`.
//
// An answer of an operation that failed may have no pair: its key is that of the invocation.

import type { EdnValue } from "./edn.ts";
import { scalarOf } from "./edn-value.ts";
import { HistoryError } from "./history-error.ts";
import { hasJudgedValue, type RecordedEvent } from "./recorded-event.ts";

export class IndependentKeys {
  /** By process: what it asked for last. */
  readonly #asked = new Map<number, string>();

  /** The key and the value of an event; throws HISTORY_VALUE when the two are not there. */
  split(
    { line, process, type, f }: Pick<RecordedEvent, "line" | "process" | "type" | "f">,
    pair: EdnValue | undefined,
  ): { readonly key: string; readonly value: EdnValue | undefined } {
    if (type !== "invoke" && !hasJudgedValue(type, f)) {
      return { key: this.#asked.get(process) ?? "", value: undefined };
    }
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new HistoryError(
        "HISTORY_VALUE",
        line,
        `with --independent the value of this ${f} must be [key value]: correct it, ` +
          "or take --independent away",
      );
    }
    const key = keyText(pair[0], line);
    if (type === "invoke") this.#asked.set(process, key);
    return { key, value: pair[1] };
  }
}

/** Texts in quotes, so that "3" and 3 are two keys. */
function keyText(key: EdnValue | undefined, line: number): string {
  return typeof key === "string" ? JSON.stringify(key) : String(scalarOf(key, line));
}
