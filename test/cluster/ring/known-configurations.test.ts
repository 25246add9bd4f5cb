// Configurations that riak_core knows to be hard, or to have gone wrong once: its known_hard_tests,
// the location tests of its claim modules and its two regressions (docs/claim-fixes.md). Counts of
// violations are recomputed here, window by window, as riak_core counts them.

import { describe, expect, test } from "vitest";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import type { Ring } from "../../../cluster/ring/ring.ts";
import type { RingNode } from "../../../cluster/ring/ring-node.ts";
import { Random } from "../../../workloads/random.ts";
import { countsOf, ownersOf, racksOf, ringOf } from "./clusters.ts";

/** How often the middle one of 2 n - 1 things is again in the windows of n that hold it. */
function collisions(around: readonly unknown[], n: number): number {
  const middle = around[n - 1];
  let count = 0;
  for (let start = 0; start < n; start++) {
    for (let i = start; i < start + n; i++) if (i !== n - 1 && around[i] === middle) count++;
  }
  return count;
}

function violationsOf(labels: readonly string[], n: number): number {
  const at = (i: number) => labels[(i + labels.length) % labels.length];
  let sum = 0;
  labels.forEach((_, i) => {
    sum += collisions(
      Array.from({ length: 2 * n - 1 }, (_, k) => at(i - n + 1 + k)),
      n,
    );
  });
  return sum;
}

function racksAlong(ring: Ring, dc = "a"): string[] {
  const nodes = new Map(ring.nodes.map((node) => [node.id, node]));
  return ownersOf(ring).flatMap((id) => (nodes.get(id)!.dc === dc ? nodes.get(id)!.rack : []));
}

function planFresh(size: number, nodes: readonly RingNode[], n: number, racksApart = n) {
  const rules = { replicas: { a: n }, racksApart: { a: racksApart } };
  return plan(undefined, nodes, rules, fixedPartitions(size), new Random(1));
}

test("the count of violations is that of the published example", () => {
  expect(collisions([1, 0, 1, 1, 1], 3)).toBe(4);
});

test("the planner counts violations as they are counted here", () => {
  const random = new Random(5);
  for (let round = 0; round < 50; round++) {
    const nodes = racksOf([2, 1, 2]);
    const owners = Array.from({ length: 16 }, () => nodes[random.nextBelow(5)]!.id);
    const ring = ringOf(nodes, owners);
    const rules = { replicas: { a: 3 }, racksApart: { a: 3 } };
    const { node, rack } = fixedPartitions(16).violations(ring, rules);
    expect([rack, node]).toEqual([
      violationsOf(racksAlong(ring), 3),
      violationsOf(ownersOf(ring), 3),
    ]);
  }
});

// Ring size, nodes in each location, n, violations of locations; none of nodes anywhere.
const HARD: [number, number[], number, number][] = [
  [16, [4, 3, 3, 2], 3, 0],
  [32, [3, 2, 1, 4, 3], 3, 0],
  [32, [5, 6, 5, 1, 1], 3, 0],
  [128, [1, 1, 1, 1, 1, 1], 5, 0],
  [16, [4, 4, 4, 3], 4, 0],
  [16, [4, 4, 3, 3], 4, 0],
  [16, [4, 3, 3, 3], 4, 0],
  [32, [4, 3, 3, 3], 4, 0],
  [32, [2, 2, 2, 2, 2], 4, 2],
  [16, [2, 2, 1, 2, 2], 4, 0],
  [16, [2, 2, 4, 2], 4, 0],
  [16, [3, 2, 2, 2], 4, 0],
  [32, [3, 2, 2, 2], 4, 8],
  [32, [3, 3, 3, 1, 1], 4, 16],
  [16, [1, 3, 2, 1, 1, 1], 4, 4],
  [64, [2, 2, 1, 2, 2, 2], 5, 0],
  [256, [6, 5, 2], 2, 0],
  [64, [3, 3, 3, 2, 1], 4, 4],
  [32, [3, 3, 3, 3, 1], 4, 4],
  [512, [4, 4, 4, 4, 1], 4, 4],
  // The remaining one, 48, is no power of two; see below.
];

const ZERO: [number, number[], number, number][] = [
  ...[64, 128, 256, 512, 1024].flatMap((size): [number, number[], number, number][] => [
    [size, [2, 2, 2, 2, 2], 4, 4],
    [size, [2, 2, 2, 2], 4, 4],
  ]),
  ...[64, 256, 512, 1024, 2048].map((size): [number, number[], number, number] => {
    return [size, [4, 3, 3, 3], 3, 3];
  }),
  [64, [4, 3, 3, 3], 4, 3],
  [64, [2, 1, 1, 2], 4, 3],
  [64, [1, 1, 2, 1, 1], 3, 3],
  [64, [1, 1, 1, 1, 1, 1], 5, 5],
  [64, [2, 1, 1, 1], 2, 2],
];

