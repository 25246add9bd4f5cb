// The vectors of Voldemort's VectorClockTest and ReadRepairerTest.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Repair, repairs } from "../../../cluster/versioning/repair-plan.ts";
import {
  compareActors,
  compareClocks,
  counterOf,
  mergeClocks,
  type VectorClock,
} from "../../../cluster/versioning/vector-clock.ts";
import { clock } from "./notation.ts";

describe("vector clocks", () => {
  it.each([
    [clock(), clock(), "equal"],
    [clock(1, 1, 2), clock(1, 1, 2, 3), "before"],
    [clock(1), clock(2), "concurrent"],
    [clock(1, 1, 2), clock(1, 1, 3), "concurrent"],
    [clock(1, 2, 3, 3), clock(1, 1, 2, 3), "concurrent"],
    [clock(2, 2), clock(1, 2, 2, 3), "before"],
    [clock(1, 2, 2, 3), clock(2, 2), "after"],
  ])("compares %j with %j: %s", (a, b, order) => {
    expect(compareClocks(a, b)).toBe(order);
  });

  it("merges", () => {
    expect(mergeClocks(clock(1, 1, 1, 2, 3, 5), clock(1, 2, 2, 4))).toEqual(
      clock(1, 1, 1, 2, 2, 3, 4, 5),
    );
    expect(mergeClocks(clock(2, 3, 5), clock(1, 2, 2, 4, 7))).toEqual(clock(1, 2, 2, 3, 4, 5, 7));
  });

  it("keeps counters above 32767", () => {
    const high = [{ node: "1", epoch: 0, counter: 32_768 }];
    expect(mergeClocks(high, clock(2))).toEqual([...high, ...clock(2)]);
    expect(counterOf(mergeClocks(clock(1), high), high[0]!)).toBe(32_768);
  });

  it("tells epochs of one node apart", () => {
    const first = { node: "a", epoch: 1, counter: 5 };
    const second = { node: "a", epoch: 2, counter: 1 };
    expect(compareClocks([first], [second])).toBe("concurrent");
    expect(mergeClocks([second], [first])).toEqual([first, second]);
    expect(compareActors(first, { node: "b", epoch: 0 })).toBeLessThan(0);
  });

  // Two events of one actor from the same parent have one clock: an actor must be serial.
  it("cannot tell two events under one number apart", () => {
    expect(compareClocks(clock(1, 1), clock(1, 1))).toBe("equal");
  });
});

type Replies = Readonly<Record<number, readonly VectorClock[]>>;

const a = clock(1, 2, 2, 3);
const b = clock(1, 2, 3, 3);
const everywhere = (nodes: readonly number[], of: readonly VectorClock[]) =>
  nodes.flatMap((node) => of.map((version): [number, VectorClock] => [node, version]));

const cases: readonly (readonly [string, Replies, readonly (readonly [number, VectorClock])[]])[] =
  [
    ["all equal", { 1: [clock(1, 2)], 2: [clock(1, 2)], 3: [clock(1, 2)] }, []],
    ["nobody has anything", { 1: [], 2: [] }, []],
    ["one behind", { 1: [clock(1, 2)], 2: [clock(1, 2)], 3: [clock(1)] }, [[3, clock(1, 2)]]],
    ["one of two behind", { 1: [clock(1)], 2: [clock(1, 1)] }, [[1, clock(1, 1)]]],
    [
      "all concurrent",
      { 1: [clock(1)], 2: [clock(2)], 3: [clock(3)] },
      [
        ...everywhere([1], [clock(2), clock(3)]),
        ...everywhere([2], [clock(1), clock(3)]),
        ...everywhere([3], [clock(1), clock(2)]),
      ],
    ],
    [
      "one ahead of two that are concurrent",
      { 1: [clock(1, 1, 2, 2)], 2: [clock(1)], 3: [clock(2)] },
      everywhere([2, 3], [clock(1, 1, 2, 2)]),
    ],
    [
      "an empty clock, and one ahead",
      { 1: [clock()], 2: [clock(1)], 3: [clock(1)], 4: [clock(1, 1)] },
      everywhere([1, 2, 3], [clock(1, 1)]),
    ],
    [
      "an empty clock, two concurrent, one ahead",
      { 1: [clock()], 2: [clock(1)], 3: [clock(2)], 4: [clock(1, 1, 2, 2)] },
      everywhere([1, 2, 3], [clock(1, 1, 2, 2)]),
    ],
    [
      "concurrent ancestors",
      { 1: [clock(3, 3)], 2: [clock(1, 2)], 3: [clock(1, 3, 3)] },
      [
        [1, clock(1, 3, 3)],
        [1, clock(1, 2)],
        [2, clock(1, 3, 3)],
        [3, clock(1, 2)],
      ],
    ],
    [
      "many",
      {
        1: [clock(1, 3)],
        2: [clock(1, 2)],
        3: [clock(2, 2)],
        4: [a],
        5: [b],
        6: [clock(3, 3)],
      },
      [...everywhere([1, 2, 3, 6], [a, b]), [4, b], [5, a]],
    ],
    [
      "two nodes that both hold two concurrent versions",
      { 1: [clock(1), clock(2)], 2: [clock(2), clock(1)] },
      [],
    ],
  ];

function textsOf(plan: readonly Repair<VectorClock>[]): string[] {
  return plan.map(({ node, version }) => `${node}: ${JSON.stringify(version)}`).sort();
}

describe("the repairs after a read", () => {
  it.each(cases)("%s", (_name, replies, expected) => {
    const single = Object.entries(replies).flatMap(([node, versions]) =>
      versions.length === 0 ? [{ node, versions }] : versions.map((v) => ({ node, versions: [v] })),
    );
    const texts = textsOf(expected.map(([node, version]) => ({ node: String(node), version })));
    fc.assert(
      fc.property(fc.shuffledSubarray(single, { minLength: single.length }), (shuffled) => {
        expect(textsOf(repairs(shuffled, compareClocks))).toEqual(texts);
      }),
      { numRuns: 50 },
    );
  });
});
