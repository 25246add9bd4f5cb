// One case of the suite, and what a manifest must claim for it to apply.

import type { Capabilities, Durability } from "../engine.ts";
import type { CaseContext, ConformanceOptions } from "./context.ts";
import type { Rule } from "./rule.ts";

/** A claim of the manifest, or something that the caller of the suite must provide. */
export type Need =
  | "scan"
  | "snapshot"
  | "scanIsolation"
  | "atomicBatch"
  | "verify"
  | "checkpoint"
  | "compact"
  | "verifiesReads"
  | "persistent"
  | "emptyKey"
  | "longestKey"
  | "processes";

export interface ConformanceCase {
  /** Unique in the suite: `topic: what must hold`. */
  readonly name: string;
  /** The rule of the contract that an engine breaks when the case fails. */
  readonly rule: Rule;
  readonly needs: readonly Need[];
  /** A level that the manifest must have for the case to apply. */
  readonly durability?: Durability;
  /** Throws when the engine does not conform; CannotTell when that cannot be seen. */
  run(context: CaseContext): Promise<void>;
}

const LONGEST_KEY_BYTES = 65_535;

/**
 * What the engine claims and the case tests, in the words of the manifest: "scanIsolation",
 * "durability sync". Empty for what every engine must do.
 */
export function claimsOf({ needs, durability }: ConformanceCase): string[] {
  const claims: string[] = needs.filter((need) => CLAIMS.has(need));
  if (durability !== undefined) claims.push(`durability ${durability}`);
  return claims;
}

const CLAIMS: ReadonlySet<Need> = new Set([
  "scan",
  "snapshot",
  "scanIsolation",
  "atomicBatch",
  "verify",
  "checkpoint",
  "compact",
  "verifiesReads",
]);

/** Why the case does not apply to the engine; undefined when it does. */
export function inapplicable(
  { needs, durability }: ConformanceCase,
  supports: Capabilities,
  options: ConformanceOptions,
): string | undefined {
  if (durability !== undefined && !supports.durability.includes(durability)) {
    return `supports.durability lacks ${durability}`;
  }
  for (const need of needs) {
    if (need === "processes") {
      if (options.specifier === undefined) return "no specifier by which a process could load it";
    } else if (need === "emptyKey") {
      if (supports.minKeyBytes > 0) return `keys are at least ${supports.minKeyBytes} bytes`;
    } else if (need === "longestKey") {
      if (supports.maxKeyBytes < LONGEST_KEY_BYTES) {
        return `keys are at most ${supports.maxKeyBytes} bytes`;
      }
    } else if (!supports[need]) return `supports.${need} is false`;
  }
  return undefined;
}
