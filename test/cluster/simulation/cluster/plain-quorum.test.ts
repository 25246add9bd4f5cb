import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../../../cluster/checking/history.ts";
import { checkLinearizability } from "../../../../cluster/checking/linearizability.ts";
import { checkRegular } from "../../../../cluster/checking/regular.ts";
import { plainQuorum } from "../../../../cluster/simulation/cluster/plain-quorum.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

describe("the scenario of plain quorums", () => {
  test("every seed is regular, and has a key that is not linearizable", async () => {
    const stories: HistoryEvent[][] = [];
    const seeds = upTo(isNightly ? 200 : 3);
    const { violations, measures, checked } = await runScenario(plainQuorum, {
      seeds,
      minutes: isNightly ? 1 : 0.1,
      onSeed: (_seed, { history }) => {
        stories.push(history.filter(({ key }) => key === "half-written"));
      },
    });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    expect(checked.regular).toBeGreaterThan(60 * seeds.length);
    const { linearizable } = plainQuorum.figures!(measures.counts!) as Record<
      string,
      Record<string, number>
    >;
    expect(linearizable!.notLinearizable).toBeGreaterThanOrEqual(seeds.length);
    expect(linearizable!.linearizable).toBeGreaterThan(2 * seeds.length);
    for (const [i, story] of stories.entries()) {
      const told = `seed ${seeds[i]}`;
      const { linearizable: isOne } = checkLinearizability(story, { model: "register" });
      expect(isOne, told).toBe(false);
      expect(checkRegular(story, { values: "one" }).violations, told).toEqual([]);
      const read = story.filter(({ f, type }) => f === "get" && type === "ok");
      expect(read.slice(0, 3).map(({ value }) => value)).toEqual(["s4:1", "s4:2", "s4:1"]);
    }
  }, 600_000);

  test("the same seed gives the same digest", async () => {
    const { digest } = await runScenario(plainQuorum, { seeds: [1], minutes: 0.02 });
    expect((await runScenario(plainQuorum, { seeds: [1], minutes: 0.02 })).digest).toBe(digest);
    const other = await runScenario(plainQuorum, { seeds: [2], minutes: 0.02 });
    expect(other.digest).not.toBe(digest);
  });

  test.each(
    isNightly ? ["read-first-answer", "digest-as-data", "ack-after-one"] : ["read-first-answer"],
  )("%s is caught", async (planted) => {
    const options = { seeds: upTo(isNightly ? 10 : 1), minutes: 0.3, planted };
    const { violations } = await runScenario(plainQuorum, options);
    expect(violations.map(({ checker }) => checker)).toContain("regular");
  });
});
