// What the parts of membership share.

import type { NodeId, Runtime } from "../runtime.ts";
import { Awareness } from "./awareness.ts";
import type { MembershipEvent } from "./events.ts";
import type { Member } from "./member.ts";
import { MemberList } from "./member-list.ts";
import { Outbox } from "./outbox.ts";
import type { SwimSettings } from "./settings.ts";
import { StallWatch } from "./stall-watch.ts";

export interface MemberSite {
  readonly self: NodeId;
  /** Of this process: no other has it. A process that began later has a higher one. */
  readonly boot: number;
  readonly runtime: Pick<Runtime, "clock" | "random" | "probes">;
  readonly settings: SwimSettings;
  /** The timers of the runtime. */
  readonly timers: StallWatch;
  readonly list: MemberList;
  readonly awareness: Awareness;
  readonly outbox: Outbox;
  readonly onEvent: (event: MembershipEvent) => void;
  /** For pings: an answer to another process, or to an earlier one of ours, is none. */
  readonly nextNumber: () => number;
}

export interface MemberSiteParts {
  readonly runtime: Pick<Runtime, "nodeId" | "clock" | "timers" | "random" | "probes">;
  readonly onEvent: (event: MembershipEvent) => void;
  send(to: NodeId, payload: Uint8Array): void;
}

/** Boots are told apart by their time, in milliseconds, and by chance. */
const BOOT_TIME_BOUND = 2 ** 40;
const BOOT_CHANCE_BOUND = 2 ** 12;

/** @param cluster a hash of its name */
export function createSite(
  { runtime, onEvent, send }: MemberSiteParts,
  settings: SwimSettings,
  cluster: number,
): MemberSite {
  const { nodeId: self, clock, probes } = runtime;
  const random = runtime.random.split("membership");
  const awareness = new Awareness(settings.awarenessMax);
  const timers = new StallWatch({
    ...{ clock, timers: runtime.timers },
    limitMs: probes.isPlanted("stall-uncounted")
      ? Number.POSITIVE_INFINITY
      : settings.stallShare * settings.probeIntervalMs,
    onStall: (lateMs) => {
      awareness.apply(1);
      onEvent({ kind: "stalled", atMs: clock.nowMs(), node: self, lateMs });
    },
  });
  const isBygone = (member: Member): boolean =>
    member.isGone && clock.nowMs() - member.sinceMs >= settings.gossipToTheDeadMs;
  const keepsOrder = probes.isPlanted("order-kept");
  const list = new MemberList({ self, random: random.split("order"), isBygone, keepsOrder });
  const boot =
    (Math.max(0, Math.floor(clock.wallMs())) % BOOT_TIME_BOUND) * BOOT_CHANCE_BOUND +
    random.split("boot").nextBelow(BOOT_CHANCE_BOUND);
  const gossip = { runtime: { clock, probes, random: random.split("gossip") } };
  const outbox = new Outbox({ ...gossip, settings, timers, list, self, cluster, boot, send });
  let number = random.nextBelow(2 ** 32);
  return {
    ...{ self, boot, settings, timers, list, awareness, outbox, onEvent },
    runtime: { clock, probes, random: random.split("moments") },
    nextNumber: () => ++number,
  };
}
