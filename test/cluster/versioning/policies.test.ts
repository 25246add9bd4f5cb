// What each policy answers where it is known what the answer must be.

import { describe, expect, it } from "vitest";
import { type DvvSet, EMPTY_SET } from "../../../cluster/versioning/dvv-set.ts";
import { VersioningError } from "../../../cluster/versioning/errors.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import type { ConflictPolicy, PolicyName } from "../../../cluster/versioning/policy.ts";
import { type Version, VersionState } from "../../../cluster/versioning/version.ts";
import { textOf } from "./notation.ts";
import { put, textsOf } from "./writes.ts";

const NAMES: readonly PolicyName[] = ["dvv", "vector-clock", "lww"];
const text = new TextEncoder();

/** Two clients count down from 98, each unites the siblings of its own last answer and adds one. */
function countDown(policy: ConflictPolicy): { siblings: readonly Version[]; union: Set<number> } {
  let set: DvvSet = EMPTY_SET;
  const seen = [EMPTY_SET, EMPTY_SET];
  const numbersOf = (of: DvvSet) =>
    policy.read(of).siblings.flatMap((sibling) => textOf(sibling).split(",").map(Number));
  const numbers = [0, 1, ...Array.from({ length: 97 }, (_, i) => 98 - i)];
  for (const number of numbers) {
    const own = number % 2;
    const value = [...new Set([...numbersOf(seen[own]!), number])].join();
    const { context } = policy.read(seen[own]!);
    const client = own + 1;
    set = put(policy, set, { value, context, by: "a", number, client, nowWallMs: number });
    seen[own] = set;
  }
  return { siblings: policy.read(set).siblings, union: new Set(numbersOf(set)) };
}

describe("sibling explosion", () => {
  const all = new Set(Array.from({ length: 99 }, (_, i) => i));

  it("dvv ends with exactly two siblings, and every number", () => {
    const { siblings, union } = countDown(createPolicy("dvv"));
    expect(siblings.length).toBe(2);
    expect(union).toEqual(all);
  });

  it("vector-clock ends with 99: every value that was ever put", () => {
    const { siblings, union } = countDown(createPolicy("vector-clock"));
    expect(siblings.length).toBe(99);
    expect(union).toEqual(all);
  });

  it("lww ends with one, and has lost numbers", () => {
    const policy = createPolicy("lww");
    const { siblings, union } = countDown(policy);
    expect(siblings.length).toBe(1);
    expect(union.size).toBeLessThan(99);
    expect(policy.lostUpdates).toBeGreaterThan(0);
  });
});

describe.each(NAMES)("%s", (name) => {
  it("keeps a delete as a tombstone among the siblings, and a write on top of it", () => {
    const policy = createPolicy(name);
    const first = put(policy, undefined, { value: "v", by: "a", number: 1 });
    const { context } = policy.read(first);
    const deleted = put(policy, first, { context, by: "a", number: 2 });
    expect(policy.read(deleted).siblings.map(({ state }) => state)).toEqual([
      VersionState.tombstone,
    ]);
    const again = policy.read(deleted).context;
    const written = put(policy, deleted, { value: "", context: again, by: "b", number: 3 });
    expect(policy.read(written).siblings.map(({ state }) => state)).toEqual([VersionState.value]);
    expect(policy.compare(first, written)).toBe("before");
    expect(policy.merge(written, first)).toEqual(written);
  });

  it("makes no new event of a request that it knows, overwritten or not", () => {
    const policy = createPolicy(name);
    const first = put(policy, undefined, { value: "v1", by: "a", number: 1 });
    expect(put(policy, first, { value: "v1", by: "a", number: 1 })).toBe(first);
    const { context } = policy.read(first);
    const second = put(policy, first, { value: "v2", context, by: "a", number: 2 });
    const dot = { node: "a", epoch: 1, counter: 1 };
    const retry = { request: { client: 1, number: 1 }, actor: dot, nowWallMs: 9000 };
    expect(policy.update(second, retry)).toMatchObject({ outcome: "duplicate", dot, set: second });
  });

  it("refuses the bytes of the other policies", () => {
    const policy = createPolicy(name);
    for (const other of NAMES.filter((each) => each !== name)) {
      const set = put(createPolicy(other), undefined, { value: "v", by: "a", number: 1 });
      expect(() => policy.decode(createPolicy(other).encode(set))).toThrow(VersioningError);
    }
  });
});

describe.each(["dvv", "vector-clock"] as const)("%s", (name) => {
  it("refuses a write without a context over the bound, and merges all the same", () => {
    const policy = createPolicy(name, { siblingsMax: 2 });
    let here: DvvSet = EMPTY_SET;
    let there: DvvSet = EMPTY_SET;
    for (const number of [1, 2]) {
      here = put(policy, here, { value: `h${number}`, by: "a", number });
      there = put(policy, there, { value: `t${number}`, by: "b", number: number + 10 });
    }
    const write = { request: { client: 1, number: 9 }, actor: { node: "a", epoch: 1 } };
    const refused = policy.update(here, { ...write, value: text.encode("x"), nowWallMs: 0 });
    expect(refused).toEqual({ outcome: "refused", siblings: 2, siblingsMax: 2 });
    const merged = policy.merge(here, there);
    expect(textsOf(policy, merged)).toEqual(["h1", "h2", "t1", "t2"]);
    const { context } = policy.read(merged);
    const resolved = put(policy, merged, { value: "r", context, by: "a", number: 20 });
    expect(textsOf(policy, resolved)).toEqual(["r"]);
  });
});

describe("vector-clock", () => {
  it("keeps all siblings unless a write has seen everything, and dvv only the unseen ones", () => {
    const siblingsAfter = (name: PolicyName) => {
      const policy = createPolicy(name);
      const first = put(policy, undefined, { value: "v1", by: "a", number: 1 });
      const { context } = policy.read(first);
      const other = put(policy, undefined, { value: "x", by: "b", number: 2 });
      const both = policy.merge(first, other);
      return textsOf(policy, put(policy, both, { value: "v2", context, by: "a", number: 3 }));
    };
    expect(siblingsAfter("dvv")).toEqual(["v2", "x"]);
    expect(siblingsAfter("vector-clock")).toEqual(["v1", "v2", "x"]);
  });

  it("keeps a sibling that the writer overwrote elsewhere", () => {
    const policy = createPolicy("vector-clock");
    const first = put(policy, undefined, { value: "v1", by: "a", number: 1 });
    const { context } = policy.read(first);
    const second = put(policy, first, { value: "v2", context, by: "a", number: 2 });
    const behind = put(policy, first, { value: "x", by: "b", number: 3 });
    const seen = policy.read(second).context;
    const third = put(policy, behind, { value: "v3", context: seen, by: "b", number: 4 });
    expect(textsOf(policy, third)).toEqual(["v1", "v3", "x"]);
    expect(textsOf(policy, policy.merge(third, second))).toEqual(["v2", "v3", "x"]);
  });
});
