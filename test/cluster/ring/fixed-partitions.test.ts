// Equal partitions: shares by capacity, copies over racks and data centres, and plans that repeat.

import { describe, expect, test } from "vitest";
import { checkLists, checkMovement, checkOwnership } from "../../../cluster/checking/placement.ts";
import { activeList } from "../../../cluster/ring/active-list.ts";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import { PreferenceLists } from "../../../cluster/ring/preference-list.ts";
import type { Ring } from "../../../cluster/ring/ring.ts";
import type { PlacementRules, RingNode } from "../../../cluster/ring/ring-node.ts";
import { encodeRing } from "../../../cluster/ring/ring-text.ts";
import { Random } from "../../../workloads/random.ts";
import { countsOf, racksOf, weighted } from "./clusters.ts";

const SEEDS = process.env.RINGBENCH_NIGHTLY === "1" ? 30 : 6;
const THREE: PlacementRules = { replicas: { a: 3 } };

function expectSound(ring: Ring, { replicas }: PlacementRules): void {
  const lists = new PreferenceLists(ring, replicas);
  expect(checkOwnership(ring)).toEqual([]);
  expect(checkLists(ring, replicas, (vnode) => lists.at(vnode))).toEqual([]);
}

describe("shares follow capacity", () => {
  // 256 partitions to a node of mean capacity.
  test.each([
    [2048, [1, 1, 1, 1, 1, 1, 1, 1]],
    [2048, [0.25, 0.5, 0.75, 1, 1, 1.25, 1.5, 1.75]],
    [4096, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3]],
  ])("%i partitions on %j: within 5 % of weight", (size, capacities) => {
    const { ring, imbalance } = plan(
      ...[undefined, weighted(capacities), THREE, fixedPartitions(size), new Random(1)],
    );
    const sum = capacities.reduce((a, b) => a + b, 0);
    countsOf(ring).forEach((count, i) => {
      const due = (size * capacities[i]!) / sum;
      expect(Math.abs(count - due)).toBeLessThan(1);
      expect(Math.abs(count / due - 1)).toBeLessThan(0.05);
    });
    expect(imbalance.ownership.heaviest).toBeLessThan(1.05);
    expect(imbalance.ownership.lightest).toBeGreaterThan(0.95);
    expectSound(ring, THREE);
  });

  test("a node of more than a third of all has its share, and what that costs is told", () => {
    const { ring, violations, imbalance } = plan(
      ...[undefined, weighted([6, 1, 1, 1, 1]), THREE, fixedPartitions(64), new Random(1)],
    );
    expect(Math.max(...countsOf(ring))).toBeGreaterThanOrEqual(38);
    expect(violations.node).toBeGreaterThan(0);
    expect(violations.listed[0]).toMatchObject({ kind: "node", dc: "a" });
    // It holds a copy of everything, which is less than its due of three times six tenths.
    expect(imbalance.replicas.lightest).toBeCloseTo(1 / 1.8);
    expectSound(ring, THREE);
  });
});

test("fewer nodes than replicas: each is due a copy of everything, and has it", () => {
  const { imbalance, violations } = plan(
    ...[undefined, weighted([1, 1]), THREE, fixedPartitions(16), new Random(1)],
  );
  expect(imbalance.replicas).toEqual({ heaviest: 1, lightest: 1 });
  expect(violations).toEqual({ node: 0, rack: 0, dc: 1, listed: [{ kind: "dc", dc: "a" }] });
});

test("what a node that fails was asked is asked of many", () => {
  const rules: PlacementRules = { replicas: { a: 3 } };
  const { ring } = plan(
    ...[undefined, racksOf([2, 2, 2, 2, 2, 2]), rules, fixedPartitions(256), new Random(1)],
  );
  const lists = new PreferenceLists(ring, rules.replicas);
  for (const { id: failed } of ring.nodes) {
    const standIns = new Set<string>();
    for (let vnode = 0; vnode < 256; vnode++) {
      const { replicas } = activeList(ring, vnode, lists.at(vnode), (node) => node !== failed);
      for (const { node, standsInFor } of replicas) if (standsInFor) standIns.add(node);
    }
    expect(standIns.size, failed).toBeGreaterThan(6);
  }
});

describe("data centres", () => {
  // A centre with as many racks as replicas would need a number of slots that this divides.
  const nodes = [...racksOf([2, 2, 2, 1]), ...racksOf([1, 1, 1, 2], "b"), ...racksOf([3], "c")];
  const rules: PlacementRules = { replicas: { a: 3, b: 2, c: 1 } };

  test("each has its replicas in racks of its own, with no violation and even load", () => {
    const { ring, violations, imbalance } = plan(
      ...[undefined, nodes, rules, fixedPartitions(1024), new Random(1)],
    );
    expect(violations).toEqual({ node: 0, rack: 0, dc: 0, listed: [] });
    expect(imbalance.replicas.heaviest).toBeLessThan(1.05);
    expect(imbalance.replicas.lightest).toBeGreaterThan(0.95);
    expectSound(ring, rules);
  });

  test("a node that joins one of them takes from all, and little else moves", () => {
    const strategy = fixedPartitions(1024);
    const first = plan(undefined, nodes, rules, strategy, new Random(1));
    const joined = [...nodes, { id: "new", capacity: 1, rack: "rack1", dc: "b" }];
    const next = plan(first.ring, joined, rules, strategy, new Random(2));
    expect(checkMovement(first.ring, next.ring, 0.01)).toEqual([]);
    expect(next.violations).toMatchObject({ node: 0, rack: 0, dc: 0 });
    expect(new Set(next.moves.map(({ from }) => from[0]))).toEqual(new Set(["a", "b", "c"]));
    expectSound(next.ring, rules);
  });

  test("one that comes later, and one without enough nodes, which is told", () => {
    const strategy = fixedPartitions(256);
    const first = plan(undefined, racksOf([2, 2, 2, 1]), rules, strategy, new Random(1));
    expect(first.violations.dc).toBe(3);
    expect(first.violations.listed).toContainEqual({ kind: "dc", dc: "b" });
    const next = plan(first.ring, nodes, rules, strategy, new Random(2));
    expect(next.violations).toMatchObject({ node: 0, rack: 0, dc: 0 });
    expect(checkMovement(first.ring, next.ring, 0.02)).toEqual([]);
    expectSound(next.ring, rules);
  });

  test("racks are told apart by data centre", () => {
    const same = [...racksOf([1, 1]), ...racksOf([1, 1], "b")];
    const both: PlacementRules = { replicas: { a: 2, b: 2 } };
    const { ring, violations } = plan(
      ...[undefined, same, both, fixedPartitions(64), new Random(1)],
    );
    expect(violations.rack).toBe(0);
    expectSound(ring, both);
  });
});

