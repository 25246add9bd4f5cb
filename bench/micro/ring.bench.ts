// Finding the vnode and the replicas of a key.

import { fixedPartitions } from "../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../cluster/ring/plan.ts";
import { positionOf } from "../../cluster/ring/position.ts";
import { PreferenceLists } from "../../cluster/ring/preference-list.ts";
import { randomTokens } from "../../cluster/ring/random-tokens.ts";
import { Random } from "../../workloads/random.ts";
import type { MicroBenchmark } from "./micro-benchmark.ts";

const NODES = 24;
const CALLS = 10_000;

export async function ringBenchmarks(): Promise<MicroBenchmark[]> {
  const random = new Random(1);
  const nodes = Array.from({ length: NODES }, (_, i) => {
    return { id: `n${i}`, capacity: 1, rack: `r${i % 6}`, dc: "a" };
  });
  const rules = { replicas: { a: 3 } };
  const keys = Array.from({ length: CALLS }, (_, i) => new TextEncoder().encode(`user${i}`));
  const positions = Uint32Array.from(keys, positionOf);
  const strategies = [fixedPartitions(8192), randomTokens(256)];
  // What is found is added up, so that finding it cannot be left out.
  const found = new Float64Array(1);
  return strategies.flatMap((strategy) => {
    const { ring } = plan(undefined, nodes, rules, strategy, random.split(strategy.name));
    const lists = new PreferenceLists(ring, rules.replicas);
    const label = `${strategy.name}, ${ring.tokens.length} vnodes`;
    return [
      {
        name: `look-up: ${label}`,
        operations: CALLS,
        run() {
          for (let i = 0; i < CALLS; i++) found[0]! += ring.lookup(positions[i]!);
        },
      },
      {
        name: `replicas of a key: ${label}`,
        operations: CALLS,
        run() {
          for (let i = 0; i < CALLS; i++) found[0]! += lists.of(positionOf(keys[i]!)).nodes.length;
        },
      },
    ];
  });
}
