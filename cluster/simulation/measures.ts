// What judges count beside violations: how often a session guarantee that nobody claims was broken,
// how many updates were lost without anybody's having seen them, and what a scenario is about.

import assert from "node:assert";
import type { LostWritesVerdict } from "../checking/lost-writes.ts";
import type { GuaranteeCount, SessionsVerdict } from "../checking/sessions.ts";
import type { Verdict } from "../checking/verdict.ts";

/** Counts by name, and groups of them: the sum over many seeds has the same shape. */
export interface Counts {
  readonly [name: string]: number | Counts;
}

/** A part is absent when no judge counted it. */
export interface Measures {
  /** By name of the guarantee. */
  readonly guarantees?: Readonly<Record<string, Pick<GuaranteeCount, "checked" | "violated">>>;
  readonly lostUpdates?: number;
  /** Of the scenario's own; `Scenario.figures` says what they come to. */
  readonly counts?: Counts;
}

/** What those among the verdicts say that say such a thing. */
export function measuresOf(verdicts: readonly Verdict[]): Measures {
  return verdicts.reduce<Measures>((sum, verdict) => {
    const { guarantees, lostUpdates } = verdict as Partial<SessionsVerdict & LostWritesVerdict>;
    return addMeasures(sum, {
      ...(guarantees === undefined ? {} : { guarantees }),
      ...(lostUpdates === undefined ? {} : { lostUpdates }),
    });
  }, {});
}

/** The sums of both. */
export function addMeasures(a: Measures, b: Measures): Measures {
  const lostUpdates = (a.lostUpdates ?? 0) + (b.lostUpdates ?? 0);
  const sums: Record<string, { checked: number; violated: number }> = {};
  for (const [name, { checked, violated }] of [a, b].flatMap(countsOf)) {
    const sum = (sums[name] ??= { checked: 0, violated: 0 });
    sum.checked += checked;
    sum.violated += violated;
  }
  return {
    ...(a.guarantees === undefined && b.guarantees === undefined ? {} : { guarantees: sums }),
    ...(a.lostUpdates === undefined && b.lostUpdates === undefined ? {} : { lostUpdates }),
    ...(a.counts === undefined && b.counts === undefined
      ? {}
      : { counts: addCounts(a.counts ?? {}, b.counts ?? {}) }),
  };
}

/** What only one of them has is in the sum as it is. A name is a count, or a group, in both. */
function addCounts(a: Counts, b: Counts): Counts {
  const sums: Record<string, number | Counts> = { ...a };
  for (const [name, more] of Object.entries(b)) {
    const sum = sums[name];
    if (typeof more === "number") {
      assert(typeof sum !== "object", `${name} is a count here and a group there`);
      sums[name] = (sum ?? 0) + more;
    } else {
      assert(typeof sum !== "number", `${name} is a group here and a count there`);
      sums[name] = addCounts(sum ?? {}, more);
    }
  }
  return sums;
}

function countsOf({ guarantees = {} }: Measures) {
  return Object.entries(guarantees);
}
