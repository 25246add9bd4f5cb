// The four legs of WARS (a write, its acknowledgement, a read, its response) between a coordinator
// and its replicas: as published for production systems, or as measured.
//
// Source of the published ones: Bailis, Venkataraman, Franklin, Hellerstein, Stoica:
// Probabilistically Bounded Staleness for Practical Partial Quorums, VLDB 2012, table 3, and the
// authors' simulator. Of the two shapes that they give for Yammer's writes (3.35 and 3.5) it is
// 3.5 that leads to the figures of the paper.

import { type Leg, MixtureLeg } from "./leg.ts";

/** To a replica and back. */
export interface Trip {
  readonly out: Leg;
  /** Undefined: as long as the way out; only round trips are known, and `out` is half of one. */
  readonly back: Leg | undefined;
}

export interface LatencyModel {
  /** In one line. */
  readonly description: string;
  readonly write: Trip;
  readonly read: Trip;
  /**
   * What each leg takes longer, in milliseconds, to every replica but one: the one beside the
   * coordinator, which is any of them, for a read independently of the write. 0: all are alike.
   */
  readonly remoteMs: number;
}

const ssd = new MixtureLeg({
  exponentialShare: 0.0878,
  ratePerMs: 1.66,
  scaleMs: 0.235,
  shape: 10,
});
const diskWrite = new MixtureLeg({
  exponentialShare: 0.62,
  ratePerMs: 0.183,
  scaleMs: 1.05,
  shape: 1.51,
});
const yammerWrite = new MixtureLeg({
  exponentialShare: 0.061,
  ratePerMs: 0.0028,
  scaleMs: 3,
  shape: 3.5,
});
const yammer = new MixtureLeg({
  exponentialShare: 0.018,
  ratePerMs: 0.0217,
  scaleMs: 1.5,
  shape: 3.8,
});

/** By the names that `--latency` takes. */
export const PUBLISHED_MODELS: ReadonlyMap<string, LatencyModel> = new Map([
  [
    "lnkd-ssd",
    {
      description: "LinkedIn, SSDs",
      write: { out: ssd, back: ssd },
      read: { out: ssd, back: ssd },
      remoteMs: 0,
    },
  ],
  [
    "lnkd-disk",
    {
      description: "LinkedIn, spinning disks",
      write: { out: diskWrite, back: ssd },
      read: { out: ssd, back: ssd },
      remoteMs: 0,
    },
  ],
  [
    "ymmr",
    {
      description: "Yammer",
      write: { out: yammerWrite, back: yammer },
      read: { out: yammer, back: yammer },
      remoteMs: 0,
    },
  ],
  [
    "wan",
    {
      description: "LinkedIn's disks, all replicas but one 75 ms away",
      write: { out: diskWrite, back: ssd },
      read: { out: ssd, back: ssd },
      remoteMs: 75,
    },
  ],
]);
