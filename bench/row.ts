// From what a run recorded to a row of the result.

import type { Durability, Engine, EngineStats } from "../engines/engine.ts";
import type { Row } from "../reports/result.ts";
import type { RunOutcome } from "./run.ts";
import { statsDelta } from "./stats-delta.ts";
import type { StoreModule } from "./store.ts";

export interface RowFacts {
  readonly module: Pick<StoreModule, "name" | "version" | "cluster">;
  readonly engine: Pick<Engine, "stats">;
  /** What the engine said of itself before the row; absent: it was opened for it. */
  readonly statsBefore?: EngineStats;
  readonly benchmark: string;
  /** 1-based. */
  readonly run: number;
  readonly durability: Durability;
  readonly records: number;
  readonly concurrency: number;
  readonly valueBytes: number;
  readonly cacheBytes: number;
  readonly notes: readonly string[];
}

export function makeRow(facts: RowFacts, outcome: RunOutcome): Row {
  const { elapsedNs, operations } = outcome;
  return {
    engine: facts.module.name,
    engineVersion: facts.module.version(),
    benchmark: facts.benchmark,
    run: facts.run,
    durability: facts.durability,
    records: facts.records,
    operations,
    concurrency: facts.concurrency,
    valueBytes: facts.valueBytes,
    cacheBytes: facts.cacheBytes,
    ...(facts.module.cluster === undefined ? {} : { cluster: facts.module.cluster }),
    loop: outcome.loop,
    elapsedNs,
    opsPerSec: elapsedNs > 0 ? (operations * 1e9) / elapsedNs : 0,
    ...(outcome.latencyNs === undefined ? {} : { latencyNs: outcome.latencyNs }),
    errors: outcome.errors,
    ...(outcome.errorSamples.length === 0 ? {} : { errorSamples: outcome.errorSamples }),
    warmup: outcome.warmup,
    partial: outcome.partial,
    ...(outcome.cutShortOf === undefined ? {} : { cutShortOf: outcome.cutShortOf }),
    notes: [...facts.notes, ...outcome.notes],
    perOperation: outcome.perOperation,
    intervals: outcome.intervals,
    ...outcome.watched,
    stats: { ...statsDelta(facts.statsBefore ?? {}, facts.engine.stats()) },
  };
}
