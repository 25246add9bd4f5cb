// What surrounds runs: an end asked for in the middle of one, and plans with something taken out.

import { expect, test } from "vitest";
import { systemTimer } from "../../../bench/timer.ts";
import type { HistoryEvent } from "../../../cluster/checking/history.ts";
import { judgeLiveness } from "../../../cluster/simulation/judge-liveness.ts";
import { registerScenario } from "../../../cluster/simulation/register/register.ts";
import type { Plan, Scenario } from "../../../cluster/simulation/scenario.ts";
import { drawPlan } from "../../../cluster/simulation/simulate.ts";
import { Random } from "../../../workloads/random.ts";
import { runScenario } from "./run-scenario.ts";

test("a run ends where it is when it is interrupted, and its seed does not count", async () => {
  const reached: number[] = [];
  const judged: number[] = [];
  let isOver = false;
  const { seeds, violations } = await runScenario(registerScenario, {
    seeds: [7, 8, 9],
    minutes: 0.2,
    onSeed: (seed) => judged.push(seed),
    onTime: (seed, virtualMs) => {
      if (seed === 8) reached.push(virtualMs);
      isOver = seed === 8 && virtualMs > 2000;
    },
    isInterrupted: () => isOver,
  });
  expect({ seeds, judged, violations }).toEqual({ seeds: 1, judged: [7], violations: [] });
  expect(reached.at(-1)).toBeLessThan(12_000);
  expect(reached).toEqual([...reached].sort((a, b) => a - b));
});

test("a signal that came while judges were at work is heard before the next seed", async () => {
  let isHeard = false;
  const begun = new Set<number>();
  const scenario: Scenario = {
    ...registerScenario,
    run: async (...given) => {
      const outcome = await registerScenario.run(...given);
      // As a signal is: in the next turn of the event loop.
      systemTimer.nextTurn(() => {
        isHeard = true;
      });
      return outcome;
    },
  };
  const { seeds } = await runScenario(scenario, {
    ...{ seeds: [7, 8, 9], minutes: 0.02, isInterrupted: () => isHeard },
    randomOf: (seed) => {
      begun.add(seed);
      return new Random(seed);
    },
  });
  expect({ seeds, begun: [...begun] }).toEqual({ seeds: 1, begun: [7] });
});

test("taking an operation out leaves the others their chance", async () => {
  const seed = 7;
  const plan = drawPlan(registerScenario, new Random(seed), 0.05);
  const asked = async (operations: Plan["operations"]) => {
    const random = new Random(seed).split("run");
    const { history } = await registerScenario.run({ ...plan, faults: [], operations }, random, "");
    const first = history.filter(({ type, session }) => type === "invoke" && session === "s0");
    return first.map(({ f, key, node }) => `${f} ${key} of ${node}`);
  };
  const whole = await asked(plan.operations);
  expect(whole.length).toBeGreaterThan(10);
  const gone = plan.operations.findIndex(({ session }) => session === 0);
  expect(await asked(plan.operations.toSpliced(gone, 1))).toEqual(whole.slice(1));
});

test("a run that ends in an error is a violation, and the next seeds go on", async () => {
  const scenario: Scenario = {
    ...registerScenario,
    run: (plan, random, planted) => {
      if (plan.nodes.length === nodesOfEight) throw new Error("a judge stumbled");
      return registerScenario.run(plan, random, planted);
    },
  };
  const nodesOfEight = drawPlan(scenario, new Random(8), 0.02).nodes.length;
  const given = { seeds: [7, 8, 9], minutes: 0.02 };
  const { seeds, violations } = await runScenario(scenario, given);
  expect(seeds).toBe(3);
  expect(violations.map(({ seed, checker }) => [seed, checker])).toEqual([[8, "processes"]]);
  expect(violations[0]!.message).toContain("a judge stumbled");
});

test("who got no answer is named", () => {
  const event = { index: 0, time: 5e6, process: 0, type: "invoke", f: "get", key: "k" } as const;
  const told = (more: Partial<HistoryEvent>): string =>
    judgeLiveness([{ ...event, ...more }], 1).violations[0]!.message;
  expect(told({ session: "s1" })).toContain("asked by s1 5 ms in");
  expect(told({ session: "s1", node: "n2" })).toContain("asked of n2 5 ms in");
});
