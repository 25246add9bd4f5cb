// The three conflict policies, by name.

import { LastWriteWinsPolicy } from "./lww-policy.ts";
import type { ConflictPolicy, PolicyName, PolicyOptions } from "./policy.ts";
import { DvvPolicy, VectorClockPolicy } from "./sibling-policies.ts";

/** A policy for one node. Options out of range are mistakes of the program. */
export function createPolicy(name: PolicyName, options: PolicyOptions = {}): ConflictPolicy {
  switch (name) {
    case "dvv":
      return new DvvPolicy(options);
    case "vector-clock":
      return new VectorClockPolicy(options);
    case "lww":
      return new LastWriteWinsPolicy(options);
  }
}
