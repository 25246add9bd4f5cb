// The judge of answers with several keys, as answers; what they say of a key is judged as a get of
// that key is.
//
// Rules:
//  M1. Several keys by name: the entries are those keys, in the order in which they were asked for.
//  M2. A page of a scan begins at the first key of the range, or where the page before it said, has
//      at most as many keys as asked for, and goes on behind the last of them, or is the last page.
//  M3. Keys of a page ascend strictly and are within its bounds. With M2: over all pages none comes
//      twice.
//  M4. A key that a scan found is one that somebody writes, and has a value.

import type { Verdict, Violation } from "../../checking/verdict.ts";
import type { ScanPlan } from "../scenario.ts";
import type { ManyPage, ManyRead, PageEntry } from "./read-many.ts";

type Scanned = ManyRead["operation"] & { readonly scan: ScanPlan };

/** An operation of this checker is an answer. @param keys all that are asked for. */
export function judgeMany(reads: readonly ManyRead[], keys: readonly string[]): Verdict {
  const known = new Set(keys);
  const violations: Violation[] = [];
  let operations = 0;
  for (const { operation, call, pages } of reads) {
    operations += pages.length;
    const { scan } = operation;
    const wrong =
      scan === undefined
        ? wrongNames(operation, pages[0])
        : wrongScan({ ...operation, scan }, pages, known);
    if (wrong === undefined) continue;
    const what = scan === undefined ? "several keys" : "a scan";
    const message = `the answer to ${what} of line ${call + 1} ${wrong}`;
    violations.push({ message, key: operation.key, events: [call + 1] });
  }
  return { checker: "many", operations, violations, undecided: [] };
}

/** M1. */
function wrongNames(
  { key, alsoKeys = [] }: ManyRead["operation"],
  page: ManyPage | undefined,
): string | undefined {
  if (page === undefined) return undefined;
  const names = page.entries.map((entry) => entry.key).join(", ");
  const asked = [key, ...alsoKeys].join(", ");
  return names === asked ? undefined : `has the keys ${names}, not ${asked}`;
}

function wrongScan(
  { key, scan }: Scanned,
  pages: readonly ManyPage[],
  known: ReadonlySet<string>,
): string | undefined {
  let from = key;
  for (const { entries, next } of pages) {
    if (entries.length > scan.pageKeys) {
      return `has ${entries.length} keys in a page of ${scan.pageKeys}`;
    }
    const wrong = wrongKeys(entries, from, next ?? scan.to) ?? strangeKey(entries, known);
    if (wrong !== undefined) return wrong;
    if (next === undefined) return undefined;
    if (next <= from) return `goes on at ${next}, and began at ${from}`;
    from = next;
  }
  return undefined;
}

/** M2 and M3; from `from`, inclusive, to `to`, exclusive. */
function wrongKeys(
  entries: readonly PageEntry[],
  from: string,
  to: string | undefined,
): string | undefined {
  for (const [i, { key }] of entries.entries()) {
    const before = entries[i - 1]?.key;
    if (before !== undefined && key <= before) return `has the key ${key} after ${before}`;
    if (key < from) return `has the key ${key} in a page from ${from} on`;
    if (to !== undefined && key >= to) return `has the key ${key} in a page up to ${to}`;
  }
  return undefined;
}

/** M4. */
function strangeKey(entries: readonly PageEntry[], known: ReadonlySet<string>): string | undefined {
  for (const { key, values, error } of entries) {
    if (!known.has(key)) return `has the key ${key}, which nobody asked for`;
    if (values.length === 0 || error !== undefined) return `has the key ${key} without a value`;
  }
  return undefined;
}
