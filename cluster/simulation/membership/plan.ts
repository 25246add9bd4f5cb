// What a seed decides of a run of members, and the script that follows the chaos:
//
//   chaos         faults of all kinds, ten times as long as those of other scenarios
//   deaths        one or two die, sometimes with their disks, and start again
//   isolation     one hears nobody, long enough to hold everybody else dead
//   pauses        some are held up, one after the other, on a network that is slow but well
//   leave         one says something else of itself, and one leaves
//
// After each there is time for all to agree again.

import type { MembershipParts } from "../../membership/membership.ts";
import { settingsOf } from "../../membership/settings.ts";
import type { NodeId, RandomStream } from "../../runtime.ts";
import type { DeathFault, Fault, PartitionFault, SlowFault } from "../fault.ts";
import { drawFaults } from "../nemesis.ts";
import type { Plan } from "../scenario.ts";
import { type Bounds, boundsOf } from "./bounds.ts";

/** What is no fault of the world. */
export interface MemberAction {
  readonly kind: "pause" | "meta" | "leave";
  readonly node: NodeId;
  readonly atMs: number;
  /** Of a pause. */
  readonly forMs: number;
}

/** One that must stay outside. */
export interface Stranger {
  readonly node: NodeId;
  readonly reason: "cluster" | "clock";
}

export interface MemberShape {
  readonly members: readonly NodeId[];
  readonly seeds: readonly NodeId[];
  readonly detector: NonNullable<MembershipParts["detector"]>;
  readonly profile: "lan" | "local";
  readonly actions: readonly MemberAction[];
  readonly stranger: Stranger | undefined;
  /** Of the script: these are faults of the plan too. */
  readonly deaths: readonly DeathFault[];
  readonly isolation: PartitionFault;
  readonly endMs: number;
}

export interface MemberPlan extends Plan {
  readonly shape: MemberShape;
}

const STRETCH = 10;
export const DEATHS_WITHIN_MS = 1000;
const MEMBERS_MIN = 5;
const MEMBERS_MAX = 15;
const PAUSES = 4;
/** Answers take up to half of a second then: less than the probes' interval. */
const SLOWNESS = 60;

const KINDS: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "ring", "one-way", "clog", "slow-node", "noise"] as const),
  ...(["kill", "kill-in-write", "power-loss", "disk-loss", "clock-jump"] as const),
];

/** Of these a network is not well, in the chaos. */
const DISTURBING: readonly Fault["kind"][] = [
  ...(["flaky", "partition", "ring", "one-way", "clog", "slow-node"] as const),
];

export function isDisturbing({ kind, atMs }: Fault, chaosMs: number): boolean {
  return DISTURBING.includes(kind) && (kind !== "slow-node" || atMs < chaosMs);
}

export function planBounds({ shape }: MemberPlan): Bounds {
  const { members, profile, detector } = shape;
  return boundsOf(members.length, settingsOf(profile), detector);
}

export function drawMemberPlan(random: RandomStream, chaosMs: number): MemberPlan {
  const shape = random.split("shape");
  const count = MEMBERS_MIN + shape.nextBelow(MEMBERS_MAX - MEMBERS_MIN + 1);
  const members = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const seeds = members.slice(0, shape.nextBelow(2) === 0 ? 2 : count);
  const detector = shape.nextBelow(3) === 0 ? "phi" : "swim";
  const profile = shape.nextBelow(3) === 0 ? "local" : "lan";
  const stranger = drawStranger(shape);
  const settings = settingsOf(profile);
  const bounds = boundsOf(count, settings, detector);
  const script = drawScript(random.split("script"), { members, chaosMs, bounds });
  const chaos = drawFaults(random.split("faults"), {
    ...{ nodes: members, chaosMs: chaosMs / STRETCH, kinds: KINDS, deadMax: count - 1 },
    everyMs: 300 + shape.nextBelow(2000),
  });
  const ids = stranger === undefined ? members : [...members, stranger.node];
  return {
    nodes: ids.map((id) => ({ id, engine: "none" })),
    chaosMs,
    faults: [...chaos.map(stretch), ...script.faults],
    operations: [],
    shape: {
      ...{ members, seeds, detector, profile, stranger },
      ...{ actions: script.actions, deaths: script.deaths, isolation: script.isolation },
      endMs: script.endMs + 2 * settings.pushPullIntervalMs,
    },
  };
}

/** One in three seeds has one. */
function drawStranger(random: RandomStream): Stranger | undefined {
  const kind = random.nextBelow(6);
  if (kind > 1) return undefined;
  return { node: "stranger", reason: kind === 0 ? "cluster" : "clock" };
}

function stretch(fault: Fault): Fault {
  if (fault.kind === "clock-jump") return { ...fault, atMs: fault.atMs * STRETCH };
  return { ...fault, atMs: fault.atMs * STRETCH, forMs: fault.forMs * STRETCH };
}

interface Frame {
  readonly members: readonly NodeId[];
  readonly chaosMs: number;
  readonly bounds: Bounds;
}

interface Script {
  readonly faults: readonly Fault[];
  readonly actions: readonly MemberAction[];
  readonly deaths: readonly DeathFault[];
  readonly isolation: PartitionFault;
  readonly endMs: number;
}

function drawScript(random: RandomStream, { members, chaosMs, bounds }: Frame): Script {
  const { convergeMs, detectMs, isolationMs } = bounds;
  const drawn = (): NodeId => members[random.nextBelow(members.length)]!;
  const deathsMs = chaosMs + convergeMs;
  const deadMs = detectMs + DEATHS_WITHIN_MS + 5000;
  const kinds = ["kill", "disk-loss", "power-loss"] as const;
  const victims = new Set([drawn(), drawn()]);
  const deaths = [...victims].map((node): DeathFault => {
    const kind = kinds[random.nextBelow(kinds.length)]!;
    return { kind, node, atMs: deathsMs + random.nextBelow(DEATHS_WITHIN_MS), forMs: deadMs };
  });
  const isolatedMs = deathsMs + DEATHS_WITHIN_MS + deadMs + convergeMs;
  const isolation: PartitionFault = {
    ...{ kind: "partition", atMs: isolatedMs, forMs: isolationMs, group: [drawn()] },
  };
  const pausesMs = isolatedMs + isolationMs + convergeMs;
  const actions: MemberAction[] = [];
  let atMs = pausesMs;
  for (let i = 0; i < PAUSES; i++) {
    const forMs = 1000 + random.nextBelow(random.nextBelow(2) === 0 ? 4000 : 30_000);
    actions.push({ kind: "pause", node: drawn(), atMs, forMs });
    atMs += 1000 + random.nextBelow(2 * forMs);
  }
  const slow = members.map((node): SlowFault => {
    return { kind: "slow-node", node, atMs: pausesMs, forMs: atMs - pausesMs, factor: SLOWNESS };
  });
  const leaveMs = atMs + 30_000 + convergeMs;
  actions.push({ kind: "meta", node: drawn(), atMs: leaveMs, forMs: 0 });
  actions.push({ kind: "leave", node: drawn(), atMs: leaveMs + random.nextBelow(2000), forMs: 0 });
  const endMs = leaveMs + 2000 + convergeMs;
  return { faults: [...deaths, isolation, ...slow], actions, deaths, isolation, endMs };
}
