// The load that is offered, and the schedule that follows from it.

import { ConstantArrivals, PoissonArrivals } from "./arrivals.ts";
import { ClientSchedules, type Dispatch, SharedQueue } from "./dispatch.ts";

/** Operations come at a rate, whatever the store does. */
export interface OpenOffer {
  readonly kind: "open";
  readonly arrivals: "constant" | "poisson";
  readonly ratePerSec: number;
  /** One schedule for all clients, or one for each (YCSB's -target; constant only). */
  readonly schedule: "shared" | "client";
}

/** How the load is offered. In closed loop clients wait for their answers, and for nothing else. */
export type Offer = { readonly kind: "closed" } | OpenOffer;

export interface DispatchOptions {
  /** When the first operation is due. */
  readonly startNs: number;
  /** Operations of each client, warm-up included; Infinity for no end. */
  readonly quotas: readonly number[];
  readonly seed: number;
}

export function dispatchOf(offer: OpenOffer, options: DispatchOptions): Dispatch {
  const { ratePerSec } = offer;
  const { startNs, quotas, seed } = options;
  const count = quotas.length;
  if (offer.schedule === "shared") {
    const total = quotas.reduce((sum, quota) => sum + quota, 0);
    const arrivals =
      offer.arrivals === "constant"
        ? new ConstantArrivals(startNs, ratePerSec)
        : new PoissonArrivals(startNs, ratePerSec, seed);
    return new SharedQueue(arrivals, count, total);
  }
  // YCSB lets slow clients begin at random within their first period; spread evenly, the sum of the
  // schedules has the rate that was asked for from the start.
  const starts = quotas.map((_, client) => startNs + (client * 1e9) / ratePerSec);
  return new ClientSchedules(starts, ratePerSec / count, quotas);
}
