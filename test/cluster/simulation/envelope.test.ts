import { describe, expect, test } from "vitest";
import { measurePlan } from "../../../cluster/simulation/envelope.ts";
import type { Fault } from "../../../cluster/simulation/fault.ts";
import type { Outcome, Plan, Scenario } from "../../../cluster/simulation/scenario.ts";
import { SCENARIOS } from "../../../cluster/simulation/scenarios.ts";
import { drawPlan } from "../../../cluster/simulation/simulate.ts";
import { Random } from "../../../workloads/random.ts";
import { runScenario, upTo } from "./run-scenario.ts";

const IDS = ["n1", "n2", "n3", "n4"];

function lossOf(node: string, atMs: number): Fault {
  return { kind: "disk-loss", node, atMs, forMs: 100 };
}

function planOf(faults: readonly Fault[]): Plan {
  const nodes = IDS.map((id) => ({ id, engine: "memory" }));
  return { nodes, chaosMs: 100_000, faults, operations: [] };
}

/** Of a scenario that repairs within a second, and holds each key on two of four nodes. */
function scenarioOf(envelope: Scenario["envelope"]): Scenario {
  return {
    name: "empty",
    description: "",
    bugs: [],
    envelope,
    repairMs: 1000,
    holders: () => [
      ["n1", "n2"],
      ["n3", "n4"],
    ],
    draw: () => planOf([lossOf("n1", 10), lossOf("n2", 20)]),
    run: async () => ({ verdicts: [] }) as unknown as Outcome,
  };
}

const ANYTHING = scenarioOf({ durability: "group" });

function between(...faults: Fault[]): number {
  return measurePlan(ANYTHING, planOf(faults)).diskLossesBetweenRepairs;
}

describe("what a plan does", () => {
  test("losses count by holders of the same keys, each node once, until a repair", () => {
    expect(between()).toBe(0);
    expect(between(lossOf("n1", 10), lossOf("n1", 300))).toBe(1);
    expect(between(lossOf("n1", 10), lossOf("n3", 300))).toBe(1);
    expect(between(lossOf("n1", 10), lossOf("n2", 300))).toBe(2);
    expect(between(lossOf("n1", 10), lossOf("n2", 1110))).toBe(1);
    expect(between(lossOf("n1", 10), lossOf("n2", 1109))).toBe(2);
  });

  test("a fault of any kind in between holds the repair up", () => {
    const clog: Fault = { kind: "clog", from: "n3", to: "n4", atMs: 600, forMs: 200 };
    expect(between(lossOf("n1", 10), clog, lossOf("n2", 1500))).toBe(2);
    expect(between(lossOf("n2", 1500), clog, lossOf("n1", 10))).toBe(2);
  });

  test("all disk losses are counted, and the worst is what is used", () => {
    const losses = [lossOf("n1", 10), lossOf("n1", 300), lossOf("n2", 5000)];
    expect(measurePlan(ANYTHING, planOf(losses))).toEqual({
      diskLosses: 3,
      diskLossesBetweenRepairs: 1,
      membershipChanges: 0,
    });
  });
});

describe("a plan beyond the envelope", () => {
  test("is refused, as I1 and I2 say", () => {
    const one = scenarioOf({ durability: "os", diskLossesBetweenRepairs: 1 });
    expect(() => measurePlan(one, planOf([lossOf("n1", 1), lossOf("n2", 2)]))).toThrow("I1");
    expect(measurePlan(one, planOf([lossOf("n1", 1)])).diskLosses).toBe(1);
    const powerLoss: Fault = { kind: "power-loss", node: "n1", atMs: 1, forMs: 1 };
    expect(() => measurePlan(one, planOf([powerLoss]))).toThrow("I2");
    const kill: Fault = { ...powerLoss, kind: "kill" };
    expect(measurePlan(one, planOf([kill])).diskLosses).toBe(0);
    const inMemory = scenarioOf({ durability: "memory" });
    expect(() => measurePlan(inMemory, planOf([kill]))).toThrow("I2");
    // What the plan says of its stores comes before what the scenario says.
    expect(() => measurePlan(one, { ...planOf([kill]), durability: "memory" })).toThrow("I2");
    expect(measurePlan(one, { ...planOf([powerLoss]), durability: "sync" }).diskLosses).toBe(0);
  });

  test("fails the run of its seed", async () => {
    const one = scenarioOf({ durability: "group", diskLossesBetweenRepairs: 1 });
    await expect(runScenario(one, { seeds: [1], minutes: 1 })).rejects.toThrow("I1");
  });

  test("is drawn by none of ours", () => {
    for (const scenario of SCENARIOS) {
      for (const seed of upTo(60)) {
        for (const minutes of [0.01, 0.5]) {
          const plan = drawPlan(scenario, new Random(seed), minutes);
          expect(() => measurePlan(scenario, plan), `seed ${seed}`).not.toThrow();
        }
      }
    }
  });
});
