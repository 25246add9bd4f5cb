// The judge of stalls: a process that was held up accuses nobody right after it, on a network that
// is well, of anybody who was there.

import type { Verdict, Violation } from "../../checking/verdict.ts";
import type { MembershipEvent } from "../../membership/events.ts";
import { settingsOf } from "../../membership/settings.ts";
import type { NodeId } from "../../runtime.ts";
import type { MemberPlan } from "./plan.ts";
import type { Truth } from "./truth.ts";

export class StallJudge {
  readonly #truth: Truth;
  readonly #intervalMs: number;
  readonly #violations: Violation[] = [];
  #pauses = 0;

  constructor(plan: MemberPlan, truth: Truth) {
    this.#truth = truth;
    this.#intervalMs = settingsOf(plan.shape.profile).probeIntervalMs;
  }

  paused(): void {
    this.#pauses++;
  }

  /** An event of a member. */
  see(observer: NodeId, event: MembershipEvent): void {
    if (event.kind !== "suspect" && event.kind !== "dead") return;
    if (event.by !== observer) return;
    const { pausedAtMs, resumedAtMs } = this.#truth.process(observer) ?? {};
    if (pausedAtMs === undefined || resumedAtMs === undefined) return;
    const nowMs = event.atMs;
    if (!(resumedAtMs <= nowMs && nowMs < resumedAtMs + this.#intervalMs)) return;
    const accused = this.#truth.process(event.node);
    const thereMs = Math.max(this.#truth.upSinceMs(event.node), accused?.resumedAtMs ?? Infinity);
    const hasHeard = thereMs < resumedAtMs - 2 * this.#intervalMs;
    if (!hasHeard || this.#truth.networkCalmSinceMs() > pausedAtMs) return;
    const message =
      `${Math.round(nowMs)} ms: ${observer} calls ${event.node} ${event.kind} ` +
      `${Math.round(nowMs - resumedAtMs)} ms after it was held up itself`;
    this.#violations.push({ message, key: "", events: [] });
  }

  verdict(): Verdict {
    const violations = this.#violations;
    return { checker: "stalls", operations: this.#pauses, violations, undecided: [] };
  }
}
