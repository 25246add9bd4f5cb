// The registers under faults, judged: what clients saw is linearizable, and every mistake that is
// planted is found.

import { describe, expect, test } from "vitest";
import { isNightly, upTo } from "../simulation/run-scenario.ts";
import { type ChaosResult, runChaos } from "./chaos.ts";

const CHAOS_MS = 4000;
/** A mistake must show within so many. */
const SEEDS_MAX = 500;

describe("registers under faults", () => {
  test("are linearizable, and answer again when the faults are over", async () => {
    const marks: Record<string, number> = {};
    const faults = new Set<string>();
    for (const seed of upTo(isNightly ? 2000 : 6)) {
      const result = await runChaos(seed, isNightly ? 2 * CHAOS_MS : CHAOS_MS);
      expect(result.violations.map((violation) => `seed ${seed}: ${violation}`)).toEqual([]);
      for (const [name, count] of Object.entries(result.marks)) {
        marks[name] = (marks[name] ?? 0) + count;
      }
      for (const kind of Object.keys(result.faults)) faults.add(kind);
    }
    expect(Object.keys(marks)).toEqual(expect.arrayContaining(EXPECTED_MARKS));
    expect([...faults]).toEqual(expect.arrayContaining(["disk-loss", "kill", "loss", "partition"]));
  }, 3_600_000);

  test("a seed has one digest", async () => {
    const digestOf = ({ digest }: ChaosResult): string => digest;
    const first = digestOf(await runChaos(5, 2000));
    expect(digestOf(await runChaos(5, 2000))).toBe(first);
    expect(digestOf(await runChaos(6, 2000))).not.toBe(first);
  });

  test("stay linearizable while the plan changes to and fro", async () => {
    let changes = 0;
    for (const seed of upTo(isNightly ? 500 : 2)) {
      const result = await runChaos(seed, CHAOS_MS, { changesPlan: true });
      expect(result.violations.map((violation) => `seed ${seed}: ${violation}`)).toEqual([]);
      changes += result.changes;
    }
    expect(changes).toBeGreaterThan(4);
  }, 3_600_000);

  // By day the search begins at the first seed that is known to show it.
  test.each([
    ["consensus-no-promise", 1],
    ["consensus-minority", 1],
    ["consensus-stale-get", 2],
    ["consensus-amnesia-votes", 12],
    ["consensus-retry-twice", 4],
    ["consensus-forgets-refusal", 10],
    ["consensus-early-answer", 38],
    ["consensus-one-majority", 1],
  ])(
    "the mistake %s is found by linearizability",
    async (planted, first) => {
      const begin = isNightly ? 1 : first;
      const changesPlan = planted === "consensus-one-majority";
      let isCaught = false;
      for (let seed = begin; seed < begin + SEEDS_MAX && !isCaught; seed++) {
        const { violations } = await runChaos(seed, 6000, { planted, changesPlan });
        isCaught = violations.some((violation) => violation.startsWith("linearizability: no"));
      }
      expect(isCaught).toBe(true);
    },
    600_000,
  );
});

const EXPECTED_MARKS = [
  "consensus disk after another",
  "consensus disk is the first",
  "consensus duel",
  "consensus gets shared a proposal",
  "consensus met its own request",
  "consensus read at once",
  "consensus read finished a write",
  "consensus read met a proposal",
  "consensus record may be lost",
  "consensus recovered a key",
  "consensus waited for the disk",
  "consensus walked a peer",
  "consensus went on from its lead",
];
