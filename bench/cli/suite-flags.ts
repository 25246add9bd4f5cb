// The flags of `engines` that say what is measured: a suite and its settings.

import { DURABILITIES } from "../../engines/engine.ts";
import type { Offer } from "../offer.ts";
import { dbBenchSuite } from "../suites/db-bench.ts";
import type { Suite, SuiteSettings } from "../suites/suite.ts";
import { ycsbSuite } from "../suites/ycsb.ts";
import { parseBytes, parseCount, parseNumber } from "./numbers.ts";
import { oneOf, parseList, UsageError } from "./usage.ts";

export const SUITES: readonly Suite[] = [dbBenchSuite, ycsbSuite];

export interface SuiteFlags {
  readonly benchmarks?: string;
  readonly records: string;
  readonly operations?: string;
  readonly valueSize?: string;
  readonly durability: string;
  readonly concurrency: string;
  readonly latency: string;
  readonly cacheBytes: string;
  readonly rate?: string;
  readonly arrivals?: string;
  readonly warmup?: string;
  readonly maxTime?: string;
  readonly seed: string;
  readonly writeRate?: string;
}

/** Throws UsageError with the nearest when there is none of that name. */
export function suiteOf(given: string): Suite {
  const names = SUITES.map(({ name }) => name);
  return SUITES[names.indexOf(oneOf("suite", given, names))]!;
}

/** @param unnamed the benchmarks when none are named. Throws UsageError. */
export function settingsOf(
  flags: SuiteFlags,
  suite: Suite,
  unnamed: readonly string[],
): SuiteSettings {
  const records = parseCount("--records", flags.records, { min: 1 });
  const benchmarks =
    flags.benchmarks === undefined
      ? unnamed
      : parseList("--benchmarks", flags.benchmarks).map((name) => benchmarkOf(name, suite));
  const optional = (flag: string, text: string | undefined, fallback: number, min: number) =>
    text === undefined ? fallback : parseCount(flag, text, { min });
  return {
    benchmarks,
    records,
    operationsOf: {},
    operations: optional("--operations", flags.operations, records, 1),
    valueBytes:
      flags.valueSize === undefined
        ? suite.defaultValueBytes
        : parseBytes("--value-size", flags.valueSize, { min: 0, max: 2 ** 30 }),
    durability: oneOf("durability", flags.durability, DURABILITIES),
    clients: parseCount("--concurrency", flags.concurrency, { min: 1, max: 65_536 }),
    cacheBytes: parseBytes("--cache-bytes", flags.cacheBytes, { min: 0 }),
    latency: oneOf("value of --latency", flags.latency, ["on", "off"]) === "on",
    offer: offerOf(flags),
    seed: parseCount("--seed", flags.seed, { min: 0, max: 2 ** 52 }),
    warmupOperations:
      flags.warmup === undefined ? undefined : parseCount("--warmup", flags.warmup, { min: 0 }),
    maxSeconds:
      flags.maxTime === undefined
        ? undefined
        : parseNumber("--max-time", flags.maxTime, { min: 0.001 }),
    ...(flags.writeRate === undefined
      ? {}
      : { writerOpsPerSec: parseNumber("--write-rate", flags.writeRate, { min: 0.001 }) }),
  };
}

function benchmarkOf(name: string, suite: Suite): string {
  const other = SUITES.find((each) => each !== suite && each.benchmarks.includes(name));
  if (other === undefined) return oneOf("benchmark", name, suite.benchmarks);
  throw new UsageError(`benchmark ${name} is of --suite ${other.name}, not of ${suite.name}`);
}

function offerOf(flags: SuiteFlags): Offer {
  if (flags.rate === undefined) {
    if (flags.arrivals !== undefined) throw new UsageError("--arrivals needs --rate");
    return { kind: "closed" };
  }
  const arrivals = oneOf("arrivals", flags.arrivals ?? "constant", [
    "constant",
    "poisson",
  ] as const);
  const ratePerSec = parseNumber("--rate", flags.rate, { min: 0.001, max: 1e9 });
  return { kind: "open", arrivals, ratePerSec, schedule: "shared" };
}
