// Operations shared out among logical clients.

import type { Workload } from "../workloads/workload.ts";

/**
 * How many operations each of `clients` sends: as equal as can be, the first ones send the rest.
 */
export function shareOut(operations: number, clients: number): number[] {
  const each = Math.floor(operations / clients);
  const rest = operations % clients;
  return Array.from({ length: clients }, (_, client) => each + (client < rest ? 1 : 0));
}

/** Records that each client loads. */
export function loadCounts(workload: Workload, clients: number): number[] {
  return Array.from({ length: clients }, (_, client) => workload.loadCount(client, clients));
}
