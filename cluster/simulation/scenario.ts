// What a scenario is: a plan drawn from a seed, a run of it, and judges.

import type { Durability } from "../../engines/engine.ts";
import type { HistoryEvent, HistoryFunction } from "../checking/history.ts";
import type { Verdict } from "../checking/verdict.ts";
import type { NodeId, RandomStream } from "../runtime.ts";
import type { Fault } from "./fault.ts";
import type { Counts, Measures } from "./measures.ts";

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
  /** Of a get: other keys that are read in the same request. */
  readonly alsoKeys?: readonly string[];
  /** With `alsoKeys`, which is then in order: by a scan over the range of these keys. */
  readonly scan?: ScanPlan;
}

/** A scan from the first of the keys of its operation. */
export interface ScanPlan {
  /** Exclusive; absent: to the last key that there is. */
  readonly to?: string;
  /** Of a page, at least 1. */
  readonly pageKeys: number;
  /** From a page to the next, at least. */
  readonly pauseMs: number;
}

/** All that a seed decides before the run. A smaller plan is a plan too. */
export interface Plan {
  readonly nodes: readonly { readonly id: string; readonly engine: string }[];
  readonly chaosMs: number;
  readonly faults: readonly Fault[];
  /** In the order of their times. */
  readonly operations: readonly Operation[];
  /** What data is stored at, where it is not that of the envelope of the scenario. */
  readonly durability?: Durability;
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
  /** What the judges counted without claiming it. */
  readonly measures: Measures;
  /** What clients asked and were told. */
  readonly history: readonly HistoryEvent[];
}

/** What is not a fault of the world but a mistake in the product, made on purpose. */
export interface PlantedBug {
  readonly name: string;
  readonly description: string;
}

/** Numbers are the most that a plan may do, where a plan does such a thing (envelope.ts). */
export interface Envelope {
  /** At which every store is opened, unless the plan says otherwise. */
  readonly durability: Durability;
  readonly [name: string]: string | number;
}

/** Counts, rates, and groups of them, by names that no other figure of a simulation has. */
export interface Figures {
  readonly [name: string]: number | Figures;
}

export interface Scenario {
  readonly name: string;
  readonly description: string;
  readonly bugs: readonly PlantedBug[];
  /** Under what the promises hold; printed with every result, and held by every plan. */
  readonly envelope: Envelope;
  /** So long without a fault and every replica has what any has; absent: nothing is repaired. */
  readonly repairMs?: number;
  /** For each set of keys, the nodes that hold them; absent: every node holds every key. */
  holders?(plan: Plan): readonly (readonly NodeId[])[];
  /** Paths that must be taken in many seeds; one that never was is told of with a 0. */
  readonly marks?: readonly string[];
  draw(random: RandomStream, virtualMs: number): Plan;
  /** Runs the plan and judges what came of it. `planted` is the name of one of `bugs`. */
  run(plan: Plan, random: RandomStream, planted: string | undefined): Promise<Outcome>;
  /** What its own counts (`Measures.counts`), summed over all seeds, come to; absent: none. */
  figures?(counts: Counts): Figures;
}
