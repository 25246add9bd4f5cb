// Reads Java properties text as YCSB's client does, and merges files and overrides.
//
// The grammar is that of java.util.Properties.load:
//  1. Lines end with LF, CR or CR LF. Blank lines, and lines whose first character other than
//     space, tab and form feed is # or !, are left out.
//  2. An odd number of backslashes at the end of another line joins it to the next, whose leading
//     blanks are dropped.
//  3. The name ends at the first unescaped =, : or blank. Blanks, one = or :, and blanks again
//     follow; the rest is the value, trailing blanks included.
//  4. \t \n \r \f and \uXXXX mean what they do in Java; any other escaped character means itself.

import { WorkloadError } from "./errors.ts";
import { quoted } from "./nearest.ts";

export type Properties = ReadonlyMap<string, string>;

/**
 * The properties of `texts` in order, then of `overrides` ("name=value", as after -p): later ones
 * win. Throws WORKLOAD_PROPERTY_SYNTAX for a malformed \u escape, and for an override without "=".
 */
export function mergeProperties(
  texts: readonly string[],
  overrides: readonly string[] = [],
): Map<string, string> {
  const merged = new Map<string, string>();
  for (const text of texts) {
    for (const [name, value] of parseProperties(text)) merged.set(name, value);
  }
  for (const override of overrides) {
    const equals = override.indexOf("=");
    if (equals < 1) {
      const message = `property ${quoted(override)} is not of the form name=value`;
      throw new WorkloadError("WORKLOAD_PROPERTY_SYNTAX", message);
    }
    merged.set(override.slice(0, equals), override.slice(equals + 1));
  }
  return merged;
}

/** The properties of one text, in its order. A name given twice keeps its last value. */
function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text.replace(/^\ufeff/, ""))) {
    let end = 0;
    while (end < line.length && !/[=: \t\f]/.test(line[end]!)) end += line[end] === "\\" ? 2 : 1;
    const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(end))![0];
    const name = unescaped(line.slice(0, end));
    properties.set(name, unescaped(line.slice(end + separator.length)));
  }
  return properties;
}

/** Lines without comments and blank ones, continuations joined, leading blanks dropped. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let pending: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, "");
    if (pending === undefined && (line === "" || line[0] === "#" || line[0] === "!")) continue;
    const continued = /\\*$/.exec(line)![0].length % 2 === 1;
    pending = (pending ?? "") + (continued ? line.slice(0, -1) : line);
    if (continued) continue;
    if (pending !== "") lines.push(pending);
    pending = undefined;
  }
  if (pending !== undefined && pending !== "") lines.push(pending);
  return lines;
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescaped(text: string): string {
  return text.replace(/\\(u[\s\S]{0,4}|[\s\S]?)/g, (whole, escaped: string) => {
    if (escaped[0] !== "u") return ESCAPES[escaped] ?? escaped;
    if (/^u[0-9a-fA-F]{4}$/.test(escaped)) {
      return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    }
    const message = `malformed \\u escape ${quoted(whole)} in a properties file`;
    throw new WorkloadError("WORKLOAD_PROPERTY_SYNTAX", message);
  });
}
