// How many keys of a history are linearizable: each key is a history of its own.

import type { HistoryEvent } from "../../checking/history.ts";
import { checkLinearizability } from "../../checking/linearizability.ts";

export interface KeyOrders {
  readonly histories: number;
  readonly linearizable: number;
  readonly notLinearizable: number;
  /** Not decided within the bound. */
  readonly unknown: number;
  /** Of which a get returned siblings: a register has one value. */
  readonly notJudged: number;
}

/** As registers with compare-and-set. @param statesMax configurations that one key may take. */
export function countKeyOrders(history: readonly HistoryEvent[], statesMax: number): KeyOrders {
  const counts = { histories: 0, linearizable: 0, notLinearizable: 0, unknown: 0, notJudged: 0 };
  for (const events of Map.groupBy(history, ({ key }) => key).values()) {
    counts.histories++;
    if (events.some(({ f, siblings = [] }) => f === "get" && siblings.length > 1)) {
      counts.notJudged++;
      continue;
    }
    const { linearizable } = checkLinearizability(events, { model: "cas-register", statesMax });
    if (linearizable === "unknown") counts.unknown++;
    else if (linearizable) counts.linearizable++;
    else counts.notLinearizable++;
  }
  return counts;
}
