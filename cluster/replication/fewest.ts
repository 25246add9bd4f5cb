// For fan-out `r`: whom to ask when no more are asked than must answer.

import type { Contact, Need } from "./consistency.ts";

/** As few of the contacts as can meet the need, the first ones first; all when they cannot. */
export function fewest(contacts: readonly Contact[], need: Need): Contact[] {
  let { nodes, primaries } = need;
  const perDc = new Map(need.perDc.map(({ dc, nodes: count }) => [dc, count]));
  return contacts.filter(({ dc, role }) => {
    const ofDc = perDc.get(dc) ?? 0;
    const isPrimary = role === "primary";
    if (nodes <= 0 && ofDc <= 0 && !(isPrimary && primaries > 0)) return false;
    nodes--;
    if (isPrimary) primaries--;
    perDc.set(dc, ofDc - 1);
    return true;
  });
}
