// What is so, while members have their views of it: who is up since when, and since when the
// network is well.

import type { MemberView } from "../../membership/member.ts";
import type { NodeId } from "../../runtime.ts";
import type { World } from "../world.ts";
import type { MemberProcess } from "./member-process.ts";
import { isDisturbing, type MemberPlan } from "./plan.ts";

export class Truth {
  readonly #plan: MemberPlan;
  readonly #world: World;
  readonly #processes = new Map<NodeId, MemberProcess>();
  /** When the process that is there now, or was last, began or was last seen to be gone. */
  readonly #upSinceMs = new Map<NodeId, number>();
  readonly #downSinceMs = new Map<NodeId, number>();

  constructor(plan: MemberPlan, world: World) {
    this.#plan = plan;
    this.#world = world;
  }

  get nowMs(): number {
    return this.#world.nowMs;
  }

  booted(node: NodeId, process: MemberProcess): void {
    this.#processes.set(node, process);
    this.#upSinceMs.set(node, this.nowMs);
    this.#downSinceMs.delete(node);
  }

  /** Now and then. */
  look(): void {
    for (const [node, machine] of this.#world.machines) {
      const isKnown = this.#downSinceMs.has(node);
      if (!machine.isRunning && !isKnown) this.#downSinceMs.set(node, this.nowMs);
    }
  }

  /** Of a node that is up. */
  process(node: NodeId): MemberProcess | undefined {
    return this.#downSinceMs.has(node) ? undefined : this.#processes.get(node);
  }

  upSinceMs(node: NodeId): number {
    return this.#upSinceMs.get(node) ?? Number.POSITIVE_INFINITY;
  }

  downSinceMs(node: NodeId): number {
    return this.#downSinceMs.get(node) ?? Number.POSITIVE_INFINITY;
  }

  leftAtMs(node: NodeId): number {
    return this.#processes.get(node)?.leftAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** Those of a node, by whom they are of; none while it is down or takes no part. */
  views(node: NodeId): ReadonlyMap<NodeId, MemberView> {
    const views = this.process(node)?.membership.members() ?? [];
    return new Map(views.map((view) => [view.node, view]));
  }

  /** Since when there is no fault of the network; infinite while there is one. */
  networkCalmSinceMs(): number {
    let sinceMs = 0;
    for (const fault of this.#plan.faults) {
      if (fault.atMs > this.nowMs || !isDisturbing(fault, this.#plan.chaosMs)) continue;
      const endMs = fault.atMs + ("forMs" in fault ? fault.forMs : 0);
      sinceMs = Math.max(sinceMs, endMs > this.nowMs ? Number.POSITIVE_INFINITY : endMs);
    }
    return sinceMs;
  }

  /** And nobody is held up. */
  calmSinceMs(): number {
    let sinceMs = this.networkCalmSinceMs();
    for (const process of this.#processes.values()) {
      sinceMs = Math.max(sinceMs, process.resumedAtMs);
    }
    return sinceMs;
  }

  /** Since when all of them are up. */
  allUpSinceMs(nodes: readonly NodeId[]): number {
    return Math.max(
      ...nodes.map((node) => {
        return this.process(node) === undefined ? Number.POSITIVE_INFINITY : this.upSinceMs(node);
      }),
    );
  }
}
