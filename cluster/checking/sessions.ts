// Session guarantees (Terry et al., Session Guarantees for Weakly Consistent Replicated Data, PDIS
// 1994), per session and key, judged by the pasts that clients saw:
//
//  - read your writes: a get after an own acknowledged write has it in its past;
//  - monotonic reads: a get has in its past all that an earlier get of the session had;
//  - monotonic writes: where a write is seen that carries a context, the earlier acknowledged ones
//    of its session are in the past of what is seen;
//  - writes follow reads: a write that carries a context has in its past what its session had read.
//
// Each is a count with a rate and the 95 % interval of Wilson (JASA 1927): where the settings do
// not promise a guarantee, its rate is the result, and only what is claimed makes a violation.

import {
  causalHistory,
  describeWrite,
  eventNumbers,
  type KeyHistory,
  missingWrite,
  type Read,
  type Write,
} from "./causality.ts";
import type { HistoryEvent } from "./history.ts";
import type { Verdict, Violation } from "./verdict.ts";
import { WriteSet } from "./write-set.ts";

const GUARANTEES = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
] as const;
export type Guarantee = (typeof GUARANTEES)[number];

export interface SessionsOptions {
  /** Those whose violations are listed; all when absent. */
  readonly claimed?: readonly Guarantee[];
}

export interface GuaranteeCount {
  /** Operations that could have broken it. */
  readonly checked: number;
  readonly violated: number;
  /** `violated / checked`; 0 of 0 is 0. */
  readonly rate: number;
  /** Of the rate, 95 %: from, to; [0, 1] when nothing was checked. */
  readonly interval: readonly [number, number];
}

export interface SessionsVerdict extends Verdict {
  readonly guarantees: Readonly<Record<Guarantee, GuaranteeCount>>;
}

interface Tally {
  readonly checked: Record<Guarantee, number>;
  readonly violated: Record<Guarantee, number>;
  readonly claimed: readonly Guarantee[];
  readonly violations: Violation[];
}

/** Throws HistoryError as `causalHistory` does. */
export function checkSessions(
  events: readonly HistoryEvent[],
  options: SessionsOptions = {},
): SessionsVerdict {
  const tally: Tally = {
    checked: noCounts(),
    violated: noCounts(),
    claimed: options.claimed ?? GUARANTEES,
    violations: [],
  };
  let operations = 0;
  for (const history of causalHistory(events).values()) {
    operations += history.reads.length + history.writes.length;
    const needed: (WriteSet | undefined)[] = history.writes.map(() => undefined);
    const all = [...history.writes, ...history.reads].sort((a, b) => a.call - b.call);
    for (const ofSession of Map.groupBy(all, ({ session }) => session).values()) {
      walkSession(history, ofSession, needed, tally);
    }
    checkMonotonicWrites(history, needed, tally);
  }
  const guarantees = Object.fromEntries(
    GUARANTEES.map((name) => [name, countOf(tally.checked[name], tally.violated[name])]),
  ) as Record<Guarantee, GuaranteeCount>;
  const { violations } = tally;
  return { checker: "sessions", operations, violations, undecided: [], guarantees };
}

function noCounts(): Record<Guarantee, number> {
  return {
    "read-your-writes": 0,
    "monotonic-reads": 0,
    "monotonic-writes": 0,
    "writes-follow-reads": 0,
  };
}

/** @param needed By number of a write: what its session had written before it. */
function walkSession(
  history: KeyHistory,
  operations: readonly (Write | Read)[],
  needed: (WriteSet | undefined)[],
  tally: Tally,
): void {
  const size = history.writes.length;
  const own = new WriteSet(size);
  const seen = new WriteSet(size);
  const deletes: Write[] = [];
  let hasWritten = false;
  let hasRead = false;
  for (const operation of operations) {
    if ("values" in operation) {
      if (hasWritten) {
        const missing = missingWrite(history, own, operation.past, operation.end);
        const back = missing ?? deletes.find(({ past }) => returns(operation, past));
        count(tally, "read-your-writes", history.key, operation, back);
      }
      if (hasRead) {
        const missing = missingWrite(history, seen, operation.past, operation.end);
        count(tally, "monotonic-reads", history.key, operation, missing);
      }
      seen.addAll(operation.past);
      hasRead = true;
      continue;
    }
    if (operation.hasContext) {
      if (hasRead) {
        const missing = missingWrite(history, seen, operation.past, operation.call);
        count(tally, "writes-follow-reads", history.key, operation, missing);
      }
      if (hasWritten) needed[operation.id] = own.clone();
    }
    if (!operation.isAcknowledged) continue;
    hasWritten = true;
    if (operation.value === null) deletes.push(operation);
    else own.add(operation.id);
  }
}

function returns({ writes }: Read, past: WriteSet): boolean {
  return writes.some((write) => write !== undefined && past.has(write.id));
}

function checkMonotonicWrites(
  history: KeyHistory,
  needed: readonly (WriteSet | undefined)[],
  tally: Tally,
): void {
  for (const read of history.reads) {
    const wanted = new WriteSet(history.writes.length);
    for (const id of read.past.ids()) {
      const before = needed[id];
      if (before !== undefined) wanted.addAll(before);
    }
    if (wanted.isEmpty) continue;
    const missing = missingWrite(history, wanted, read.past, read.end);
    count(tally, "monotonic-writes", history.key, read, missing);
  }
}

function count(
  { checked, violated, claimed, violations }: Tally,
  guarantee: Guarantee,
  key: string,
  operation: Write | Read,
  missing: Write | undefined,
): void {
  checked[guarantee]++;
  if (missing === undefined) return;
  violated[guarantee]++;
  if (!claimed.includes(guarantee)) return;
  const name =
    "values" in operation
      ? `the get of line ${operation.call + 1} by ${operation.session}`
      : `the ${describeWrite(operation)} by ${operation.session}`;
  violations.push({
    key,
    message: `${guarantee}: ${name} misses the ${describeWrite(missing)} of ${missing.session}`,
    events: eventNumbers([missing, operation]),
  });
}

/** Two-sided 95 % of the normal distribution. */
const Z = 1.959963984540054;

function countOf(checked: number, violated: number): GuaranteeCount {
  if (checked === 0) return { checked, violated, rate: 0, interval: [0, 1] };
  const rate = violated / checked;
  const square = (Z * Z) / checked;
  const centre = (rate + square / 2) / (1 + square);
  const half = (Z / (1 + square)) * Math.sqrt((rate * (1 - rate) + square / 4) / checked);
  const from = violated === 0 ? 0 : Math.max(0, centre - half);
  const to = violated === checked ? 1 : Math.min(1, centre + half);
  return { checked, violated, rate, interval: [from, to] };
}
