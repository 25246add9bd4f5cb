import { describe, expect, test } from "vitest";
import { cap } from "../../../../cluster/simulation/cluster/cap.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

const MINUTES = 0.2;

interface Side {
  readonly minority: { readonly asked: number; readonly answered: number };
  readonly majority: { readonly asked: number; readonly availability: number };
  readonly reads: number;
  readonly staleReads: number;
  readonly keysWithSiblings: number;
  readonly keysWithSiblingsAfter: number;
  readonly keysUnequal: number;
}

/** By what each is seen, and the first seed that shows it; a few of them every time. */
const BUGS = [
  ["digest-as-data", "regular", 1],
  ["context-ignored", "reconciliation", 1],
  ["read-first-answer", "regular", 19],
].slice(0, isNightly ? 3 : 1) as [string, string, number][];

describe("the scenario of one partition", () => {
  test("strict quorums refuse the minority, sloppy ones answer it and reconcile", async () => {
    const seeds = upTo(isNightly ? 100 : 1);
    const { violations, measures } = await runScenario(cap, { seeds, minutes: MINUTES });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    const figures = cap.figures!(measures.counts!) as unknown as Record<"cp" | "ap", Side>;
    const { cp, ap } = figures;
    expect(cp.minority).toMatchObject({ answered: 0, availability: 0 });
    expect(cp.minority.asked).toBeGreaterThan(100 * seeds.length);
    expect(cp.majority.availability).toBeGreaterThan(0.99);
    expect(cp).toMatchObject({ staleReads: 0, staleReadFraction: 0, keysUnequal: 0 });
    expect(cp.reads).toBeGreaterThan(100);
    expect(ap.minority.answered / ap.minority.asked).toBeGreaterThan(0.99);
    expect(ap.staleReads).toBeGreaterThan(50);
    expect(ap.keysWithSiblings).toBeGreaterThan(5);
    expect(ap).toMatchObject({ keysWithSiblingsAfter: 0, keysUnequal: 0 });
  }, 600_000);

  test("the same seed gives the same digest, and the history tells both runs apart", async () => {
    const digests: string[] = [];
    const run = (seeds: number[]) =>
      runScenario(cap, {
        seeds,
        minutes: 0.01,
        kept: { faults: [0, 1], operations: Array.from({ length: 60 }, (_, i) => i) },
        onSeed: (_seed, { digest, history }) => {
          digests.push(digest);
          expect(history.map(({ index }) => index)).toEqual([...history.keys()]);
          const times = history.map(({ time }) => time);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          expect(new Set(history.map(({ key }) => key.slice(0, 3)))).toEqual(
            new Set(["cp/", "ap/"]),
          );
        },
      });
    await run([3]);
    await run([3]);
    await run([4]);
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  test("of a part of the plan nothing is claimed that only the whole shows", async () => {
    const kept = { faults: [], operations: [0, 1] };
    const { violations } = await runScenario(cap, { seeds: [1], minutes: MINUTES, kept });
    expect(violations).toEqual([]);
  });

  test.each(BUGS)("%s is caught by %s", async (planted, checker, seed) => {
    const { violations } = await runScenario(cap, {
      seeds: [seed],
      minutes: MINUTES,
      planted,
    });
    expect(violations.map((it) => it.checker)).toContain(checker);
  });
});
