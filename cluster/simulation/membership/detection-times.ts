// How long it took to find out about each death of the script, when the network was well.

import type { MembershipEvent } from "../../membership/events.ts";
import type { NodeId } from "../../runtime.ts";
import type { Counts } from "../measures.ts";

interface Death {
  readonly atMs: number;
  observers: number;
  firstMs: number;
  readonly deadAt: Map<NodeId, number>;
}

export class DetectionTimes {
  readonly #deaths = new Map<NodeId, Death>();

  died(node: NodeId, atMs: number): void {
    const [observers, firstMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    this.#deaths.set(node, { atMs, observers, firstMs, deadAt: new Map() });
  }

  /** So many should find out about each. */
  observedBy(observers: number): void {
    for (const death of this.#deaths.values()) death.observers = observers;
  }

  see(observer: NodeId, event: MembershipEvent): void {
    if (event.kind !== "suspect" && event.kind !== "dead") return;
    const death = this.#deaths.get(event.node);
    if (death === undefined || death.deadAt.size === death.observers) return;
    death.firstMs = Math.min(death.firstMs, event.atMs - death.atMs);
    if (event.kind === "dead") death.deadAt.set(observer, event.atMs - death.atMs);
  }

  /** Sums over the deaths that all found out about. */
  counts(): Counts {
    const found = [...this.#deaths.values()].filter((it) => it.deadAt.size === it.observers);
    const sum = (of: (death: Death) => number) => found.reduce((total, it) => total + of(it), 0);
    return {
      deaths: this.#deaths.size,
      found: found.length,
      suspectedMs: sum((it) => it.firstMs),
      firstDeadMs: sum((it) => Math.min(...it.deadAt.values())),
      allDeadMs: sum((it) => Math.max(...it.deadAt.values())),
    };
  }

  /** Milliseconds until all found out, of each such death. */
  get allDeadMs(): readonly number[] {
    const found = [...this.#deaths.values()].filter((it) => it.deadAt.size === it.observers);
    return found.map((it) => Math.max(...it.deadAt.values()));
  }
}
