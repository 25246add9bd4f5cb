import { describe, expect, test } from "vitest";
import type { Fault } from "../../../cluster/simulation/fault.ts";
import type { Plan } from "../../../cluster/simulation/scenario.ts";
import { shrink } from "../../../cluster/simulation/shrink.ts";

const faults: Fault[] = Array.from({ length: 40 }, (_, i) => ({
  kind: "kill",
  atMs: i,
  forMs: 1,
  node: `n${i}`,
}));
const plan: Plan = {
  nodes: [],
  chaosMs: 1000,
  faults,
  operations: Array.from({ length: 300 }, (_, i) => ({
    session: 0,
    atMs: i,
    f: "get",
    key: "k",
  })),
};

function needs(faultNodes: readonly string[], times: readonly number[]) {
  return async (smaller: Plan): Promise<boolean> => {
    const nodes = smaller.faults.map((fault) => ("node" in fault ? fault.node : ""));
    const kept = smaller.operations.map(({ atMs }) => atMs);
    return faultNodes.every((it) => nodes.includes(it)) && times.every((it) => kept.includes(it));
  };
}

describe("shrinking", () => {
  test("keeps exactly what is needed to fail, in order", async () => {
    const fails = needs(["n3", "n20"], [7, 100, 299]);
    const { kept, isStopped } = await shrink(plan, fails, 10_000);
    expect(isStopped).toBe(false);
    expect(kept).toEqual({ faults: [3, 20], operations: [7, 100, 299] });
  });

  test("drops all when nothing is needed", async () => {
    const { kept, attempts } = await shrink(plan, needs([], []), 100);
    expect(kept).toEqual({ faults: [], operations: [] });
    expect(attempts).toBeLessThan(10);
  });

  test("stops after so many attempts, with a plan that still fails", async () => {
    const fails = needs(["n3"], [7, 100]);
    const { kept, attempts, isStopped } = await shrink(plan, fails, 12);
    expect({ attempts, isStopped }).toEqual({ attempts: 12, isStopped: true });
    expect(kept.operations.length).toBeGreaterThan(2);
    expect(kept.operations).toContain(7);
    expect(kept.operations).toContain(100);
  });
});