test("random clusters: whatever comes, the walk is sound and the counts are exact", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new Random(seed);
    const strategy = fixedPartitions(64);
    let current: Ring | undefined;
    let nodes: RingNode[] = [];
    for (let step = 0; step < 4; step++) {
      nodes = nodes.filter(() => random.nextDouble() < 0.8);
      for (let i = random.nextBelow(5) + 1; i > 0; i--) {
        const [dc, rack] = ["abc"[random.nextBelow(3)]!, `r${random.nextBelow(4)}`];
        nodes.push({ id: `${step}-${i}`, capacity: 1 + random.nextBelow(4), rack, dc });
      }
      const rules = { replicas: { a: random.nextBelow(5), b: 2 } };
      const { ring } = plan(current, nodes, rules, strategy, random.split(step));
      expectSound(ring, rules);
      const sum = nodes.reduce((total, { capacity }) => total + capacity, 0);
      countsOf(ring).forEach((count, i) => {
        const due = (64 * ring.nodes[i]!.capacity) / sum;
        expect(Math.abs(count - due), `seed ${seed}, step ${step}`).toBeLessThan(1 + 1e-6);
      });
      current = ring;
    }
  }
});

describe("a plan is a function", () => {
  const nodes = racksOf([3, 2, 2, 2]);
  const strategy = fixedPartitions(128);
  const make = (of: readonly RingNode[], seed: number) =>
    encodeRing(plan(undefined, of, THREE, strategy, new Random(seed)).ring);

  test("of the seed and the nodes, in whatever order they come", () => {
    expect(make(nodes, 1)).toBe(make([...nodes].reverse(), 1));
    expect(make(nodes, 1)).not.toBe(make(nodes, 2));
  });

  test("that does nothing where nothing can be better, even with violations", () => {
    const hard = racksOf([1, 5]);
    for (const cluster of [nodes, hard]) {
      const first = plan(undefined, cluster, THREE, strategy, new Random(1));
      const second = plan(first.ring, cluster, THREE, strategy, new Random(2));
      expect(second.ring).toBe(first.ring);
      expect(second.moves).toEqual([]);
    }
  });

  test("in about a second for 1024 partitions on 24 nodes, so that the tests end at all", () => {
    const many = racksOf([4, 4, 4, 4, 4, 4]);
    const first = plan(undefined, many, THREE, fixedPartitions(1024), new Random(1));
    const next = plan(first.ring, many.slice(1), THREE, fixedPartitions(1024), new Random(2));
    expect(next.violations.node + next.violations.rack).toBe(0);
  });
});

describe("what is refused", () => {
  test.each([0, 3, 48, 131_072, 1.5, Number.NaN])("%f partitions", (partitions) => {
    expect(() => fixedPartitions(partitions)).toThrow(
      expect.objectContaining({ code: "RING_OPTIONS" }),
    );
  });

  test("another number of partitions, and more nodes than partitions", () => {
    const { ring } = plan(...[undefined, racksOf([3]), THREE, fixedPartitions(8), new Random(1)]);
    const wrong = expect.objectContaining({ code: "RING_OPTIONS" });
    expect(() => plan(ring, racksOf([3]), THREE, fixedPartitions(16), new Random(1))).toThrow(
      wrong,
    );
    expect(() => plan(ring, racksOf([9]), THREE, fixedPartitions(8), new Random(1))).toThrow(wrong);
  });

  test.each([
    ["no node", []],
    ["no capacity", [{ id: "n", capacity: 0, rack: "r", dc: "a" }]],
    ["endless capacity", [{ id: "n", capacity: Number.POSITIVE_INFINITY, rack: "r", dc: "a" }]],
    ["no name", [{ id: "", capacity: 1, rack: "r", dc: "a" }]],
    ["no rack", [{ id: "n", capacity: 1, rack: "", dc: "a" }]],
    ["one name twice", [...racksOf([1]), ...racksOf([1])]],
  ])("nodes with %s", (_, nodes) => {
    expect(() => plan(undefined, nodes, THREE, fixedPartitions(8), new Random(1))).toThrow(
      expect.objectContaining({ code: "RING_NODES" }),
    );
  });

  test.each([-1, 1.5, 33])("%f replicas", (replicas) => {
    const rules = { replicas: { a: replicas } };
    expect(() => plan(undefined, racksOf([1]), rules, fixedPartitions(8), new Random(1))).toThrow(
      expect.objectContaining({ code: "RING_RULES" }),
    );
  });
});
