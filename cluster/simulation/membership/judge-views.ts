// The judges of views: once a second each member's view of each other is held against what is so.
//
//   detection     who is down, or has left, is not held up for longer than the bound
//   accuracy      who is up is not held dead for longer than a round of refutation; none begins to
//                 be, on a network that has been well for long; and who was heard all along is not,
//                 whatever one that heard nobody says (the isolation)
//   convergence   all know all, with what they say of themselves now
//   incarnations  none decreases, at any observer, nor at the member over restarts on its disk
//
// All bounds count from when the network is well and both are up.

import type { Verdict, Violation } from "../../checking/verdict.ts";
import type { MemberView } from "../../membership/member.ts";
import { settingsOf } from "../../membership/settings.ts";
import type { NodeId } from "../../runtime.ts";
import type { Bounds } from "./bounds.ts";
import { type MemberPlan, planBounds } from "./plan.ts";
import type { Truth } from "./truth.ts";

const NAMES = ["detection", "accuracy", "convergence", "incarnations"] as const;
type Name = (typeof NAMES)[number];

/** More of one checker are not listed. */
const VIOLATIONS_MAX = 20;
/** Looks come once a second. */
const SLACK_MS = 2000;

interface Pair {
  readonly observer: NodeId;
  readonly node: NodeId;
  /** All of it is so since then: network, observer, node. */
  readonly sinceMs: number;
  readonly held: MemberView | undefined;
}

function isUp(held: MemberView): boolean {
  return held.state === "alive" || held.state === "suspect";
}

export class ViewJudge {
  readonly #plan: MemberPlan;
  readonly #truth: Truth;
  readonly #bounds: Bounds;
  readonly #lastMs: number;
  readonly #found = new Map<Name, Violation[]>(NAMES.map((name) => [name, []]));
  readonly #checked = new Map<Name, number>(NAMES.map((name) => [name, 0]));
  /** By observer and node: since when it is held dead wrongly; and what is overdue to change. */
  readonly #wrongSinceMs = new Map<string, number>();
  readonly #incarnations = new Map<string, number>();
  /** At this look, each as it sees itself; undefined while it takes no part. */
  #own: ReadonlyMap<NodeId, MemberView | undefined> = new Map();

  constructor(plan: MemberPlan, truth: Truth) {
    this.#plan = plan;
    this.#truth = truth;
    this.#bounds = planBounds(plan);
    const { pushPullIntervalMs } = settingsOf(plan.shape.profile);
    this.#lastMs = this.#bounds.convergeMs + pushPullIntervalMs;
  }

