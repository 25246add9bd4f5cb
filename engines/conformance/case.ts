// One case of the suite, and what a manifest must claim for it to apply.

import type { Capabilities, Durability } from "../engine.ts";
import type { CaseContext, ConformanceOptions } from "./context.ts";

/** A claim of the manifest, or something that the caller of the suite must provide. */
export type Need =
  | "scan"
  | "snapshot"
  | "scanIsolation"
  | "atomicBatch"
  | "verify"
  | "checkpoint"
  | "compact"
  | "persistent"
  | "emptyKey"
  | "longestKey"
  | "processes";

export interface ConformanceCase {
  /** Unique in the suite: `topic: what must hold`. */
  readonly name: string;
  readonly needs: readonly Need[];
  /** A level that the manifest must have for the case to apply. */
  readonly durability?: Durability;
  /** Throws when the engine does not conform. */
  run(context: CaseContext): Promise<void>;
}

const LONGEST_KEY_BYTES = 65_535;

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
