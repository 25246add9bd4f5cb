// The walk against the vectors of others: Voldemort's routing, Riak's stand-ins, and Cassandra's
// placements, these against a second algorithm that looks at each data centre by itself.

import { describe, expect, test } from "vitest";
import { activeList, fallbacksOf } from "../../../cluster/ring/active-list.ts";
import { PreferenceLists } from "../../../cluster/ring/preference-list.ts";
import { Ring } from "../../../cluster/ring/ring.ts";
import type { ReplicationRule, RingNode } from "../../../cluster/ring/ring-node.ts";
import { Random } from "../../../workloads/random.ts";
import { racksOf, ringOf } from "./clusters.ts";

const QUERIES = process.env.RINGBENCH_NIGHTLY === "1" ? 1000 : 50;

interface Token {
  readonly token: number;
  readonly node: RingNode;
}

function ringOfTokens(tokens: readonly Token[]): Ring {
  const rising = [...tokens].sort((a, b) => a.token - b.token);
  const nodes = [...new Set(rising.map(({ node }) => node))];
  const ids = nodes.map(({ id }) => id).sort();
  return new Ring({
    ...{ epoch: 1, strategy: "random-tokens", nodes },
    tokens: Uint32Array.from(rising, ({ token }) => token),
    owners: Uint16Array.from(rising, ({ node }) => ids.indexOf(node.id)),
  });
}

/**
 * By data centre: its nodes in the order of the ring; the first of each rack, then the others. With
 * more replicas than racks only the order within the list may differ from the walk.
 */
function oracle(rising: readonly Token[], rule: ReplicationRule, position: number, dc: string) {
  const around = [
    ...rising.filter(({ token }) => token >= position),
    ...rising.filter(({ token }) => token < position),
  ];
  const nodes = new Set(around.filter(({ node }) => node.dc === dc).map(({ node }) => node));
  const first = new Map<string, RingNode>();
  for (const node of nodes) if (!first.has(node.rack)) first.set(node.rack, node);
  const others = [...nodes].filter((node) => first.get(node.rack) !== node);
  return [...first.values(), ...others].slice(0, rule[dc] ?? 0).map(({ id }) => id);
}

function expectLikeOracle(
  ring: Ring,
  lists: PreferenceLists,
  tokens: readonly Token[],
  position: number,
): void {
  const { nodes } = lists.of(position);
  const dcOf = new Map(ring.nodes.map(({ id, dc }) => [id, dc]));
  const rising = [...tokens].sort((a, b) => a.token - b.token);
  expect(new Set(nodes).size).toBe(nodes.length);
  for (const dc of new Set(dcOf.values())) {
    const mine = nodes.filter((id) => dcOf.get(id) === dc);
    const other = oracle(rising, lists.rule, position, dc);
    expect([...mine].sort(), `${dc} at ${position}`).toEqual([...other].sort());
    expect(mine[0]).toBe(other[0]);
  }
}

describe("Voldemort: ConsistentRoutingStrategyTest", () => {
  const partitions = [
    [2, 7, 14],
    [1, 10, 13],
    [3, 5, 17],
    [0, 11, 16],
    [6, 9, 15],
    [4, 8, 12],
  ];
  const nodes = racksOf([6]);
  const owners = Array.from({ length: 18 }, (_, partition) => {
    return nodes[partitions.findIndex((of) => of.includes(partition))]!.id;
  });
  const ring = ringOf(nodes, owners);

  test.each([
    [0, 1, [3]],
    [14, 1, [0]],
    [4, 1, [5]],
    [0, 3, [3, 1, 0]],
    [14, 3, [0, 4, 3]],
    [4, 3, [5, 2, 4]],
    [16, 3, [3, 2, 1]],
  ])("partition %i, %i replicas: nodes %j", (partition, replicas, expected) => {
    const lists = new PreferenceLists(ring, { a: replicas });
    expect(lists.at(partition).nodes).toEqual(expected.map((node) => nodes[node]!.id));
  });
});

