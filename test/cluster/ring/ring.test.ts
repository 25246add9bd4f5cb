// Look-ups against a linear search, the spread of keys, and rings as text.

import { describe, expect, test } from "vitest";
import { fixedPartitions } from "../../../cluster/ring/fixed-partitions.ts";
import { plan } from "../../../cluster/ring/plan.ts";
import { positionOf } from "../../../cluster/ring/position.ts";
import { PreferenceLists } from "../../../cluster/ring/preference-list.ts";
import { randomTokens } from "../../../cluster/ring/random-tokens.ts";
import { Ring } from "../../../cluster/ring/ring.ts";
import { decodeRing, encodeRing } from "../../../cluster/ring/ring-text.ts";
import { hashKey } from "../../../engines/index/hash.ts";
import { Random } from "../../../workloads/random.ts";
import { chiSquareP } from "../../workloads/chi-square.ts";
import { racksOf, ringOf, weighted } from "./clusters.ts";

function ringOfTokens(tokens: readonly number[]): Ring {
  return new Ring({
    ...{ epoch: 1, strategy: "random-tokens", nodes: racksOf([1]) },
    tokens: Uint32Array.from(tokens),
    owners: new Uint16Array(tokens.length),
  });
}

describe("look-up", () => {
  const random = new Random(1);
  const clustered = Array.from({ length: 200 }, () => 7_000 + random.nextBelow(500));
  const anywhere = Array.from({ length: 300 }, () => random.nextBelow(2 ** 32));
  const rising = (tokens: number[]) => [...new Set(tokens)].sort((a, b) => a - b);

  test.each([
    ["one token", [5]],
    ["one at the end", [2 ** 32 - 1]],
    ["one at 0", [0]],
    ["two", [0, 2 ** 32 - 1]],
    ["a power of two", [2 ** 30 - 1, 2 ** 31 - 1, 3 * 2 ** 30 - 1, 2 ** 32 - 1]],
    ["all in one place", rising(clustered)],
    ["anywhere", rising(anywhere)],
  ])("is the first token at or after the position, or the first of all: %s", (_, tokens) => {
    const ring = ringOfTokens(tokens);
    const positions = [0, 2 ** 31, 2 ** 32 - 1, ...tokens];
    for (const token of tokens) positions.push(Math.max(0, token - 1), (token + 1) % 2 ** 32);
    for (let i = 0; i < 1000; i++) positions.push(random.nextBelow(2 ** 32));
    for (const position of positions) {
      const found = tokens.findIndex((token) => token >= position);
      expect(ring.lookup(position), String(position)).toBe(Math.max(0, found));
    }
  });

  test("sizes add up to the whole ring", () => {
    for (const tokens of [[5], rising(anywhere)]) {
      const ring = ringOfTokens(tokens);
      const sum = tokens.reduce((total, _, vnode) => total + ring.sizeOf(vnode), 0);
      expect(sum).toBe(2 ** 32);
    }
  });
});

describe("what is no key, position or rule", () => {
  const ring = ringOfTokens([10, 20]);

  test.each([-1, 2 ** 32, 1.5, Number.NaN])("position %d is an assertion", (position) => {
    expect(() => ring.lookup(position)).toThrow("an integer from 0 to 2^32 - 1");
  });

  test("a text is no key", () => {
    expect(() => positionOf("key" as unknown as Uint8Array)).toThrow("a key is bytes");
  });

  test.each([{}, { a: 0, b: 0 }, "3", null])("the rule %j gives nobody a copy", (rule) => {
    const given = rule as unknown as Record<string, number>;
    const refused = expect.objectContaining({ code: "RING_RULES" });
    expect(() => new PreferenceLists(ring, given)).toThrow(refused);
    const rules = { replicas: given };
    const planned = () => plan(undefined, racksOf([1]), rules, fixedPartitions(8), new Random(1));
    expect(planned).toThrow(refused);
  });
});

