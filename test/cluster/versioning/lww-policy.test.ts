// What the last write takes the place of, and what counts as lost.

import { describe, expect, it } from "vitest";
import type { VersioningError } from "../../../cluster/versioning/errors.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import { put, textsOf } from "./writes.ts";

describe("lww", () => {
  it("counts what nobody had seen, once, and nothing that was", () => {
    const policy = createPolicy("lww");
    const first = put(policy, undefined, { value: "v1", by: "a", number: 1, nowWallMs: 10 });
    const { context } = policy.read(first);
    const seen = put(policy, first, { value: "v2", context, by: "a", number: 2, nowWallMs: 20 });
    expect(policy.merge(first, seen)).toEqual(seen);
    expect(policy.lostUpdates).toBe(0);
    const blind = put(policy, undefined, { value: "v3", by: "b", number: 3, nowWallMs: 30 });
    const merged = policy.merge(seen, blind);
    expect(textsOf(policy, merged)).toEqual(["v3"]);
    expect(policy.lostUpdates).toBe(1);
    expect(policy.merge(merged, seen)).toEqual(merged);
    expect(policy.lostUpdates).toBe(1);
    put(policy, merged, { value: "v4", by: "b", number: 4, nowWallMs: 40 });
    expect(policy.lostUpdates).toBe(2);
  });

  it("takes two events of one request for no loss", () => {
    const policy = createPolicy("lww");
    const atA = put(policy, undefined, { value: "v", by: "a", number: 1 });
    const atB = put(policy, undefined, { value: "v", by: "b", number: 1 });
    expect(textsOf(policy, policy.merge(atA, atB))).toEqual(["v"]);
    expect(policy.lostUpdates).toBe(0);
  });

  it("orders a write behind what its writer saw, though its own clock is slow", () => {
    const fast = createPolicy("lww");
    const slow = createPolicy("lww");
    const first = put(fast, undefined, { value: "v1", by: "a", number: 1, nowWallMs: 9000 });
    const { context } = fast.read(first);
    const second = put(slow, undefined, { value: "v2", context, by: "b", number: 2, nowWallMs: 5 });
    expect(textsOf(fast, fast.merge(first, second))).toEqual(["v2"]);
    expect(fast.lostUpdates).toBe(0);
  });

  it("puts a write without a context over a version from a clock that was ahead", () => {
    const fast = createPolicy("lww");
    const slow = createPolicy("lww");
    const first = put(fast, undefined, { value: "v1", by: "a", number: 1, nowWallMs: 9000 });
    const second = put(slow, first, { value: "v2", by: "b", number: 2, nowWallMs: 5 });
    expect(textsOf(fast, fast.merge(first, second))).toEqual(["v2"]);
    expect(slow.lostUpdates).toBe(1);
  });

  it("breaks a tie of timestamps by actor, the same way everywhere", () => {
    const one = createPolicy("lww");
    const other = createPolicy("lww");
    const atA = put(one, undefined, { value: "z", by: "a", number: 1 });
    const atB = put(other, undefined, { value: "y", by: "b", number: 2 });
    expect(textsOf(one, one.merge(atA, atB))).toEqual(["y"]);
    expect(textsOf(one, one.merge(atB, atA))).toEqual(["y"]);
  });

  it("refuses a timestamp too far ahead, from a client and from a node", () => {
    const ahead = createPolicy("lww");
    const policy = createPolicy("lww", { maxDriftMs: 500 });
    const set = put(ahead, undefined, { value: "v", by: "a", number: 1, nowWallMs: 5000 });
    const { context } = ahead.read(set);
    const code = (run: () => void) => {
      try {
        run();
      } catch (error) {
        return (error as VersioningError).code;
      }
      return undefined;
    };
    const late = { value: "w", context, by: "b", number: 2, nowWallMs: 4499 };
    expect(code(() => put(policy, undefined, late))).toBe("VERSION_CLOCK_DRIFT");
    expect(code(() => policy.admit(set, 4499))).toBe("VERSION_CLOCK_DRIFT");
    expect(code(() => policy.admit(set, 4500))).toBe(undefined);
  });
});
