// How much moves when a cluster changes: riak_core's own scenario (typical_scenarios_tests) on
// rings of five sizes, and single changes against what has to move.

import { describe, expect, test } from "vitest";
import { checkMovement } from "../../../cluster/checking/placement.ts";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { idealShare, movedShare } from "../../../cluster/ring/movement.ts";
import { type Plan, plan } from "../../../cluster/ring/plan.ts";
import { randomTokens } from "../../../cluster/ring/random-tokens.ts";
import type { RingNode } from "../../../cluster/ring/ring-node.ts";
import { RIAK_MOVES, RIAK_STEPS } from "../../../scripts/riak-claim.ts";
import { Random } from "../../../workloads/random.ts";
import { ownersOf, racksOf, weighted } from "./clusters.ts";

const SEEDS = process.env.RINGBENCH_NIGHTLY === "1" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe("from one node to sixteen, n 4", () => {
  // A plan may move no more in sum.
  test.each(RIAK_MOVES)(
    "%i partitions: no violation, and no more moves than riak_core",
    (size, most) => {
      for (const seed of SEEDS) {
        const random = new Random(seed);
        let last: Plan | undefined;
        const moves = RIAK_STEPS.map((config, step) => {
          const rules = { replicas: { a: 4 } };
          const strategy = fixedPartitions(size);
          const next = plan(last?.ring, racksOf(config), rules, strategy, random.split(step));
          if (step > 0) expect(next.violations, `seed ${seed}`).toMatchObject({ node: 0, rack: 0 });
          const owners = last === undefined ? ownersOf(next.ring) : ownersOf(last.ring);
          const changed = ownersOf(next.ring).filter((id, i) => id !== owners[i]).length;
          expect(next.moves.length).toBe(changed);
          last = next;
          return changed;
        });
        expect(sum(moves), `seed ${seed}: ${moves}`).toBeLessThanOrEqual(sum(most));
      }
    },
  );
});

const nine = weighted([1, 1, 1, 1, 1, 1, 1, 1, 1]);
const CHANGES: [string, RingNode[], RingNode[]][] = [
  ["a node joins", nine, [...nine, { ...nine[0]!, id: "b", rack: "b" }]],
  ["a node leaves", nine, nine.slice(1)],
  ["a node is replaced", nine, [{ ...nine[0]!, id: "b" }, ...nine.slice(1)]],
  ["a node doubles", nine, [{ ...nine[0]!, capacity: 2 }, ...nine.slice(1)]],
  ["a node halves", nine, [{ ...nine[0]!, capacity: 0.5 }, ...nine.slice(1)]],
  ["three nodes join", nine, weighted(Array(12).fill(1))],
  ["nothing changes", nine, nine],
];
const STRATEGIES = [fixedPartitions(1024), randomTokens(64)];

describe.each(STRATEGIES)("$name", (strategy) => {
  test.each(CHANGES)("%s: what moves is near what has to", (_, before, after) => {
    const rules = { replicas: { a: 3 } };
    const first = plan(undefined, before, rules, strategy, new Random(3));
    const next = plan(first.ring, after, rules, strategy, new Random(4));
    expect(checkMovement(first.ring, next.ring, 0.01)).toEqual([]);
    const gained = idealShare(first.ring.nodes, next.ring.nodes);
    expect(movedShare(next.moves)).toBeLessThanOrEqual(gained * 1.25 + 0.01);
    expect(next.ring.epoch).toBe(before === after ? 1 : 2);
    if (before === after) expect(next.ring).toBe(first.ring);
  });

  test("moves say who gave what to whom", () => {
    const rules = { replicas: { a: 3 } };
    const first = plan(undefined, nine, rules, strategy, new Random(3));
    const next = plan(first.ring, nine.slice(2), rules, strategy, new Random(4));
    for (const { first: start, last, from, to } of next.moves) {
      for (const position of [start, last]) {
        expect(first.ring.ownerOf(first.ring.lookup(position)).id).toBe(from);
        expect(next.ring.ownerOf(next.ring.lookup(position)).id).toBe(to);
      }
    }
  });
});