describe("known_hard_tests", () => {
  test.each(HARD)("%i partitions on [%j], n %i: at most %i", (size, config, n, most) => {
    const { ring, violations } = planFresh(size, racksOf(config), n);
    expect(violationsOf(racksAlong(ring), n)).toBeLessThanOrEqual(most);
    expect(violationsOf(ownersOf(ring), n)).toBe(0);
    expect(violations).toMatchObject({ rack: violationsOf(racksAlong(ring), n), node: 0, dc: 0 });
    expectBalanced(ring);
  });

  test("48 of 64 partitions on [4,3,3,3], n 4: none", () => {
    const others = racksOf([1, 1], "b").map((node) => ({ ...node, capacity: 13 / 6 }));
    const nodes = [...racksOf([4, 3, 3, 3]), ...others];
    const { ring, violations } = planFresh(64, nodes, 4);
    expect(racksAlong(ring)).toHaveLength(48);
    expect(violationsOf(racksAlong(ring), 4)).toBe(0);
    expect(violations).toMatchObject({ rack: 0, node: 0 });
  });
});

describe("location tests: no violation, the wrap included", () => {
  test.each(ZERO)("%i partitions on [%j], n %i, locations %i", (size, config, n, locations) => {
    const { ring, violations } = planFresh(size, racksOf(config), n, locations);
    expect(violationsOf(racksAlong(ring), locations)).toBe(0);
    expect(violationsOf(ownersOf(ring), n)).toBe(0);
    expect(violations).toEqual({ node: 0, rack: 0, dc: 0, listed: [] });
    expectBalanced(ring);
  });
});

test("solvable by the sufficient condition of riak_core's properties: no violation", () => {
  const rounds = process.env.RINGBENCH_NIGHTLY === "1" ? 200 : 25;
  const random = new Random(11);
  let tried = 0;
  for (let round = 0; round < rounds; round++) {
    const size = 64 << random.nextBelow(3);
    const n = 2 + random.nextBelow(4);
    // At least n + 2 locations whose sizes differ by one at most, and fewer nodes than size / 2.
    const locations = n + 2 + random.nextBelow(4);
    const base = 1 + random.nextBelow(Math.ceil(size / 2 / locations) - 1);
    const config = Array.from({ length: locations }, () => base + random.nextBelow(2));
    const nodes = config.reduce((a, b) => a + b, 0);
    if (nodes >= size / 2) continue;
    // Not sufficient by itself: a location has a slot in each n at most, or it cannot be placed.
    if (Math.floor(size / nodes) * Math.max(...config) > Math.floor(size / n)) continue;
    tried++;
    const { violations } = planFresh(size, racksOf(config), n);
    expect(violations, `${size} partitions on ${config}, n ${n}`).toMatchObject({
      ...{ rack: 0, node: 0 },
    });
  }
  expect(tried).toBeGreaterThan(rounds / 2);
});

test("what cannot be solved ends, balanced, with no node twice, and says so", () => {
  const { ring, violations } = planFresh(16, racksOf([1, 5]), 2);
  expectBalanced(ring);
  expect(violationsOf(ownersOf(ring), 2)).toBe(0);
  expect(violations.rack).toBe(violationsOf(racksAlong(ring), 2));
  expect(violations.rack).toBeGreaterThan(0);
  for (const { kind, vnode, nodes } of violations.listed) {
    expect(kind).toBe("rack");
    expect(ownersOf(ring)[vnode!]).toBe(nodes![0]);
    expect(ownersOf(ring)[(vnode! + 1) % 16]).toBe(nodes![1]);
  }
});

test("5 nodes at once on 16 partitions: the tail does not meet the head", () => {
  const { ring } = planFresh(16, racksOf([1, 1, 1, 1, 1]), 3);
  expect(violationsOf(ownersOf(ring), 3)).toBe(0);
});

test("from 4 to 5 nodes on 32 partitions: 7, 7, 6, 6, 6", () => {
  const rules = { replicas: { a: 3 } };
  const strategy = fixedPartitions(32);
  const four = plan(undefined, racksOf([1, 1, 1, 1]), rules, strategy, new Random(1));
  const five = plan(four.ring, racksOf([1, 1, 1, 1, 1]), rules, strategy, new Random(2));
  expect(countsOf(five.ring).sort()).toEqual([6, 6, 6, 7, 7]);
  expect(violationsOf(ownersOf(five.ring), 3)).toBe(0);
  expect(five.moves).toHaveLength(6);
});

function expectBalanced(ring: Ring): void {
  const counts = countsOf(ring);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
}
