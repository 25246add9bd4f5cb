// The judge of placements on rings that are sound, and on each kind of ring that is not.

import { describe, expect, test } from "vitest";
import {
  checkAgreement,
  checkLists,
  checkMovement,
  checkOwnership,
  type JudgedList,
  type JudgedRing,
} from "../../../cluster/checking/placement.ts";

const NODES = ["a", "b", "c", "d"].map((id, i) => {
  return { id, capacity: 1, rack: i % 2 === 0 ? "left" : "right", dc: "x" };
});

function sound(change: Partial<JudgedRing> = {}): JudgedRing {
  const tokens = [2 ** 29 - 1, 2 ** 30 - 1, 2 ** 31 - 1, 2 ** 32 - 1];
  const ring = { epoch: 3, nodes: NODES, tokens, owners: [0, 1, 2, 3], ...change };
  const lookup = (position: number) => {
    return Math.max(
      0,
      Array.from(ring.tokens).findIndex((token) => token >= position),
    );
  };
  return { lookup, ...ring };
}

const LISTS = [
  ["a", "b"],
  ["b", "c"],
  ["c", "d"],
  ["d", "a"],
];
const listsOf = (lists: readonly (readonly string[])[], missing: JudgedList["missing"] = []) => {
  return (vnode: number): JudgedList => ({ nodes: lists[vnode]!, missing });
};

describe("P1, ownership", () => {
  test("holds", () => {
    expect(checkOwnership(sound())).toEqual([]);
    expect(checkOwnership(sound({ tokens: [7], owners: [1] }))).toEqual([]);
  });

  test.each<[string, Partial<JudgedRing>]>([
    ["no vnodes", { tokens: [], owners: [] }],
    ["a token twice", { tokens: [1, 1, 2, 3] }],
    ["tokens that fall", { tokens: [9, 8, 10, 11] }],
    ["a token outside the ring", { tokens: [1, 2, 3, 2 ** 32] }],
    ["a fraction", { tokens: [1, 2.5, 3, 4] }],
    ["an owner that is not there", { owners: [0, 1, 2, 4] }],
    ["an owner too few", { owners: [0, 1, 2] }],
    ["one id twice", { nodes: [...NODES.slice(0, 3), NODES[0]!] }],
    ["a look-up that is one off at tokens", { lookup: (p) => sound().lookup((p + 1) % 2 ** 32) }],
    ["a look-up that never wraps", { tokens: [1, 2, 3, 4], lookup: (p) => (p > 4 ? 3 : 0) }],
  ])("does not: %s", (_, change) => {
    const problems = checkOwnership(sound(change));
    expect(problems.length).toBeGreaterThan(0);
    expect(new Set(problems.map(({ property }) => property))).toEqual(new Set(["P1"]));
  });
});

describe("P2, lists", () => {
  test("hold", () => {
    expect(checkLists(sound(), { x: 2 }, listsOf(LISTS))).toEqual([]);
    const five = [..."abcd"].map((_, i) => [..."abcd".slice(i), ..."abcd".slice(0, i)]);
    const missing = [{ dc: "x", replicas: 1 }];
    expect(checkLists(sound(), { x: 5 }, listsOf(five, missing))).toEqual([]);
  });

  test.each<[string, readonly string[], JudgedList["missing"]]>([
    ["a node twice", ["a", "a"], []],
    ["one rack where there are two", ["a", "c"], []],
    ["too few", ["a"], []],
    ["too many", ["a", "b", "c"], []],
    ["a stranger", ["a", "z"], []],
    ["somebody else first", ["b", "a"], []],
    ["missing told that are not", ["a", "b"], [{ dc: "x", replicas: 1 }]],
  ])("do not: %s", (_, list, missing) => {
    const problems = checkLists(sound(), { x: 2 }, (vnode) => {
      return vnode === 0 ? { nodes: list, missing } : { nodes: LISTS[vnode]!, missing: [] };
    });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatchObject({ property: "P2" });
    for (const { message } of problems) expect(message).toContain("vnode 0");
  });

  test("do not: missing that are not told, and of a centre that has no nodes", () => {
    expect(checkLists(sound(), { x: 2, y: 1 }, listsOf(LISTS))).toHaveLength(4);
    const told = listsOf(LISTS, [{ dc: "y", replicas: 1 }]);
    expect(checkLists(sound(), { x: 2, y: 1 }, told)).toEqual([]);
  });
});

describe("P3, movement", () => {
  const even = { tokens: [2 ** 30 - 1, 2 ** 31 - 1, 3 * 2 ** 30 - 1, 2 ** 32 - 1] };
  const four = sound({ ...even, epoch: 1 });
  const three = NODES.slice(0, 3);

  test("a node leaves and its quarter goes to one: what has to move", () => {
    const after = sound({ ...even, nodes: three, owners: [0, 1, 2, 0] });
    expect(checkMovement(four, after, 0)).toEqual([]);
  });

  test("two others change hands for nothing", () => {
    const after = sound({ ...even, nodes: three, owners: [1, 0, 2, 0] });
    expect(checkMovement(four, after, 0.1)).toMatchObject([{ property: "P3" }]);
    expect(checkMovement(four, after, 0.5)).toEqual([]);
  });

  test("every move counts, with other tokens too", () => {
    const finer = sound({ tokens: [2 ** 29 - 1, ...even.tokens], owners: [1, 0, 1, 2, 3] });
    expect(checkMovement(four, finer, 0.1249)).toHaveLength(1);
    expect(checkMovement(four, finer, 0.125)).toEqual([]);
  });
});

describe("P4, agreement", () => {
  const lists = listsOf(LISTS);

  test("holds, or is not asked for", () => {
    expect(checkAgreement(sound(), lists, sound(), lists)).toEqual([]);
    const other = sound({ epoch: 4, owners: [3, 2, 1, 0] });
    expect(checkAgreement(sound(), lists, other, lists)).toEqual([]);
  });

  test.each<[string, JudgedRing, (vnode: number) => JudgedList]>([
    ["another token", sound({ tokens: [1, 2, 3, 4] }), lists],
    ["another owner", sound({ owners: [0, 1, 2, 0] }), lists],
    ["another order", sound(), listsOf([["a", "d"], ...LISTS.slice(1)])],
  ])("does not: %s", (_, ring, listAt) => {
    expect(checkAgreement(sound(), lists, ring, listAt)).toMatchObject([{ property: "P4" }]);
  });
});