describe("keys spread evenly", () => {
  const keysOf = (count: number) =>
    Array.from({ length: count }, (_, i) => new TextEncoder().encode(`user${i}`));

  // Voldemort's balance tests: nodes, tokens a node, requests, replicas.
  test.each([
    [2, 10, 1000, 2],
    [6, 100, 1000, 3],
    [10, 200, 10_000, 3],
  ])("%i nodes of %i tokens, %i requests, %i replicas", (count, tokens, requests, replicas) => {
    const nodes = weighted(Array(count).fill(1));
    const rules = { replicas: { a: replicas } };
    const { ring } = plan(undefined, nodes, rules, randomTokens(tokens), new Random(2));
    const lists = new PreferenceLists(ring, rules.replicas);
    const index = new Map(ring.nodes.map(({ id }, node) => [id, node]));
    const masters = nodes.map(() => 0);
    const copies = nodes.map(() => 0);
    for (const key of keysOf(requests)) {
      const list = lists.of(positionOf(key)).nodes;
      masters[index.get(list[0]!)!]!++;
      for (const id of list) copies[index.get(id)!]!++;
    }
    const even = nodes.map(() => 1 / count);
    expect(chiSquareP(masters, even)).toBeGreaterThanOrEqual(0.05);
    expect(chiSquareP(copies, even)).toBeGreaterThanOrEqual(0.05);
  });

  test("and those of one partition do in the hash of the engines", () => {
    const first = new Array<number>(64).fill(0);
    const last = new Array<number>(64).fill(0);
    for (const key of keysOf(200_000)) {
      if (positionOf(key) >>> 28 !== 3) continue;
      first[hashKey(key) >>> 26]!++;
      last[hashKey(key) & 63]!++;
    }
    expect(chiSquareP(first, Array(64).fill(1 / 64))).toBeGreaterThan(0.001);
    expect(chiSquareP(last, Array(64).fill(1 / 64))).toBeGreaterThan(0.001);
  });
});

describe("as text", () => {
  const nodes = [...racksOf([2, 1]), ...racksOf([1], "b")];
  const rules = { replicas: { a: 2, b: 1 } };

  test.each([fixedPartitions(16), randomTokens(8)])("$name: there and back", (strategy) => {
    const { ring } = plan(undefined, nodes, rules, strategy, new Random(1));
    const text = encodeRing(ring);
    const back = decodeRing(text);
    expect(back).toEqual(ring);
    expect(encodeRing(back)).toBe(text);
    for (let i = 0; i < 100; i++) expect(back.lookup(i * 4e7)).toBe(ring.lookup(i * 4e7));
  });

  const parts = () =>
    JSON.parse(encodeRing(ringOf(racksOf([2]), ["a0-0", "a0-1", "a0-0", "a0-1"])));
  test("is readable", () => {
    expect(parts()).toEqual({
      ...{ format: 1, epoch: 1, strategy: "fixed-partitions" },
      nodes: [
        { id: "a0-0", capacity: 1, rack: "rack0", dc: "a" },
        { id: "a0-1", capacity: 1, rack: "rack0", dc: "a" },
      ],
      tokens: [2 ** 30 - 1, 2 ** 31 - 1, 3 * 2 ** 30 - 1, 2 ** 32 - 1],
      owners: [0, 1, 0, 1],
    });
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "null"],
    ["another format", { ...parts(), format: 2 }],
    ["no epoch", { ...parts(), epoch: 0 }],
    ["an unknown strategy", { ...parts(), strategy: "toString" }],
    ["nodes that are none", { ...parts(), nodes: [null, 1] }],
    ["a node without capacity", { ...parts(), nodes: [{ id: "a", rack: "r", dc: "d" }] }],
    ["nodes out of order", { ...parts(), nodes: parts().nodes.reverse() }],
    ["a token too many", { ...parts(), tokens: [...parts().tokens, 2 ** 32] }],
    ["a fraction for a token", { ...parts(), tokens: [0.5, 1, 2, 3] }],
    ["tokens that do not rise", { ...parts(), tokens: [1, 1, 2, 3] }],
    ["no tokens", { ...parts(), tokens: [], owners: [] }],
    ["an owner too few", { ...parts(), owners: [0, 1, 0] }],
    ["an owner that is not there", { ...parts(), owners: [0, 1, 0, 2] }],
    ["no owners", { ...parts(), owners: undefined }],
  ])("refused: %s", (_, text) => {
    const given = typeof text === "string" ? text : JSON.stringify(text);
    expect(() => decodeRing(given)).toThrow(expect.objectContaining({ code: "RING_TEXT" }));
  });
});
