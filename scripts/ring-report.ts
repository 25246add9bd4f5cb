// The two strategies of the ring side by side: `npm run -s ring:report` prints the tables of
// docs/ring.md. Same seeds, same tables, but for the times.

import { fixedPartitions } from "../cluster/ring/fixed-partitions.ts";
import { idealShare, movedShare } from "../cluster/ring/movement.ts";
import { type Plan, plan } from "../cluster/ring/plan.ts";
import { positionOf } from "../cluster/ring/position.ts";
import { PreferenceLists } from "../cluster/ring/preference-list.ts";
import { randomTokens } from "../cluster/ring/random-tokens.ts";
import type { PlacementRules, RingNode } from "../cluster/ring/ring-node.ts";
import type { RingStrategy } from "../cluster/ring/strategy.ts";
import { systemClock } from "../engines/io/clock.ts";
import { Random } from "../workloads/random.ts";
import { RIAK_MOVES, RIAK_STEPS } from "./riak-claim.ts";

const RULES: PlacementRules = { replicas: { a: 3 } };
const SEEDS = [1, 2, 3];

const STRATEGIES: readonly (readonly [string, RingStrategy])[] = [
  ["fixed-partitions, 1024", fixedPartitions(1024)],
  ["fixed-partitions, 8192", fixedPartitions(8192)],
  ["random-tokens, 4 a node", randomTokens(4)],
  ["random-tokens, 16 a node", randomTokens(16)],
  ["random-tokens, 64 a node", randomTokens(64)],
];

/** Nodes in racks of a data centre, `counts` of them, of capacity 1. */
function racksOf(counts: readonly number[], dc = "a"): RingNode[] {
  return counts.flatMap((count, rack) =>
    Array.from({ length: count }, (_, i) => {
      return { id: `${dc}${rack}-${i}`, capacity: 1, rack: `rack${rack}`, dc };
    }),
  );
}

const EVEN = racksOf([4, 4, 4, 4, 4, 4]);
const WEIGHTED = EVEN.map((node, i) => ({ ...node, capacity: 0.25 + (i % 7) * 0.25 }));
const CENTRES = [...EVEN.slice(0, 12), ...racksOf([2, 2, 2, 2], "b"), ...racksOf([2, 1, 1], "c")];

const CLUSTERS: readonly (readonly [string, readonly RingNode[], PlacementRules])[] = [
  ["24 equal nodes, 6 racks", EVEN, RULES],
  ["24 nodes of 25 to 175 %", WEIGHTED, RULES],
  ["3 data centres, 24 nodes", CENTRES, { replicas: { a: 2, b: 3, c: 2 } }],
];

