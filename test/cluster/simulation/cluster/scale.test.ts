// Nodes join and leave a cluster that serves, under faults.

import { describe, expect, test } from "vitest";
import { scaleIn, scaleOut } from "../../../../cluster/simulation/cluster/scale.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

describe.each([scaleOut, scaleIn])("$name", (scenario) => {
  test("loses nothing, and the ring changes in every seed", async () => {
    const seeds = upTo(isNightly ? 200 : 2);
    const { violations, measures, marks } = await runScenario(scenario, { seeds, minutes: 0.5 });
    expect(violations).toEqual([]);
    expect(measures.counts?.changes).toBe(seeds.length);
    expect(measures.counts?.keysTaken).toBeGreaterThan(0);
    for (const mark of scenario.marks!) expect(marks[mark], mark).toBeGreaterThan(0);
  }, 3_600_000);
});

test.each(["transfer-from-none", "step-before-all-know"])(
  "%s is found",
  async (planted) => {
    const checkers = new Set<string>();
    // By day the search begins at the first seed that is known to show it.
    for (let seed = isNightly ? 1 : FIRST; seed < 500 && checkers.size === 0; seed++) {
      const options = { seeds: [seed], minutes: 0.5, planted };
      const { violations } = await runScenario(scaleOut, options);
      for (const { checker } of violations) checkers.add(checker);
    }
    expect([...checkers]).toContain("regular");
  },
  3_600_000,
);

const FIRST = 6;
