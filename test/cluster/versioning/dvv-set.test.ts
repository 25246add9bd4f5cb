// The vectors of the authors' implementation (ricardobcl/Dotted-Version-Vectors, dvvset.erl).

import { describe, expect, it } from "vitest";
import {
  compareSets,
  type DvvSet,
  EMPTY_SET,
  event,
  join,
  type LessOrEqual,
  last,
  lww,
  reconcile,
  size,
  sync,
  update,
} from "../../../cluster/versioning/dvv-set.ts";
import { actor, notationOf, set, textOf, version, written } from "./notation.ts";

const byNumber: LessOrEqual = (a, _aBy, b) => Number(textOf(a)) <= Number(textOf(b));
const bySecond: LessOrEqual = (a, _aBy, b) => secondOf(textOf(a)) <= secondOf(textOf(b));
const secondOf = (text: string) => Number(text.split(",")[1]);

/** `update` without a server's set. */
function first(of: DvvSet, name: string): DvvSet {
  return update(of, EMPTY_SET, actor(name));
}

const X = set(
  [
    ["a", 4, ["5", "2"]],
    ["b", 1, []],
    ["c", 1, ["3"]],
  ],
  [],
);
const Y: DvvSet = { entries: X.entries, anonymous: [version("10"), version("0")] };

