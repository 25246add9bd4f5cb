// Within what time members must agree on a network that is well, from the settings. n members.
//
//   round     (2n - 1) intervals: the longest that one member waits to probe another. And 28 more,
//             for a member that begins with the worst health: 8 + 7 + ... + 2 intervals where
//             seven would do, less those seven, as each answer makes it better by one.
//   detect    round + the longest suspicion; by phi, 18.42 times the longest interval that counts.
//   refute    n - 1 members that are held dead wrongly are looked at three at a time.
//   converge  whoever missed a rumour hears of it from the next ping: refute + round.

import type { MembershipParts } from "../../membership/membership.ts";
import type { SwimSettings } from "../../membership/settings.ts";
import { pushPullIntervalOf, suspicionTimeoutMs } from "../../membership/timing.ts";

const WORST_HEALTH_INTERVALS = 28;
const LOOKS = 3;
/** Threshold 8 in the exponential model. */
const PHI_INTERVALS = 8 * Math.LN10;
const PHI_LONGEST_INTERVALS = 2;
/** For the gossip of the last heartbeats, and of words in general. */
const GOSSIP_INTERVALS = 5;

export interface Bounds {
  /** Every member that is up holds a dead one dead. */
  readonly detectMs: number;
  /** No member that is up is held dead for longer. */
  readonly refuteMs: number;
  /** Every member that is up knows what any says of itself. */
  readonly convergeMs: number;
  /** The longest time of a suspect. */
  readonly suspicionMaxMs: number;
  /** From the begin of an isolation until all that it leads to is over and told. */
  readonly isolationMs: number;
}

export function boundsOf(
  members: number,
  settings: SwimSettings,
  detector: NonNullable<MembershipParts["detector"]>,
): Bounds {
  const { probeIntervalMs, suspicionMult, suspicionMaxMult, reconnectIntervalMs } = settings;
  const roundMs = (2 * members - 1 + WORST_HEALTH_INTERVALS) * probeIntervalMs;
  const suspicionMinMs = suspicionTimeoutMs(suspicionMult, members, probeIntervalMs);
  const suspicionMaxMs = suspicionMinMs * suspicionMaxMult;
  const gossipMs = GOSSIP_INTERVALS * probeIntervalMs;
  const looksMs = Math.ceil((members - 1) / LOOKS) * reconnectIntervalMs;
  const phiMs = PHI_INTERVALS * PHI_LONGEST_INTERVALS * probeIntervalMs;
  const isPhi = detector === "phi";
  const refuteMs = looksMs + gossipMs + (isPhi ? roundMs : 0);
  // Who is alone is as ill as can be, and probes at an eighth of the pace.
  const aloneMs = settings.awarenessMax * (2 * members - 1) * probeIntervalMs;
  const exchangeMs = pushPullIntervalOf(settings.pushPullIntervalMs, members);
  return {
    detectMs: (isPhi ? phiMs + 2 * probeIntervalMs : roundMs + suspicionMaxMs) + gossipMs,
    refuteMs,
    convergeMs: refuteMs + roundMs + (isPhi ? exchangeMs : 0),
    suspicionMaxMs,
    isolationMs: aloneMs + suspicionMaxMs + 2 * gossipMs,
  };
}
