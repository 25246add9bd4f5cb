// The formulas of SWIM and Lifeguard, as memberlist computes them: how long a suspect has, how
// often a rumour is told, how often whole lists are exchanged. Sources: Das, Gupta, Motivala,
// "SWIM", DSN 2002; Dadgar, Phillips, Currey, "Lifeguard", 2018; hashicorp/memberlist util.go.

/** Up to here lists are exchanged at the plain interval. */
const PUSH_PULL_MEMBERS = 32;

/** The least time that a suspect has among `members`; the factor is cut to thousandths. */
export function suspicionTimeoutMs(mult: number, members: number, intervalMs: number): number {
  const scale = Math.max(1, Math.log10(Math.max(1, members)));
  return (mult * Math.floor(scale * 1000) * intervalMs) / 1000;
}

/** How often each member sends a rumour on. */
export function retransmitLimit(mult: number, members: number): number {
  return mult * Math.ceil(Math.log10(members + 1));
}

/** The interval between exchanges of whole lists, whose cost grows with the members. */
export function pushPullIntervalOf(intervalMs: number, members: number): number {
  if (members <= PUSH_PULL_MEMBERS) return intervalMs;
  const doublings = Math.ceil(Math.log2(members) - Math.log2(PUSH_PULL_MEMBERS));
  return intervalMs * (doublings + 1);
}

export interface SuspicionSpan {
  readonly minMs: number;
  readonly maxMs: number;
  /** Confirmations by others that bring the time down to the minimum; 0: it is the minimum. */
  readonly needed: number;
}

/** What is left to a suspect after `elapsedMs`; negative when its time is over (Lifeguard L2). */
export function remainingSuspicionMs(
  confirmations: number,
  elapsedMs: number,
  { needed, minMs, maxMs }: SuspicionSpan,
): number {
  if (needed < 1) return minMs - elapsedMs;
  const share = Math.log(confirmations + 1) / Math.log(needed + 1);
  const timeoutMs = Math.floor(maxMs - share * (maxMs - minMs));
  return Math.max(timeoutMs, minMs) - elapsedMs;
}
