// What a scenario is: a plan drawn from a seed, a run of it, and judges.

import type { HistoryEvent, HistoryFunction } from "../checking/history.ts";
import type { Verdict } from "../checking/verdict.ts";
import type { RandomStream } from "../runtime.ts";
import type { Fault } from "./fault.ts";

/** What one session asks for: at that time, or later when it still waits for an answer. */
export interface Operation {
  readonly session: number;
  readonly atMs: number;
  readonly f: HistoryFunction;
  readonly key: string;
  /** Whom it asks; anybody when absent. */
  readonly node?: string;
  /** Of a put: without the context that the session has of the key. */
  readonly isBlind?: boolean;
}

/** All that a seed decides before the run. A smaller plan is a plan too. */
export interface Plan {
  readonly nodes: readonly { readonly id: string; readonly engine: string }[];
  readonly chaosMs: number;
  readonly faults: readonly Fault[];
  /** In the order of their times. */
  readonly operations: readonly Operation[];
}

export interface Outcome {
  /** 16 hexadecimal digits over all that happened. */
  readonly digest: string;
  readonly virtualMs: number;
  readonly events: number;
  /** Operations that clients asked for. */
  readonly operations: number;
  readonly faultsByKind: Readonly<Record<string, number>>;
  readonly marks: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
  /** What clients asked and were told. */
  readonly history: readonly HistoryEvent[];
}

/** What is not a fault of the world but a mistake in the product, made on purpose. */
export interface PlantedBug {
  readonly name: string;
  readonly description: string;
}

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly bugs: readonly PlantedBug[];
  /** Under what the promises hold; printed with every result. */
  readonly envelope: Readonly<Record<string, string | number>>;
  draw(random: RandomStream, virtualMs: number): Plan;
  /** Runs the plan and judges what came of it. `planted` is the name of one of `bugs`. */
  run(plan: Plan, random: RandomStream, planted: string | undefined): Promise<Outcome>;
}
