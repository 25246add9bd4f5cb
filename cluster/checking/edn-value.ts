// What may stand in a history as a value, out of what edn can say.

import { EdnKeyword, EdnMap, EdnOther, type EdnValue } from "./edn.ts";
import { HistoryError } from "./history-error.ts";
import { type RecordedValue, type Scalar, shown } from "./recorded-event.ts";

/** The value of an event: a scalar, a pair of them, or undefined for none. */
export function ednValue(value: EdnValue | undefined, line: number): RecordedValue {
  if (!Array.isArray(value)) return scalarOf(value as Exclude<EdnValue, readonly EdnValue[]>, line);
  if (value.length === 2) return [pairPart(value[0], line), pairPart(value[1], line)];
  throw new HistoryError(
    "HISTORY_VALUE",
    line,
    `a value of ${value.length} parts; a cas has [expected written]: correct it`,
  );
}

function pairPart(value: EdnValue | undefined, line: number): Scalar {
  const scalar = scalarOf(value, line);
  return scalar === undefined ? null : scalar;
}

/** Throws HISTORY_VALUE for what two operations could not be compared by. */
export function scalarOf(value: EdnValue | undefined, line: number): Scalar | undefined {
  if (value instanceof EdnKeyword) return `:${value.name}`;
  if (value instanceof EdnMap || value instanceof EdnOther || Array.isArray(value)) {
    const form = value instanceof EdnMap ? "{...}" : "[...]";
    const text = value instanceof EdnOther ? value.text : form;
    throw new HistoryError(
      "HISTORY_VALUE",
      line,
      `${shown(text)} cannot be the value of a register: ` +
        "correct it, take --independent if values are [key value], or judge it elsewhere",
    );
  }
  return value as Scalar | undefined;
}
