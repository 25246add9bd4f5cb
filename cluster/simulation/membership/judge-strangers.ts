// The judge of strangers: nobody lists one that must stay outside, and it lists nobody; both sides
// are told why.

import type { Verdict, Violation } from "../../checking/verdict.ts";
import type { MembershipEvent } from "../../membership/events.ts";
import type { NodeId } from "../../runtime.ts";
import type { MemberPlan, Stranger } from "./plan.ts";
import type { Truth } from "./truth.ts";

export class StrangerJudge {
  readonly #plan: MemberPlan;
  readonly #truth: Truth;
  readonly #stranger: Stranger | undefined;
  readonly #violations = new Map<string, Violation>();
  #isToldOutside = false;
  #isToldInside = false;

  constructor(plan: MemberPlan, truth: Truth) {
    this.#plan = plan;
    this.#truth = truth;
    this.#stranger = plan.shape.stranger;
  }

  see(observer: NodeId, event: MembershipEvent): void {
    if (event.kind !== "refused" || this.#stranger === undefined) return;
    const { node, reason } = this.#stranger;
    if (event.reason !== reason) return;
    if (observer === node) this.#isToldOutside = true;
    else if (event.node === node) this.#isToldInside = true;
  }

  look(): void {
    if (this.#stranger === undefined) return;
    const { node } = this.#stranger;
    const outside = this.#truth.process(node)?.membership.members() ?? [];
    if (outside.length > 1) this.#violate(`${node} was let in, and should not be`);
    for (const member of this.#plan.shape.members) {
      const views = this.#truth.process(member)?.membership.members() ?? [];
      if (views.some((it) => it.node === node)) this.#violate(`${member} lists ${node}`);
    }
  }

  verdict(): Verdict {
    if (this.#stranger !== undefined) {
      if (!this.#isToldOutside) this.#violate(`${this.#stranger.node} was not told why`);
      if (!this.#isToldInside) this.#violate("nobody inside told of the refusal");
    }
    const operations = this.#stranger === undefined ? 0 : 1;
    const violations = [...this.#violations.values()];
    return { checker: "strangers", operations, violations, undecided: [] };
  }

  #violate(message: string): void {
    this.#violations.set(message, { message, key: "", events: [] });
  }
}
