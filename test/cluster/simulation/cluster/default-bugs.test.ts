// Every mistake that the nodes can make on purpose is seen by the judge that is there for it. With
// RINGBENCH_NIGHTLY=1 all are tried, and a table is printed of how many seeds each took.

import fs from "node:fs";
import { describe, expect, test } from "vitest";
import { defaultScenario } from "../../../../cluster/simulation/cluster/default.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

const SEEDS_MAX = 500;

/** By bug: one that sees it. */
const JUDGES: Readonly<Record<string, string>> = {
  "ack-after-one": "answers",
  "ack-before-durable": "lost-writes",
  "always-not-done": "siblings",
  "context-ignored": "siblings",
  "digest-as-data": "regular",
  "each-quorum-by-sum": "answers",
  "failure-is-done": "regular",
  "fresh-request-id": "siblings",
  "hint-removed-early": "hints",
  "hints-count": "answers",
  "hints-forgotten": "hints",
  "merge-overwrites": "lost-writes",
  "mint-twice": "siblings",
  "no-epochs": "lost-writes",
  "no-hints": "lost-writes",
  "pending-not-added": "answers",
  "read-first-answer": "regular",
  "read-one-less": "answers",
  "repair-not-blocking": "convergence",
  "scan-beyond-parts": "regular",
  "scan-first-set": "regular",
  "scan-part-short": "regular",
  "scan-repeats-a-key": "many",
  "scan-skips-a-key": "regular",
  "stand-ins-in-strict": "answers",
  "tombstones-dropped": "convergence",
  "wall-clock": "answers",
};

/** Seen in the first short seeds. */
const QUICK = ["ack-after-one", "hints-forgotten", "read-one-less"];

/** The first seed in which the judge sees the bug; undefined: none of the first `seedsMax`. */
async function seedThatShows(
  bug: string,
  seedsMax: number,
  minutes: number,
): Promise<number | undefined> {
  let found: number | undefined;
  await runScenario(defaultScenario, {
    seeds: upTo(seedsMax),
    minutes,
    planted: bug,
    onSeed: (seed, { verdicts }) => {
      const judge = verdicts.find(({ checker }) => checker === JUDGES[bug]);
      if (judge !== undefined && judge.violations.length > 0) found = seed;
    },
    isInterrupted: () => found !== undefined,
  });
  return found;
}

describe("planted bugs", () => {
  test("each is in the code of the product", () => {
    const folders = ["", "/hints", "/replication", "/versioning"].map((name) => `cluster${name}`);
    const files = folders.flatMap((dir) => fs.readdirSync(dir).map((name) => `${dir}/${name}`));
    const sources = files.filter((name) => name.endsWith(".ts"));
    const texts = sources.map((file) => fs.readFileSync(file, "utf8"));
    const isThere = (bug: string): boolean => {
      return texts.some((text) => text.includes(`isPlanted("${bug}")`));
    };
    expect(Object.keys(JUDGES).filter((bug) => !isThere(bug))).toEqual([]);
  });

  test("each has a judge", () => {
    const bugs = defaultScenario.bugs.map(({ name }) => name);
    expect(Object.keys(JUDGES).sort()).toEqual([...bugs].sort());
    expect(bugs.length).toBeGreaterThanOrEqual(15);
  });

  test.each(isNightly ? Object.keys(JUDGES) : QUICK)(
    "%s is caught",
    async (bug) => {
      const seed = isNightly
        ? await seedThatShows(bug, SEEDS_MAX, 1)
        : await seedThatShows(bug, 6, 0.1);
      if (isNightly) process.stdout.write(`| \`${bug}\` | ${JUDGES[bug]} | ${seed ?? "never"} |\n`);
      expect(seed).toBeDefined();
    },
    3_600_000,
  );
});
