// From rows to a result: with what it was measured on, and the command that makes it again.

import { wallClockMs } from "../engines/io/clock.ts";
import {
  type Environment,
  RESULT_SCHEMA_VERSION,
  type Result,
  type Row,
} from "../reports/result.ts";

export interface ResultFacts {
  readonly kind: Result["kind"];
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** The words after the program's name. */
  readonly argv: readonly string[];
  readonly seed: number;
  readonly environment: Environment;
  readonly config: Readonly<Record<string, unknown>>;
  readonly skipped: readonly { readonly engine: string; readonly reason: string }[];
  readonly rows: readonly Row[];
  readonly partial: boolean;
}

export function makeResult(facts: ResultFacts): Result {
  return {
    schemaVersion: RESULT_SCHEMA_VERSION,
    kind: facts.kind,
    title: facts.title,
    startedAt: new Date(facts.startedAtMs).toISOString(),
    finishedAt: new Date(wallClockMs()).toISOString(),
    partial: facts.partial,
    command: ["ringbench", ...facts.argv],
    seed: facts.seed,
    environment: facts.environment,
    config: { ...facts.config },
    skipped: facts.skipped.map(({ engine, reason }) => ({ engine, reason })),
    rows: [...facts.rows],
  };
}

/** A folder name for a moment, that sorts by time and that every system takes. */
export function timestampName(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(":", "-");
}
