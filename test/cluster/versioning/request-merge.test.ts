// Two events of one request are one write.

import { describe, expect, it } from "vitest";
import { type DvvSet, EMPTY_SET } from "../../../cluster/versioning/dvv-set.ts";
import { createPolicy } from "../../../cluster/versioning/policies.ts";
import { put, textsOf } from "./writes.ts";

const SIBLING_POLICIES = ["dvv", "vector-clock"] as const;

describe.each(SIBLING_POLICIES)("%s: a request that two coordinators made events of", (name) => {
  const policy = createPolicy(name);
  const retried = { value: "v", number: 1 };
  const atA = put(policy, undefined, { ...retried, by: "a" });
  const atB = put(policy, undefined, { ...retried, by: "b" });
  const { context } = policy.read(atA);

  it("is one sibling, whatever the order", () => {
    for (const set of [policy.merge(atA, atB), policy.merge(atB, atA)]) {
      expect(textsOf(policy, set)).toEqual(["v"]);
      expect(policy.siblingCount(set)).toBe(1);
      expect(policy.merge(policy.merge(set, atA), atB)).toEqual(set);
    }
  });

  it("is overwritten by a write that saw only one event, wherever it is coordinated", () => {
    const over = { value: "w", context, number: 2, client: 2 };
    // A replica that numbered an event holds it, so that not everybody can be at every set.
    const places = [
      { stored: atA, actors: ["a", "c"] },
      { stored: atB, actors: ["b", "c"] },
      // The plain clock of both is not covered by the context of one.
      ...(name === "dvv" ? [{ stored: policy.merge(atA, atB), actors: ["a", "b", "c"] }] : []),
      { stored: EMPTY_SET, actors: ["c"] },
    ];
    for (const { stored, actors } of places) {
      for (const by of actors) {
        const written = put(policy, stored, { ...over, by });
        const merges = [atA, atB, policy.merge(atA, atB)].flatMap((set) => [
          policy.merge(written, set),
          policy.merge(set, written),
        ]);
        for (const set of merges) expect(textsOf(policy, set)).toEqual(["w"]);
      }
    }
  });

  it("stays gone when its second event comes after two more writes", () => {
    const second = put(policy, atA, { value: "w", context, by: "a", number: 2, client: 2 });
    const seen = policy.read(second).context;
    const third = put(policy, second, { value: "x", context: seen, by: "a", number: 3 });
    expect(textsOf(policy, policy.merge(third, atB))).toEqual(["x"]);
    expect(textsOf(policy, policy.merge(atB, third))).toEqual(["x"]);
  });

  it("is known for both events where both are, however much was written since", () => {
    const both = policy.merge(atA, atB);
    let set = put(policy, atA, { value: "w2", context, by: "a", number: 2, client: 2 });
    for (let number = 3; number < 12; number++) {
      expect(textsOf(policy, policy.merge(set, both))).toEqual([`w${number - 1}`]);
      expect(textsOf(policy, policy.merge(both, set))).toEqual([`w${number - 1}`]);
      const seen = policy.read(set).context;
      set = put(policy, set, { value: `w${number}`, context: seen, by: "a", number });
    }
  });

  it("is known for both events where both are, though nothing is remembered", () => {
    const forgetful = createPolicy(name, { requestMemory: 0 });
    const set = put(forgetful, atA, { value: "w", context, by: "a", number: 2, client: 2 });
    expect(textsOf(forgetful, forgetful.merge(set, policy.merge(atA, atB)))).toEqual(["w"]);
  });

  it("counts once in a crowd, and is overwritten as one", () => {
    const remembering = createPolicy(name, { requestMemory: 100 });
    let [here, there] = [EMPTY_SET as DvvSet, EMPTY_SET as DvvSet];
    for (let number = 0; number < 60; number++) {
      here = put(remembering, here, { value: `v${number}`, by: "a", number });
      there = put(remembering, there, { value: `v${number}`, by: "b", number });
    }
    expect(remembering.siblingCount(remembering.merge(here, there))).toBe(60);
    const seen = remembering.read(here).context;
    const over = put(remembering, here, { value: "r", context: seen, by: "a", number: 99 });
    expect(textsOf(remembering, remembering.merge(over, there))).toEqual(["r"]);
  });
});
