// The promises of membership by seed, and mistakes on purpose that their judges must see. With
// RINGBENCH_NIGHTLY=1 there are 1,000 seeds, and a table of how many seeds each mistake took.

import { describe, expect, test } from "vitest";
import { membershipScenario } from "../../../../cluster/simulation/membership/membership.ts";
import type { MemberPlan } from "../../../../cluster/simulation/membership/plan.ts";
import { drawPlan } from "../../../../cluster/simulation/simulate.ts";
import { Random } from "../../../../workloads/random.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

const SEEDS_MAX = 200;

/** By bug: the judge that sees it. */
const JUDGES: Readonly<Record<string, string>> = {
  "dead-forgotten": "accuracy",
  "dead-wins": "incarnations",
  "foreign-taken": "strangers",
  "incarnation-anew": "incarnations",
  "left-as-dead": "convergence",
  "meta-unraised": "convergence",
  "no-refutation": "accuracy",
  "push-pull-kills": "accuracy",
  "stale-ignored": "convergence",
  "stall-uncounted": "stalls",
  "suspicion-stays": "detection",
};

/** Seen in the first seeds. */
const QUICK = ["incarnation-anew", "no-refutation", "suspicion-stays"];

async function seedThatShows(bug: string): Promise<number | undefined> {
  let found: number | undefined;
  await runScenario(membershipScenario, {
    seeds: upTo(SEEDS_MAX),
    minutes: 1,
    planted: bug,
    onSeed: (seed, { verdicts }) => {
      const judge = verdicts.find(({ checker }) => checker === JUDGES[bug]);
      if (judge !== undefined && judge.violations.length > 0) found = seed;
    },
    isInterrupted: () => found !== undefined,
  });
  return found;
}

describe("the membership scenario", () => {
  test("a seed has one digest, and two seeds have two", async () => {
    const run = (seed: number) => runScenario(membershipScenario, { seeds: [seed], minutes: 0.5 });
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect((await run(4)).digest).not.toBe(first.digest);
  });

  test("every promise holds in every seed, and each was due", async () => {
    const seeds = upTo(isNightly ? 1000 : 20);
    const result = await runScenario(membershipScenario, { seeds, minutes: isNightly ? 1 : 0.2 });
    const { violations, checked, marks, faultsByKind, measures } = result;
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    for (const checker of ["detection", "accuracy", "convergence", "incarnations"]) {
      expect(checked[checker], checker).toBeGreaterThan(1000 * seeds.length);
    }
    expect(checked.stalls).toBe(4 * seeds.length);
    expect(checked.strangers).toBeGreaterThan(0);
    for (const [mark, times] of Object.entries(marks)) {
      const isRare = mark === "membership gave a suspect more time after a stall";
      if (isNightly || !isRare) expect(times, mark).toBeGreaterThan(0);
    }
    const kinds = ["disk-loss", "kill", "loss", "noise", "partition", "slow-node"];
    if (isNightly) kinds.push("clog", "clock-jump", "duplicate", "one-way", "reorder");
    expect(Object.keys(faultsByKind)).toEqual(expect.arrayContaining(kinds));
    // Every death of the script was found out by all.
    for (const it of Object.values(measures.counts as Record<string, Record<string, number>>)) {
      expect(it.found).toBe(it.deaths);
    }
    if (isNightly) console.info(membershipScenario.figures!(measures.counts!));
  }, 3_600_000);

  test("plans have members, seeds, detectors and strangers of all kinds", () => {
    const shapes = upTo(200).map((seed) => {
      return (drawPlan(membershipScenario, new Random(seed), 1) as MemberPlan).shape;
    });
    const sizes = new Set(shapes.map(({ members }) => members.length));
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([5, 15]);
    const kinds = shapes.map(({ detector, profile, stranger }) => {
      return `${detector} ${profile} ${stranger?.reason}`;
    });
    expect(new Set(kinds).size).toBe(12);
    expect(shapes.filter(({ seeds }) => seeds.length === 2).length).toBeGreaterThan(50);
  });

  test("each mistake has its judge", () => {
    expect(Object.keys(JUDGES)).toEqual(membershipScenario.bugs.map(({ name }) => name));
  });

  test.each(isNightly ? Object.keys(JUDGES) : QUICK)(
    "%s is seen",
    async (bug) => {
      const seed = await seedThatShows(bug);
      expect(seed, `${bug} by ${JUDGES[bug]} within ${SEEDS_MAX} seeds`).toBeGreaterThan(0);
      if (isNightly) console.info(`${bug}: ${JUDGES[bug]}, seed ${seed}`);
    },
    600_000,
  );
});