describe("dotted version vector sets", () => {
  it("join", () => {
    const A = written([], "v1");
    const A1 = first(A, "a");
    const B1 = update(written(join(A1), "v2"), A1, actor("b"));
    const clockOf = (of: DvvSet) => join(of).map(({ node, counter }) => [node, counter]);
    expect(clockOf(A)).toEqual([]);
    expect(clockOf(A1)).toEqual([["a", 1]]);
    expect(clockOf(B1)).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });

  it("update", () => {
    const A0 = first(written([], "v1"), "a");
    const A1 = update(written(join(A0), "v2"), A0, actor("a"));
    const A2 = update(written(join(A1), "v3"), A1, actor("b"));
    const A3 = update(written(join(A0), "v4"), A1, actor("b"));
    const A4 = update(written(join(A0), "v5"), A1, actor("a"));
    expect(notationOf(A0)).toEqual([[["a", 1, ["v1"]]], []]);
    expect(notationOf(A1)).toEqual([[["a", 2, ["v2"]]], []]);
    expect(notationOf(A2)).toEqual([
      [
        ["a", 2, []],
        ["b", 1, ["v3"]],
      ],
      [],
    ]);
    expect(notationOf(A3)).toEqual([
      [
        ["a", 2, ["v2"]],
        ["b", 1, ["v4"]],
      ],
      [],
    ]);
    expect(notationOf(A4)).toEqual([[["a", 3, ["v5", "v2"]]], []]);
  });

  it("sync", () => {
    const both = (a: DvvSet, b: DvvSet, expected: unknown) => {
      expect(notationOf(sync(a, b))).toEqual([expected, []]);
      expect(notationOf(sync(b, a))).toEqual([expected, []]);
    };
    const A = set([["a", 1, ["v1"]]]);
    const A1 = set([["a", 2, ["v2"]]]);
    const A3 = first(written(join(A1), "v3"), "b");
    const A4 = first(written(join(A1), "v3"), "c");
    const older: LessOrEqual = (a, _aBy, b) => textOf(a) > textOf(b);
    both(set([["a", 1, []]]), set([["a", 2, ["v2", "v1"]]]), [["a", 2, ["v2"]]]);
    both(A4, A3, [
      ["a", 2, []],
      ["b", 1, ["v3"]],
      ["c", 1, ["v3"]],
    ]);
    both(set([["x", 1, []]]), A, [
      ["a", 1, ["v1"]],
      ["x", 1, []],
    ]);
    both(A, set([["b", 1, ["v2"]]]), [
      ["a", 1, ["v1"]],
      ["b", 1, ["v2"]],
    ]);
    expect(notationOf(lww(older, A4))).toEqual(notationOf(sync(A4, lww(older, A4))));
  });

  it("sync and update", () => {
    const A0 = first(written([], "v1"), "a");
    const A1 = update(written([], "v2"), A0, actor("a"));
    const A2 = update(written(set([["a", 1, []]]).entries, "v3"), A1, actor("a"));
    expect(notationOf(A0)).toEqual([[["a", 1, ["v1"]]], []]);
    expect(notationOf(A1)).toEqual([[["a", 2, ["v2", "v1"]]], []]);
    expect(notationOf(A2)).toEqual([[["a", 3, ["v3", "v2"]]], []]);
  });

  it("event", () => {
    const A = set([["a", 1, ["v1"]]]).entries;
    const withEvent = (name: string) =>
      notationOf({ entries: event(A, actor(name), version("v2")), anonymous: [] })[0];
    expect(withEvent("a")).toEqual([["a", 2, ["v2", "v1"]]]);
    expect(withEvent("b")).toEqual([
      ["a", 1, ["v1"]],
      ["b", 1, ["v2"]],
    ]);
  });

  it("lww and last", () => {
    const Z = set(
      [
        ["a", 4, ["5", "2"]],
        ["b", 1, ["1"]],
      ],
      ["3"],
    );
    expect(textOf(last(byNumber, X)!)).toBe("5");
    expect(textOf(last(byNumber, Y)!)).toBe("10");
    expect(last(byNumber, EMPTY_SET)).toBe(undefined);
    expect(notationOf(lww(byNumber, X))).toEqual([
      [
        ["a", 4, ["5"]],
        ["b", 1, []],
        ["c", 1, []],
      ],
      [],
    ]);
    expect(notationOf(lww(byNumber, Y))).toEqual([
      [
        ["a", 4, []],
        ["b", 1, []],
        ["c", 1, []],
      ],
      ["10"],
    ]);
    expect(notationOf(lww(byNumber, Z))).toEqual([
      [
        ["a", 4, ["5"]],
        ["b", 1, []],
      ],
      [],
    ]);
    const A = set(
      [
        ["a", 4, ["5,1002345", "7,1002340"]],
        ["b", 1, ["4,1001340"]],
      ],
      ["2,1001140"],
    );
    expect(notationOf(lww(bySecond, A))).toEqual([
      [
        ["a", 4, ["5,1002345"]],
        ["b", 1, []],
      ],
      [],
    ]);
  });

  it("reconcile", () => {
    const by = (resolve: (numbers: number[]) => number, of: DvvSet) =>
      notationOf(reconcile((all) => version(String(resolve(all.map(textOf).map(Number)))), of));
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    const entries = [
      ["a", 4, []],
      ["b", 1, []],
      ["c", 1, []],
    ];
    expect(by(sum, X)).toEqual([entries, ["10"]]);
    expect(by(sum, Y)).toEqual([entries, ["20"]]);
    expect(by((numbers) => Math.min(...numbers), X)).toEqual([entries, ["2"]]);
    expect(by((numbers) => Math.min(...numbers), Y)).toEqual([entries, ["0"]]);
  });

  it("less", () => {
    // The first actor of the vectors is the list [a], which in Erlang's order is behind all atoms.
    const A = first(written([], "v1"), "~a");
    const B = first(written(join(A), "v2"), "a");
    const B2 = first(written(join(A), "v2"), "b");
    const B3 = first(written(join(A), "v2"), "z");
    const C = update(written(join(B), "v3"), A, actor("c"));
    const D = update(written(join(C), "v4"), B2, actor("d"));
    const pairs = { A, B, B2, B3, C, D } as const;
    type Name = keyof typeof pairs;
    const less = (names: string) => {
      const [a, b] = names.split("<") as [Name, Name];
      return compareSets(pairs[a], pairs[b]) === "before";
    };
    const named = (list: string, is: boolean) => list.split(" ").map((pair) => [pair, is] as const);
    const cases = [
      ...named("A<B A<C B<C B<D B2<D A<D", true),
      ...named("B2<C B<B2 B2<B A<A C<C D<B2 B3<D", false),
    ];
    for (const [pair, is] of cases) expect(less(pair), pair).toBe(is);
  });

  it("equal and size", () => {
    const A = set(
      [
        ["a", 4, ["v5", "v0"]],
        ["b", 0, []],
        ["c", 1, ["v3"]],
      ],
      ["v0"],
    );
    const B = set([
      ["a", 4, ["v555", "v0"]],
      ["b", 0, []],
      ["c", 1, ["v3"]],
    ]);
    const C = set(
      [
        ["a", 4, ["v5", "v0"]],
        ["b", 0, []],
      ],
      ["v6", "v1"],
    );
    expect(compareSets(A, B)).toBe("equal");
    expect(compareSets(B, A)).toBe("equal");
    expect(compareSets(A, C)).not.toBe("equal");
    expect(compareSets(B, C)).not.toBe("equal");
    expect(size(written([], "v1"))).toBe(1);
    const D = set(
      [
        ["a", 4, ["v5", "v0"]],
        ["b", 0, []],
        ["c", 1, ["v3"]],
      ],
      ["v4", "v1"],
    );
    expect(size(D)).toBe(5);
  });
});
