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
function loadCounts(workload: Workload, clients: number): number[] {
  return Array.from({ length: clients }, (_, client) => workload.loadCount(client, clients));
}

/** What a phase is to do. */
interface PhaseSize {
  readonly workload: Workload;
  readonly phase: "load" | "run";
  /** Of the run phase; 0: until the time is up. A load has what it has. */
  readonly operations: number;
  readonly clients: number;
}

/** Operations in all, 0 when there is no end; and of each client, as many as there is work for. */
export function quotasOf(size: PhaseSize): { readonly total: number; readonly quotas: number[] } {
  const { workload, phase, operations, clients } = size;
  if (phase === "run" && operations === 0) {
    return { total: 0, quotas: new Array<number>(clients).fill(Number.POSITIVE_INFINITY) };
  }
  if (phase === "run") {
    const count = Math.max(1, Math.min(clients, operations));
    return { total: operations, quotas: shareOut(operations, count) };
  }
  const loads = loadCounts(workload, clients);
  const total = loads.reduce((sum, count) => sum + count, 0);
  const count = Math.max(1, Math.min(clients, total));
  return { total, quotas: count === clients ? loads : loadCounts(workload, count) };
}
