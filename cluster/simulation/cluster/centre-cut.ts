// One of several data centres is cut off for a while in which nothing else is wrong, and the
// clients of the others must be answered as ever: those hold a majority of each key's replicas.

import type { HistoryEvent } from "../../checking/history.ts";
import type { Verdict } from "../../checking/verdict.ts";
import type { RingNode } from "../../ring/ring-node.ts";
import type { Fault, PartitionFault } from "../fault.ts";
import { type Asked, countAnswered } from "./availability.ts";
import { judgeClaims, share } from "./claim.ts";
import { dcOfSession } from "./cluster-run.ts";
import type { ClusterPlan } from "./shape.ts";

const AT_MS = 7000;
const FOR_MS = 3000;
/** Who was down, and what a voter missed, is made good before the cut. */
const BEFORE_MS = 2500;
const ANSWERED_SHARE = 0.99;

/** A run that is not longer has none. */
export const CUT_UNTIL_MS = AT_MS + FOR_MS;

/** The faults that do not come near the cut of the data centre, and that cut. */
export function withCut(faults: readonly Fault[], nodes: readonly RingNode[], dc: string): Fault[] {
  const group = nodes.filter((node) => node.dc === dc).map(({ id }) => id);
  const isFar = (fault: Fault): boolean => {
    const endMs = fault.atMs + ("forMs" in fault ? fault.forMs : 0);
    return endMs < AT_MS - BEFORE_MS || fault.atMs > CUT_UNTIL_MS;
  };
  return [...faults.filter(isFar), { kind: "partition", group, atMs: AT_MS, forMs: FOR_MS }];
}

/** How much of what the clients of the other data centres asked during the cut was answered. */
export function askedInCut(history: readonly HistoryEvent[], plan: ClusterPlan): Asked {
  const { ringNodes } = plan.shape;
  const cut = plan.faults.find(isCut);
  const dc = ringNodes.find(({ id }) => cut?.group.includes(id) === true)?.dc;
  return countAnswered(history, ({ session, time }) => {
    const own = dcOfSession(plan, Number(session?.slice(1)));
    const sinceMs = time / 1e6 - AT_MS;
    const isWithin = sinceMs >= 0 && sinceMs < FOR_MS;
    return dc !== undefined && own !== undefined && own !== dc && isWithin;
  });
}

export function judgeCut({ asked, answered }: Asked): Verdict {
  const message = `with a data centre cut off others had ${answered} answers of ${asked}`;
  const holds = asked === 0 || share(answered, asked) >= ANSWERED_SHARE;
  return judgeClaims("availability", asked, [{ holds, message }]);
}

function isCut(fault: Fault): fault is PartitionFault {
  return fault.kind === "partition" && fault.atMs === AT_MS && fault.forMs === FOR_MS;
}
