// Availability: of what was asked, how much was answered within its deadline. A client gives up at
// the deadline, so that every answer came before it.

import type { HistoryEvent } from "../../checking/history.ts";
import { share } from "./claim.ts";

export interface Asked {
  readonly asked: number;
  readonly answered: number;
}

/** @param isMeant told of each invocation. A compare-and-set that is told no was answered. */
export function countAnswered(
  history: readonly HistoryEvent[],
  isMeant: (invocation: HistoryEvent) => boolean,
): Asked {
  const open = new Set<number>();
  let [asked, answered] = [0, 0];
  for (const event of history) {
    const { type, process, error } = event;
    if (type !== "invoke") {
      if (open.delete(process) && error === undefined) answered++;
    } else if (isMeant(event)) {
      asked++;
      open.add(process);
    }
  }
  return { asked, answered };
}

/** With the share that was answered, 0 to 1. */
export function withAvailability(of: Asked): Asked & { readonly availability: number } {
  return { ...of, availability: share(of.answered, of.asked) };
}
