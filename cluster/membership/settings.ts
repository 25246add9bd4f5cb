// How eagerly members look after each other. The three profiles are those of memberlist for a
// local network, a wide one and one machine; what memberlist has no figure for is marked.

import { ClusterError } from "../errors.ts";

export interface SwimSettings {
  /** From one probe to the next, of a node that is well; heartbeats have the same interval. */
  readonly probeIntervalMs: number;
  /** Without an answer for so long, others are asked to try. Less than the interval. */
  readonly probeTimeoutMs: number;
  /** How many others. */
  readonly indirectChecks: number;
  readonly gossipIntervalMs: number;
  /** To so many members each time. */
  readonly gossipNodes: number;
  /** A rumour is sent on `retransmitMult * ceil(log10(n + 1))` times by each who hears it. */
  readonly retransmitMult: number;
  /** A suspect has at least `suspicionMult * max(1, log10 n)` probe intervals to speak up. */
  readonly suspicionMult: number;
  /** And so many times as long as long as nobody else suspects it too. */
  readonly suspicionMaxMult: number;
  /** From one exchange of whole lists to the next; longer among more than 32 members. */
  readonly pushPullIntervalMs: number;
  /** Who died so recently still gets gossip, and so hears of it. */
  readonly gossipToTheDeadMs: number;
  /** The health score stays below this. */
  readonly awarenessMax: number;
  /** From one look at those who are held dead to the next (ours: memberlist never looks again). */
  readonly reconnectIntervalMs: number;
  /** Who is dead or left for so long is forgotten (as in Serf). */
  readonly reapMs: number;
  /** A timer that is late by more than this share of the probe interval is a stall (ours). */
  readonly stallShare: number;
  /** Clocks on the wall that are further apart may not join (ours). */
  readonly clockApartMaxMs: number;
  /** Longest datagram. */
  readonly datagramBytes: number;
  /** Rumours that wait at most; those that were told most often go first. */
  readonly queueMax: number;
  /** Above it a node is held dead; 8 is one mistake in 10^8, if the model holds. */
  readonly phiThreshold: number;
  /** How times between heartbeats are distributed: as Cassandra, or as Akka takes it. */
  readonly phiModel: "exponential" | "normal";
  /** Heartbeats that are remembered of each node. */
  readonly phiWindow: number;
  /** No verdict so long after a stall of our own, in probe intervals (as in Cassandra). */
  readonly phiPauseIntervals: number;
}

const DAY_MS = 86_400_000;

const LAN: SwimSettings = {
  probeIntervalMs: 1000,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  gossipIntervalMs: 200,
  gossipNodes: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxMult: 6,
  pushPullIntervalMs: 30_000,
  gossipToTheDeadMs: 30_000,
  awarenessMax: 8,
  reconnectIntervalMs: 10_000,
  reapMs: DAY_MS,
  stallShare: 0.25,
  clockApartMaxMs: 60_000,
  datagramBytes: 1400,
  queueMax: 4096,
  phiThreshold: 8,
  phiModel: "exponential",
  phiWindow: 1000,
  phiPauseIntervals: 5,
};

const PROFILES: Readonly<Record<"lan" | "wan" | "local", SwimSettings>> = {
  lan: LAN,
  wan: {
    ...LAN,
    ...{ probeIntervalMs: 5000, probeTimeoutMs: 3000 },
    ...{ gossipIntervalMs: 500, gossipNodes: 4 },
    ...{ suspicionMult: 6, pushPullIntervalMs: 60_000, gossipToTheDeadMs: 60_000 },
    reconnectIntervalMs: 30_000,
  },
  local: {
    ...LAN,
    ...{ probeTimeoutMs: 200, indirectChecks: 1 },
    ...{ gossipIntervalMs: 100, retransmitMult: 2, suspicionMult: 3 },
    ...{ pushPullIntervalMs: 15_000, gossipToTheDeadMs: 15_000 },
    reconnectIntervalMs: 5000,
  },
};

/** No datagram could hold a member with all that it says of itself. */
const DATAGRAM_BYTES_MIN = 512;

export type Profile = keyof typeof PROFILES | Partial<SwimSettings>;

/**
 * All settings; those that are not given are those of a local network.
 * @throws ClusterError CLUSTER_SETTINGS for a number that is out of its range
 */
export function settingsOf(profile: Profile = "lan"): SwimSettings {
  const settings = typeof profile === "string" ? PROFILES[profile] : { ...LAN, ...profile };
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== "number") continue;
    if (!(value > 0)) refuse(`${name} is ${value}: it must be above 0`);
  }
  const { probeIntervalMs, probeTimeoutMs, datagramBytes, stallShare, phiModel } = settings;
  if (probeTimeoutMs >= probeIntervalMs) {
    refuse(`probeTimeoutMs is ${probeTimeoutMs}: it must be below probeIntervalMs`);
  }
  // A stall that hides the answer to a ping must be seen before the probe ends.
  const stallShareMax = 1 - probeTimeoutMs / probeIntervalMs;
  if (stallShare >= stallShareMax) {
    refuse(`stallShare is ${stallShare}: with these times it must be below ${stallShareMax}`);
  }
  if (datagramBytes < DATAGRAM_BYTES_MIN) {
    refuse(`datagramBytes is ${datagramBytes}: it must be at least ${DATAGRAM_BYTES_MIN}`);
  }
  if (phiModel !== "exponential" && phiModel !== "normal") {
    refuse(`phiModel is ${phiModel}: it must be "exponential" or "normal"`);
  }
  return settings;
}

function refuse(what: string): never {
  throw new ClusterError("CLUSTER_SETTINGS", `membership: ${what}`);
}