function print(title: string, head: readonly string[], rows: readonly (readonly string[])[]) {
  console.log(`\n### ${title}\n`);
  console.log(`| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const range = ({ lightest, heaviest }: { lightest: number; heaviest: number }) =>
  `${lightest.toFixed(3)} to ${heaviest.toFixed(3)}`;

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

function timed<T>(run: () => T): { result: T; ms: number } {
  const startNs = systemClock.now();
  const result = run();
  return { result, ms: (systemClock.now() - startNs) / 1e6 };
}

function printBalance(): void {
  const rows = CLUSTERS.flatMap(([cluster, nodes, rules]) =>
    STRATEGIES.map(([name, strategy]) => {
      const runs = SEEDS.map((seed) =>
        timed(() => plan(undefined, nodes, rules, strategy, new Random(seed))),
      );
      const { imbalance, violations, ring } = runs[0]!.result;
      const { node, rack, dc } = violations;
      return [
        ...[cluster, name, String(ring.tokens.length), range(imbalance.ownership)],
        ...[range(imbalance.replicas), `${node}, ${rack}, ${dc}`],
        median(runs.map(({ ms }) => ms)).toFixed(0),
      ];
    }),
  );
  const head = ["cluster", "strategy", "vnodes", "owned / due", "copies / due"];
  print("Balance of a first plan", [...head, "violations (node, rack, dc)", "plan, ms"], rows);
}

const CHANGES: readonly (readonly [string, readonly RingNode[]])[] = [
  ["a node joins", [...EVEN, { id: "new", capacity: 1, rack: "rack0", dc: "a" }]],
  ["a node leaves", EVEN.slice(1)],
  ["a node is replaced", [{ ...EVEN[0]!, id: "new" }, ...EVEN.slice(1)]],
  ["a node doubles", [{ ...EVEN[0]!, capacity: 2 }, ...EVEN.slice(1)]],
  ["a rack of four joins", [...EVEN, ...racksOf([0, 0, 0, 0, 0, 0, 4])]],
  ["a rack of four leaves", EVEN.slice(4)],
];

function printChanges(): void {
  const rows = CHANGES.flatMap(([change, nodes]) =>
    STRATEGIES.map(([name, strategy]) => {
      const runs = SEEDS.map((seed) => {
        const first = plan(undefined, EVEN, RULES, strategy, new Random(seed));
        const random = new Random(seed + 100);
        return timed(() => plan(first.ring, nodes, RULES, strategy, random));
      });
      const moved = median(runs.map(({ result }) => movedShare(result.moves)));
      const { imbalance, violations } = runs[0]!.result;
      return [
        ...[change, name, percent(moved), percent(idealShare(EVEN, nodes))],
        ...[range(imbalance.replicas), `${violations.node}, ${violations.rack}`],
        median(runs.map(({ ms }) => ms)).toFixed(0),
      ];
    }),
  );
  const head = ["change of 24 nodes", "strategy", "moved", "has to move", "copies / due after"];
  print("What a change moves", [...head, "violations (node, rack)", "plan, ms"], rows);
}

function printScenario(): void {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const rows = RIAK_MOVES.map(([size, riak]) => {
    let last: Plan | undefined;
    const random = new Random(1);
    const { result: moves, ms } = timed(() =>
      RIAK_STEPS.map((config, step) => {
        const nodes = racksOf(config);
        const rules = { replicas: { a: 4 } };
        last = plan(last?.ring, nodes, rules, fixedPartitions(size), random.split(step));
        return last.moves.length;
      }),
    );
    const least = RIAK_STEPS.map((config, step) => {
      if (step === 0) return 0;
      return step === 1 ? size - Math.ceil(size / 8) : Math.floor(size / sum(config));
    });
    return [
      ...[size, moves.join(" "), sum(moves), sum(least), sum(riak)].map(String),
      (ms / RIAK_STEPS.length).toFixed(0),
    ];
  });
  const head = ["partitions", "moves step by step", "sum", "least", "riak_core", "ms a plan"];
  print("From 1 to 16 nodes in 1 to 6 racks, n 4", head, rows);
}

function printGrowth(): void {
  const rows = [4, 16, 64].map((tokens) => {
    const strategy = randomTokens(tokens);
    const nodesOf = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...{ id: `n${i}`, capacity: 1, rack: `r${i}`, dc: "a" },
      }));
    const first = plan(undefined, nodesOf(40), RULES, strategy, new Random(1));
    const loss = plan(first.ring, nodesOf(36), RULES, strategy, new Random(2));
    const again = plan(loss.ring, nodesOf(40), RULES, strategy, new Random(3));
    let grown = plan(undefined, nodesOf(1), RULES, strategy, new Random(1));
    let heaviest = 0;
    for (let count = 2; count <= 24; count++) {
      grown = plan(grown.ring, nodesOf(count), RULES, strategy, new Random(count));
      heaviest = Math.max(heaviest, grown.imbalance.replicas.heaviest);
    }
    const figures = [first, loss, again].map((each) => each.imbalance.replicas.heaviest);
    return [tokens, ...[...figures, heaviest, 1 + 4 / (tokens * 3)].map((x) => x.toFixed(3))].map(
      String,
    );
  });
  const head = ["tokens a node", "40 nodes at once", "less 4", "and 4 again"];
  print("Heaviest node, copies / due", [...head, "1 to 24 one by one", "bound"], rows);
}

function printSpeed(): void {
  const keys = Array.from({ length: 4096 }, (_, i) => new TextEncoder().encode(`user${i * 7919}`));
  const rows = STRATEGIES.map(([name, strategy]) => {
    const { ring } = plan(undefined, EVEN, RULES, strategy, new Random(1));
    const { result: lists, ms } = timed(() => new PreferenceLists(ring, RULES.replicas));
    const positions = Uint32Array.from(keys, positionOf);
    const perCall = (run: (i: number) => unknown) => {
      const runs = Array.from({ length: 7 }, () => {
        return timed(() => {
          for (let i = 0; i < 1_000_000; i++) run(i & 4095);
        }).ms;
      });
      return median(runs).toFixed(1);
    };
    return [
      name,
      perCall((i) => ring.lookup(positions[i]!)),
      perCall((i) => lists.of(positions[i]!)),
      perCall((i) => lists.of(positionOf(keys[i]!))),
      ms.toFixed(1),
    ];
  });
  const head = ["strategy", "look-up, ns", "list of a position, ns", "list of a key, ns"];
  print("Speed on 24 nodes", [...head, "all lists, ms"], rows);
}

console.log(`Copies: 3 in one data centre, unless said. Seeds ${SEEDS.join(", ")}; medians.`);
printBalance();
printChanges();
printScenario();
printGrowth();
printSpeed();
