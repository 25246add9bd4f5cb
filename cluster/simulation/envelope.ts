// What a plan does to those who keep promises, measured, and held against what its scenario claims.
// Beyond the envelope a violation says nothing, and within it everything.
//
// Disk losses count by holders: between two repairs, how many of the nodes that hold the same keys
// lose their disks, each once however often it loses it. A repair is a stretch without any fault,
// as long as the scenario says that it takes.
//
// Invariants:
//  I1. A plan that is run does at most what the envelope of its scenario allows.
//  I2. Power is lost only where acknowledged writes are on the device, and processes are killed
//      only where they are at least in the kernel.

import assert from "node:assert";
import type { Durability } from "../../engines/engine.ts";
import type { NodeId } from "../runtime.ts";
import type { Fault } from "./fault.ts";
import type { Plan, Scenario } from "./scenario.ts";

/** What one plan, or the worst of many, does; by the names that envelopes use. */
export interface PlanUse {
  readonly diskLosses: number;
  readonly diskLossesBetweenRepairs: number;
  readonly membershipChanges: number;
}

export const NO_USE: PlanUse = {
  diskLosses: 0,
  diskLossesBetweenRepairs: 0,
  membershipChanges: 0,
};

/** The worst of both, by name. */
export function worseUse(a: PlanUse, b: PlanUse): PlanUse {
  return {
    diskLosses: Math.max(a.diskLosses, b.diskLosses),
    diskLossesBetweenRepairs: Math.max(a.diskLossesBetweenRepairs, b.diskLossesBetweenRepairs),
    membershipChanges: Math.max(a.membershipChanges, b.membershipChanges),
  };
}

/** What the plan does. Throws when that is more than the scenario allows (I1, I2). */
export function measurePlan(scenario: Scenario, plan: Plan): PlanUse {
  const { envelope, repairMs = Number.POSITIVE_INFINITY } = scenario;
  const holders = scenario.holders?.(plan) ?? [plan.nodes.map(({ id }) => id)];
  const use: PlanUse = {
    diskLosses: plan.faults.filter(({ kind }) => kind === "disk-loss").length,
    diskLossesBetweenRepairs: Math.max(
      0,
      ...betweenRepairs(plan.faults, repairMs).flatMap((faults) => {
        return holders.map((nodes) => losersOf(faults, nodes).size);
      }),
    ),
    // A plan has one set of nodes, from its begin to its end.
    membershipChanges: 0,
  };
  for (const [name, count] of Object.entries(use)) {
    const allowed = envelope[name];
    if (typeof allowed !== "number") continue;
    assert(count <= allowed, `I1: ${name} of the plan is ${count}, beyond ${allowed}`);
  }
  const { durability = envelope.durability } = plan;
  for (const { kind } of plan.faults) {
    assert(survives(durability, kind), `I2: no ${kind} at ${durability}`);
  }
  return use;
}

const POWER: readonly Durability[] = ["group", "sync"];
const DEATH: readonly Durability[] = ["os", ...POWER];
/** Where acknowledged writes survive it; what is absent takes none, or all that a disk has. */
const SAFE_FROM: Partial<Record<Fault["kind"], readonly Durability[]>> = {
  ...{ "power-loss": POWER, blackout: POWER, kill: DEATH, "kill-in-write": DEATH },
};

/** Whether such a fault takes nothing that was acknowledged at this durability (I2). */
export function survives(durability: Durability, kind: Fault["kind"]): boolean {
  return SAFE_FROM[kind]?.includes(durability) ?? true;
}

/** The faults in the order of their times, cut where there is none for `repairMs`. */
function betweenRepairs(faults: readonly Fault[], repairMs: number): Fault[][] {
  const groups: Fault[][] = [];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const fault of [...faults].sort((a, b) => a.atMs - b.atMs)) {
    if (groups.length === 0 || fault.atMs - endMs >= repairMs) groups.push([]);
    groups.at(-1)!.push(fault);
    endMs = Math.max(endMs, fault.atMs + ("forMs" in fault ? fault.forMs : 0));
  }
  return groups;
}

function losersOf(faults: readonly Fault[], nodes: readonly NodeId[]): Set<NodeId> {
  const losers = new Set<NodeId>();
  for (const fault of faults) {
    if (fault.kind === "disk-loss" && nodes.includes(fault.node)) losers.add(fault.node);
  }
  return losers;
}
