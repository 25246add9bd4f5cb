// Mistakes that are made on purpose, each caught by a check that passes without it.

import { describe, expect, test } from "vitest";
import { CHECKS } from "./checks.ts";

const SEEDS = 4;

/** The mistake, and the check that must find it. */
const PLANTED: readonly (readonly [string, string])[] = [
  ["entropy-omits-deletes", "replicas come together"],
  ["entropy-adds-only", "the index follows the data"],
  ["entropy-doubt-ignored", "the index follows the data"],
  ["entropy-growth-forgets", "trees grow beside writes"],
  ["entropy-build-forgets", "an index is made beside writes"],
  ["entropy-unconfirmed", "writes on their way are left alone"],
  ["entropy-repair-unseen", "a second round transfers nothing"],
  ["entropy-one-way", "replicas come together"],
  ["entropy-page-short", "a pull brings everything"],
  ["entropy-coarse-wrong", "equal leaves of unequal trees are not listed"],
];

async function failure(check: string, seed: number, planted?: string): Promise<string | undefined> {
  try {
    await CHECKS[check]!(seed, planted);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe("without a mistake", () => {
  test.each(Object.keys(CHECKS))("%s", async (check) => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      expect(await failure(check, seed), `seed ${seed}`).toBeUndefined();
    }
  });
});

describe("the mistake", () => {
  test.each(PLANTED)("%s is caught: %s", async (planted, check) => {
    let seed = 0;
    let found: string | undefined;
    while (found === undefined && seed < SEEDS) found = await failure(check, ++seed, planted);
    expect(found, `within ${SEEDS} seeds`).toContain("AssertionError");
  });
});