describe("Riak: four_node_test, with no node twice", () => {
  const nodes = racksOf([4]).map((node, i) => ({ ...node, id: "abcd"[i]! }));
  const ring = ringOf(nodes, [..."abcdabcd"]);
  const list = new PreferenceLists(ring, { a: 3 }).at(0);

  test.each([
    ["", ["a", "b", "c"], [], []],
    ["a", ["b", "c"], ["d for a"], []],
    ["ab", ["c"], ["d for a"], ["b"]],
    ["cd", ["a", "b"], [], ["c"]],
    ["abcd", [], [], ["a", "b", "c"]],
  ])("down: %s", (down, up, standIns, unfilled) => {
    const active = activeList(ring, 0, list, (node) => !down.includes(node));
    const told = active.replicas.map(({ node, standsInFor }) => {
      return standsInFor === undefined ? node : `${node} for ${standsInFor}`;
    });
    expect(told).toEqual([...up, ...standIns]);
    expect(active.unfilled).toEqual(unfilled);
  });

  test("a node of another data centre stands in for nobody", () => {
    const both = [...racksOf([2]), ...racksOf([2], "b")];
    const ring = ringOf(both, ["a0-0", "b0-0", "a0-1", "b0-1"]);
    const list = new PreferenceLists(ring, { a: 1, b: 2 }).at(0);
    expect(fallbacksOf(ring, 0, list)).toEqual(["a0-1"]);
    const active = activeList(ring, 0, list, (node) => node !== "b0-0");
    expect(active).toEqual({
      replicas: [{ node: "a0-0" }, { node: "b0-1" }],
      unfilled: ["b0-0"],
    });
  });
});

describe("Cassandra: NetworkTopologyStrategyTest", () => {
  const node = (id: string, dc: string, rack: string): RingNode => ({ id, capacity: 1, rack, dc });

  test("(a) three data centres, six replicas", () => {
    const tokens = Object.entries({
      dc1: ["123", "234", "345", "90A"],
      dc2: ["789", "890", "ABC"],
      dc3: ["456", "567", "0AB"],
    }).flatMap(([dc, texts]) =>
      texts.map((text) => ({ token: Number.parseInt(text, 16), node: node(text, dc, "r") })),
    );
    const ring = ringOfTokens(tokens);
    for (const rule of [
      { dc1: 3, dc2: 2, dc3: 1 },
      { dc1: 3, dc2: 3, dc3: 0 },
    ]) {
      const lists = new PreferenceLists(ring, rule);
      expect(lists.of(0x123).nodes[0]).toBe("123");
      expect(new Set(lists.of(0x123).nodes).size).toBe(6);
      for (const { token } of tokens) expectLikeOracle(ring, lists, tokens, token);
    }
  });

  test("(b) 896 nodes in 14 racks, fourteen replicas", () => {
    const racks = { dc0: 2, dc1: 4, dc2: 8 };
    const tokens: Token[] = [];
    for (const [dc, [name, count]] of Object.entries(racks).entries()) {
      for (let rack = 1; rack <= count; rack++) {
        for (let end = 1; end <= 64; end++) {
          const id = `10.${dc}.${rack}.${end}`;
          tokens.push({ token: (end << 16) + (rack << 8) + dc, node: node(id, name, `r${rack}`) });
        }
      }
    }
    const ring = ringOfTokens(tokens);
    const lists = new PreferenceLists(ring, { dc0: 2, dc1: 6, dc2: 6 });
    for (const position of [0x123456, 0x200000, 0x000402, 0xffffff, 0x400200]) {
      expect(new Set(lists.of(position).nodes).size).toBe(14);
      expectLikeOracle(ring, lists, tokens, position);
    }
  });

  test("(c) 100 nodes of 64 tokens in random racks of five data centres", () => {
    const counts = [1, 3, 5, 5, 5];
    const rule = Object.fromEntries(counts.map((replicas, dc) => [`dc${dc}`, replicas]));
    for (let seed = 1; seed <= 10; seed++) {
      const random = new Random(seed);
      const racksOfDc = counts.map((replicas) => 1 + random.nextBelow(3 * replicas - 1));
      const nodes = Array.from({ length: 100 }, (_, i) => {
        const dc = random.nextBelow(counts.length);
        return node(`n${i}`, `dc${dc}`, `r${random.nextBelow(racksOfDc[dc]!)}`);
      });
      const drawn = new Set<number>();
      while (drawn.size < 6400) drawn.add(random.nextBelow(2 ** 32));
      const tokens = [...drawn].map((token, i) => ({ token, node: nodes[i % 100]! }));
      const ring = ringOfTokens(tokens);
      const lists = new PreferenceLists(ring, rule);
      for (let query = 0; query < QUERIES; query++) {
        expectLikeOracle(ring, lists, tokens, random.nextBelow(2 ** 32));
      }
    }
  });
});

test("fewer nodes than replicas: said for each data centre, and nobody is there twice", () => {
  const ring = ringOf([...racksOf([2]), ...racksOf([1], "b")], ["a0-0", "b0-0", "a0-1", "a0-0"]);
  const lists = new PreferenceLists(ring, { a: 3, b: 1, c: 2 });
  for (let vnode = 0; vnode < 4; vnode++) {
    const { nodes, missing } = lists.at(vnode);
    expect([...nodes].sort()).toEqual(["a0-0", "a0-1", "b0-0"]);
    expect(missing).toEqual([
      { dc: "a", replicas: 1 },
      { dc: "c", replicas: 2 },
    ]);
  }
  expect(lists.at(0)).toBe(lists.at(0));
});
