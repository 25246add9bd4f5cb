// Makes a failing plan smaller: fewer faults and fewer operations, as long as it still fails.
//
// Steps:
//  1. Halve the time: the shortest beginning of the operations that fails, roughly. Every later
//     attempt costs less for it.
//  2. `ddmin` over the faults, then over the operations (Zeller and Hildebrandt, "Simplifying and
//     Isolating Failure-Inducing Input", IEEE TSE 2002, section 3): cut the list into 2 pieces; go
//     on without one of them if the plan still fails; else cut into twice as many, until each
//     piece is a single item.

import assert from "node:assert";
import type { Plan } from "./scenario.ts";

/** Indexes into the lists of the plan that was drawn, ascending. */
export interface Kept {
  readonly faults: readonly number[];
  readonly operations: readonly number[];
}

export interface Shrunk {
  readonly kept: Kept;
  /** Plans that were run. */
  readonly attempts: number;
  /** More would have been run: `kept` may not be the smallest. */
  readonly isStopped: boolean;
}

export function keepAll(plan: Plan): Kept {
  return { faults: [...plan.faults.keys()], operations: [...plan.operations.keys()] };
}

/** The plan with only those faults and operations; each index is one of its list. */
export function reduce(plan: Plan, kept: Kept): Plan {
  const pick = <T>(items: readonly T[], indexes: readonly number[]): T[] =>
    indexes.map((index) => {
      assert(index < items.length, "what is kept is in the plan");
      return items[index]!;
    });
  return {
    ...plan,
    faults: pick(plan.faults, kept.faults),
    operations: pick(plan.operations, kept.operations),
  };
}

/** `fails` runs a plan; the whole one must fail. It is made no smaller after `attemptsMax` runs. */
export async function shrink(
  plan: Plan,
  fails: (plan: Plan) => Promise<boolean>,
  attemptsMax: number,
): Promise<Shrunk> {
  let kept = keepAll(plan);
  let attempts = 0;
  let isStopped = false;
  const stillFails = async (candidate: Kept): Promise<boolean> => {
    if (attempts >= attemptsMax) {
      isStopped = true;
      return false;
    }
    attempts++;
    return fails(reduce(plan, candidate));
  };
  const beginning = await shortestBeginning(kept.operations, (operations) =>
    stillFails({ ...kept, operations }),
  );
  kept = { ...kept, operations: beginning };
  for (const list of ["faults", "operations"] as const) {
    const smallest = await ddmin(kept[list], (items) => stillFails({ ...kept, [list]: items }));
    kept = { ...kept, [list]: smallest };
  }
  return { kept, attempts, isStopped };
}

/** To within a sixteenth of the list. */
async function shortestBeginning(
  items: readonly number[],
  fails: (items: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let [passing, failing] = [0, items.length];
  while (failing - passing > items.length / 16 && failing - passing > 1) {
    const middle = Math.floor((passing + failing) / 2);
    if (await fails(items.slice(0, middle))) failing = middle;
    else passing = middle;
  }
  return items.slice(0, failing);
}

async function ddmin(
  items: readonly number[],
  fails: (items: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  if (items.length > 0 && (await fails([]))) return [];
  let left = items;
  let pieces = 2;
  while (left.length >= 2) {
    const size = Math.ceil(left.length / pieces);
    const without = await firstThat(fails, left, size);
    if (without !== undefined) {
      left = without;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) break;
    else pieces = Math.min(left.length, pieces * 2);
  }
  return left;
}

async function firstThat(
  fails: (items: readonly number[]) => Promise<boolean>,
  items: readonly number[],
  size: number,
): Promise<readonly number[] | undefined> {
  for (let from = 0; from < items.length; from += size) {
    const without = [...items.slice(0, from), ...items.slice(from + size)];
    if (await fails(without)) return without;
  }
  return undefined;
}
