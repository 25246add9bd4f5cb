// Mistakes in counting that a simulation has on purpose, to try its judges.

import type { NodeProbes } from "../runtime.ts";
import type { Contact, Need } from "./consistency.ts";

/** The need itself unless such a mistake is planted. */
export function plantedNeed(
  need: Need,
  operation: "read" | "write",
  pending: readonly Contact[],
  probes: NodeProbes,
): Need {
  const { nodes, primaries, perDc } = need;
  if (operation === "read" && nodes > 1 && probes.isPlanted("read-one-less")) {
    return { nodes: nodes - 1, primaries: Math.min(primaries, nodes - 1), perDc };
  }
  if (operation === "write" && nodes > pending.length && probes.isPlanted("pending-not-added")) {
    return { nodes: nodes - pending.length, primaries, perDc };
  }
  if (perDc.length > 1 && probes.isPlanted("each-quorum-by-sum")) {
    return { nodes: perDc.reduce((sum, of) => sum + of.nodes, 0), primaries, perDc: [] };
  }
  return need;
}
