import { describe, expect, test } from "vitest";
import { linearizable } from "../../../../cluster/simulation/cluster/linearizable.ts";
import type { ClusterPlan } from "../../../../cluster/simulation/cluster/shape.ts";
import type { Fault, PartitionFault } from "../../../../cluster/simulation/fault.ts";
import { drawPlan } from "../../../../cluster/simulation/simulate.ts";
import { Random } from "../../../../workloads/random.ts";
import { isNightly, runScenario, upTo } from "../run-scenario.ts";

/** A few of them every time. */
const BUGS = [
  "consensus-amnesia-votes",
  "consensus-retry-twice",
  "consensus-stale-get",
  "consensus-early-answer",
  "consensus-minority",
  "consensus-no-promise",
].slice(0, isNightly ? 6 : 3);

/** The cut of a data centre in the plan of a seed. */
function cutOf(seed: number): PartitionFault | undefined {
  const { faults, shape } = drawPlan(linearizable, new Random(seed), 0.2) as ClusterPlan;
  return faults.find((fault): fault is PartitionFault => {
    if (fault.kind !== "partition" || fault.forMs !== 3000) return false;
    const [first, ...others] = shape.ringNodes.filter(({ id }) => fault.group.includes(id));
    return fault.atMs === 7000 && others.every(({ dc }) => dc === first!.dc);
  });
}

describe("the scenario of a linearizable keyspace", () => {
  test("every key is linearizable, and most of what was asked is answered", async () => {
    let swapped = 0;
    const seeds = upTo(isNightly ? 200 : 3);
    const { violations, measures, faultsByKind } = await runScenario(linearizable, {
      seeds,
      minutes: isNightly ? 1 : 0.2,
      onSeed: (_seed, { history }) => {
        swapped += history.filter(({ f, type }) => f === "cas" && type === "ok").length;
      },
    });
    expect(violations.map(({ seed, message }) => `seed ${seed}: ${message}`)).toEqual([]);
    const figures = linearizable.figures!(measures.counts!);
    const {
      linearizable: orders,
      asked,
      retried,
    } = figures as unknown as {
      linearizable: Record<string, number>;
      asked: Record<string, { asked: number; availability: number }>;
      retried: number;
    };
    expect(orders).toMatchObject({
      linearizable: orders.histories,
      notLinearizable: 0,
      unknown: 0,
    });
    for (const [f, { availability }] of Object.entries(asked)) {
      expect(availability, f).toBeGreaterThan(0.8);
    }
    expect(asked.cas!.asked).toBeGreaterThan(50);
    expect(swapped).toBeGreaterThan(10);
    expect(retried).toBeGreaterThan(0);
    expect(faultsByKind["disk-loss"]).toBeGreaterThan(0);
  }, 600_000);

  test.each(BUGS)(
    "%s is caught by linearizability",
    async (planted) => {
      // Each seed is a few hundred milliseconds; most bugs are seen by one of the first.
      for (let seed = 1; seed <= (isNightly ? 500 : 60); seed++) {
        const options = { seeds: [seed], minutes: 0.2, planted };
        const { violations } = await runScenario(linearizable, options);
        if (violations.some(({ checker }) => checker === "linearizability")) return;
      }
      expect.fail("no seed shows it");
    },
    120_000,
  );

  test("with a data centre cut off the others go on, but not when all are", async () => {
    const seed = upTo(20).find((it) => cutOf(it) !== undefined)!;
    const plan = drawPlan(linearizable, new Random(seed), 0.2) as ClusterPlan;
    const judged = async (faults: readonly Fault[]) => {
      const random = new Random(seed).split("run");
      const { verdicts } = await linearizable.run({ ...plan, faults }, random, undefined);
      const { operations, violations } = verdicts.find((it) => it.checker === "availability")!;
      return { hasAsked: operations > 0, violations: violations.length };
    };
    const cut = cutOf(seed)!;
    expect(await judged(plan.faults)).toEqual({ hasAsked: true, violations: 0 });
    const others = plan.shape.ringNodes.filter(({ id }) => !cut.group.includes(id));
    const group = others.filter(({ dc }) => dc === others[0]!.dc).map(({ id }) => id);
    // Longer than a client waits.
    const longer = { ...cut, atMs: cut.atMs - 1, forMs: 4900 };
    const all = [...plan.faults, longer, { ...longer, group }];
    expect(await judged(all)).toEqual({ hasAsked: true, violations: 1 });
    // Without it there is nothing to judge.
    const none = plan.faults.filter((fault) => fault.atMs !== cut.atMs);
    expect(await judged(none)).toEqual({ hasAsked: false, violations: 0 });
  });

  test("the same seed gives the same digest", async () => {
    const { digest } = await runScenario(linearizable, { seeds: [1], minutes: 0.05 });
    expect((await runScenario(linearizable, { seeds: [1], minutes: 0.05 })).digest).toBe(digest);
    const other = await runScenario(linearizable, { seeds: [2], minutes: 0.05 });
    expect(other.digest).not.toBe(digest);
  });
});