  verdicts(): Verdict[] {
    return NAMES.map((checker) => ({
      ...{ checker, violations: this.#found.get(checker)!, undecided: [] },
      operations: this.#checked.get(checker)!,
    }));
  }

  look(): void {
    const { members } = this.#plan.shape;
    const calmMs = this.#truth.calmSinceMs();
    const viewsOf = new Map(members.map((member) => [member, this.#truth.views(member)]));
    this.#own = new Map(members.map((member) => [member, viewsOf.get(member)!.get(member)]));
    for (const [observer, views] of viewsOf) {
      if (views.size === 0 || this.#truth.leftAtMs(observer) <= this.#truth.nowMs) continue;
      this.#checkOwn(observer, views.get(observer));
      const observedMs = Math.max(calmMs, this.#truth.upSinceMs(observer));
      for (const node of members) {
        if (node === observer) continue;
        this.#checkPair({ observer, node, held: views.get(node), sinceMs: observedMs });
      }
    }
  }

  /** A process of that node has just begun. */
  started(node: NodeId): void {
    this.#checkOwn(node, this.#truth.views(node).get(node));
  }

  #checkPair(pair: Pair): void {
    const { node, held } = pair;
    const truth = this.#truth;
    if (held !== undefined) this.#checkIncarnation(pair, held);
    const goneMs = Math.min(truth.downSinceMs(node), truth.leftAtMs(node));
    if (goneMs < Number.POSITIVE_INFINITY) {
      this.#wrongSinceMs.delete(keyOf(pair));
      this.#checkGone(pair, goneMs);
      return;
    }
    if (held !== undefined) this.#checkBystander(pair, held);
    const up = { ...pair, sinceMs: Math.max(pair.sinceMs, truth.upSinceMs(node)) };
    if (held === undefined) {
      const seedsMs = truth.allUpSinceMs(this.#plan.shape.seeds);
      const sinceMs = Math.max(up.sinceMs, seedsMs);
      this.#hold("convergence", { ...up, sinceMs }, this.#bounds.convergeMs, "does not know");
    } else if (isUp(held)) {
      this.#wrongSinceMs.delete(keyOf(pair));
      this.#checkNews(up, held);
    } else this.#checkWrong(up);
  }

  #checkGone(pair: Pair, goneMs: number): void {
    const { held, node } = pair;
    const sinceMs = Math.max(pair.sinceMs, goneMs);
    if (held !== undefined && isUp(held)) {
      this.#hold("detection", { ...pair, sinceMs }, this.#bounds.detectMs, "holds up");
    } else {
      this.#count("detection");
    }
    const isLeft = this.#truth.leftAtMs(node) < Number.POSITIVE_INFINITY;
    if (isLeft && held?.state === "dead") {
      const what = "holds for dead, and not for one that left,";
      this.#hold("convergence", { ...pair, sinceMs }, this.#lastMs, what);
    }
  }

  #checkWrong(up: Pair): void {
    const key = keyOf(up);
    const { nowMs } = this.#truth;
    const { refuteMs, convergeMs, suspicionMaxMs } = this.#bounds;
    const wrongMs = this.#wrongSinceMs.get(key) ?? nowMs;
    if (!this.#wrongSinceMs.has(key)) {
      this.#wrongSinceMs.set(key, nowMs);
      this.#hold("accuracy", up, convergeMs + suspicionMaxMs, "began to hold dead, though up,");
    }
    const sinceMs = Math.max(up.sinceMs, wrongMs);
    this.#hold("accuracy", { ...up, sinceMs }, refuteMs, "still holds dead, though up,");
  }

  /** What it says of itself changes now and then: overdue is what was so at the last look too. */
  #checkNews(up: Pair, held: MemberView): void {
    this.#count("accuracy");
    const own = this.#own.get(up.node);
    if (own === undefined) return;
    const isSame =
      held.incarnation === own.incarnation &&
      held.boot === own.boot &&
      held.state === "alive" &&
      Buffer.compare(held.meta, own.meta) === 0;
    const key = `${keyOf(up)} news`;
    if (isSame) {
      this.#wrongSinceMs.delete(key);
      this.#count("convergence");
      return;
    }
    const sinceMs = this.#wrongSinceMs.get(key) ?? this.#truth.nowMs;
    this.#wrongSinceMs.set(key, sinceMs);
    const pair = { ...up, sinceMs: Math.max(up.sinceMs, sinceMs) };
    this.#hold("convergence", pair, this.#bounds.convergeMs, "has old news of");
  }

  #checkBystander({ observer, node }: Pair, held: MemberView): void {
    const { isolation } = this.#plan.shape;
    const { nowMs } = this.#truth;
    const { convergeMs } = this.#bounds;
    const endMs = isolation.atMs + isolation.forMs + convergeMs;
    if (nowMs < isolation.atMs || nowMs > endMs) return;
    if (isolation.group.includes(observer) || isolation.group.includes(node)) return;
    const upMs = Math.max(this.#truth.upSinceMs(observer), this.#truth.upSinceMs(node));
    if (upMs > isolation.atMs - convergeMs) return;
    this.#count("accuracy");
    if (isUp(held)) return;
    const message = `${observer} holds ${node} dead, which it heard all along`;
    this.#violate("accuracy", message);
  }

  #checkIncarnation({ observer, node }: Pair, { incarnation, boot }: MemberView): void {
    const key = `${observer} ${this.#truth.upSinceMs(observer)} ${node}`;
    const last = this.#incarnations.get(key) ?? 0;
    this.#incarnations.set(key, incarnation);
    this.#count("incarnations");
    if (incarnation >= last) return;
    const message = `${observer} went from incarnation ${last} of ${node} to ${incarnation}`;
    this.#violate("incarnations", `${message} (boot ${boot})`);
  }

  #checkOwn(node: NodeId, own: MemberView | undefined): void {
    if (own === undefined) return;
    const upMs = this.#truth.upSinceMs(node);
    const losses = this.#plan.faults.filter((fault) => {
      return fault.kind === "disk-loss" && fault.node === node && fault.atMs <= upMs;
    });
    const key = `${node} on disk ${losses.length}`;
    const last = this.#incarnations.get(key) ?? 0;
    const isNewRun = this.#incarnations.get(`${key} run`) !== upMs;
    this.#incarnations.set(key, own.incarnation);
    this.#incarnations.set(`${key} run`, upMs);
    this.#count("incarnations");
    if (own.incarnation > last || (own.incarnation === last && !isNewRun)) return;
    this.#violate(
      "incarnations",
      `${node} went from its incarnation ${last} to ${own.incarnation}`,
    );
  }

  /** A violation when it is so for longer than the bound. */
  #hold(name: Name, { observer, node, sinceMs }: Pair, boundMs: number, what: string): void {
    this.#count(name);
    const forMs = this.#truth.nowMs - sinceMs;
    if (!(forMs > boundMs + SLACK_MS)) return;
    const since = `${Math.round(forMs)} ms after all is well`;
    this.#violate(
      name,
      `${observer} ${what} ${node} ${since}, and ${Math.round(boundMs)} is the bound`,
    );
  }

  #violate(name: Name, message: string): void {
    const violations = this.#found.get(name)!;
    if (violations.length >= VIOLATIONS_MAX) return;
    const at = `${Math.round(this.#truth.nowMs)} ms: `;
    violations.push({ message: at + message, key: "", events: [] });
  }

  #count(name: Name): void {
    this.#checked.set(name, this.#checked.get(name)! + 1);
  }
}

function keyOf({ observer, node }: Pair): string {
  return `${observer} ${node}`;
}
