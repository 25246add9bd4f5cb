// The laws of merging, and the versions that are kept, against causal histories as plain sets.

import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import type { PolicyName } from "../../../cluster/versioning/policy.ts";
import { Execution, type Step, stepLists } from "./causal-histories.ts";

const NAMES: readonly PolicyName[] = ["dvv", "vector-clock", "lww"];
const IS_NIGHTLY = process.env.RINGBENCH_NIGHTLY === "1";
vi.setConfig({ testTimeout: IS_NIGHTLY ? 600_000 : 60_000 });
const RUNS = IS_NIGHTLY ? 10_000 : 600;
/** Remembers every request of an execution. */
const ALL = 1000;

function execute(name: PolicyName, steps: readonly Step[], requestMemory?: number): Execution {
  const options = requestMemory === undefined ? {} : { requestMemory };
  const execution = new Execution(createPolicy(name, { siblingsMax: 1000, ...options }));
  for (const step of steps) execution.run(step);
  return execution;
}

function expectLaws({ policy, sets }: Execution): void {
  const expectSame = (a: (typeof sets)[number], b: (typeof sets)[number]) => {
    const bytes = policy.encode(a);
    if (Buffer.compare(bytes, policy.encode(b)) !== 0) expect(a).toEqual(b);
  };
  for (const a of sets) {
    expectSame(policy.merge(a, a), a);
    for (const b of sets) {
      const both = policy.merge(a, b);
      expectSame(policy.merge(b, a), both);
      expectSame(policy.merge(both, a), both);
      for (const c of sets) expectSame(policy.merge(both, c), policy.merge(a, policy.merge(b, c)));
    }
  }
}

function isSubset(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  for (const member of a) if (!b.has(member)) return false;
  return true;
}

describe.each(NAMES)("%s", (name) => {
  it("merges in any order to the same bytes", () => {
    fc.assert(
      fc.property(stepLists({ retries: false }), (steps) => expectLaws(execute(name, steps))),
      { numRuns: RUNS / 2 },
    );
  });

  it("merges in any order with retries too, as long as they are remembered", () => {
    fc.assert(
      fc.property(stepLists({ retries: true }), (steps) => expectLaws(execute(name, steps, ALL))),
      { numRuns: RUNS / 2 },
    );
  });
});

// A plain clock may stand still for a sibling (sibling-policies.ts), and then says less.
describe.each(["dvv", "lww"] as const)("%s", (name) => {
  it("orders sets as their events are ordered", () => {
    fc.assert(
      fc.property(stepLists({ retries: false }), (steps) => {
        const { policy, sets, known } = execute(name, steps);
        for (const [i, a] of sets.entries()) {
          for (const [k, b] of sets.entries()) {
            const less = isSubset(known[i]!, known[k]!);
            const more = isSubset(known[k]!, known[i]!);
            const order = less ? (more ? "equal" : "before") : more ? "after" : "concurrent";
            expect(policy.compare(a, b)).toBe(order);
            expect(policy.isEqual(a, b)).toBe(order === "equal");
          }
        }
      }),
      { numRuns: RUNS },
    );
  });
});

describe("dvv", () => {
  const expectMaximal = (steps: readonly Step[], requestMemory?: number) => {
    const execution = execute("dvv", [], requestMemory);
    for (const step of steps) {
      execution.run(step);
      for (const at of execution.sets.keys()) {
        const siblings = execution.siblings(at).join();
        if (siblings !== execution.maximal(at).join()) {
          expect(siblings, `siblings at ${at}`).toBe(execution.maximal(at).join());
        }
      }
    }
  };

  it("keeps exactly the writes that no other write has seen", () => {
    fc.assert(
      fc.property(stepLists({ retries: false }), (steps) => expectMaximal(steps)),
      { numRuns: RUNS },
    );
  });

  it("takes a request that was coordinated several times as one write", () => {
    fc.assert(
      fc.property(stepLists({ retries: true }), (steps) => expectMaximal(steps, ALL)),
      { numRuns: RUNS },
    );
  });
});

describe.each(["dvv", "vector-clock"] as const)("%s", (name) => {
  it.each([0, 1, 2])("loses nothing when it remembers %i requests of an actor", (memory) => {
    fc.assert(
      fc.property(stepLists({ retries: true }), (steps) => {
        const execution = execute(name, [], memory);
        for (const step of steps) {
          execution.run(step);
          for (const at of execution.sets.keys()) {
            const siblings = new Set(execution.siblings(at));
            const lost = execution.maximal(at).filter((request) => !siblings.has(request));
            if (lost.length > 0) expect.fail(`replica ${at} lost ${lost.join()}`);
            if (!isSubset(siblings, execution.known[at]!)) expect.fail("out of thin air");
          }
        }
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
