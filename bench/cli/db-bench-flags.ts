// `--db-bench`: RocksDB's own db_bench beside the engines, when it is installed.

import type { SkippedEngine } from "../compare.ts";
import { dbBenchCacheBytes, dbBenchVersion } from "../native/db-bench-process.ts";
import { DbBenchStore } from "../native/db-bench-store.ts";
import type { OtherStore, SuiteSettings } from "../suites/suite.ts";
import { parseBytes } from "./numbers.ts";
import { parseList, UsageError } from "./usage.ts";

export interface DbBenchFlags {
  readonly suite: string;
  readonly dbBench?: true;
  readonly dbBenchCache?: string;
}

export interface DbBenchStores {
  /** One for each size of its cache. */
  readonly stores: readonly OtherStore[];
  /** Its rows that there will not be, with the reason. */
  readonly skipped: readonly SkippedEngine[];
}

const NAME = "db_bench";
const NOT_THERE = "it is not on the PATH (Debian: rocksdb-tools)";

/** Whether it was asked for, by either flag. */
export function wantsDbBench(flags: DbBenchFlags): boolean {
  return flags.dbBench === true || flags.dbBenchCache !== undefined;
}

/** None of either when it was not asked for. Throws UsageError for flags that make no sense. */
export function dbBenchStores(flags: DbBenchFlags, settings: SuiteSettings): DbBenchStores {
  if (!wantsDbBench(flags)) return { stores: [], skipped: [] };
  if (flags.suite !== NAME) throw new UsageError(`--db-bench is for suite ${NAME}`);
  const caches = parseList("--db-bench-cache", flags.dbBenchCache ?? "same");
  const named = [...new Set(caches)].map((cache) => cacheOf(cache, settings));
  const skip = (
    reason: string,
    which: readonly NamedCache[] = named,
    isAbsent = false,
  ): SkippedEngine[] => which.map(({ name }) => ({ engine: name, reason, isAbsent }));
  if (settings.offer.kind === "open") {
    return { stores: [], skipped: skip("it has no open loop") };
  }
  const version = dbBenchVersion();
  if (version === undefined) {
    return { stores: [], skipped: skip(NOT_THERE, named, true) };
  }
  const sized = named.map(({ name, bytes }) => ({ name, cacheBytes: bytes() }));
  const unknown = named.filter((_, i) => sized[i]!.cacheBytes === undefined);
  const stores = sized.flatMap(({ name, cacheBytes }) =>
    cacheBytes === undefined ? [] : [new DbBenchStore({ name, version, cacheBytes })],
  );
  return { stores, skipped: skip("it does not say how large its own cache is", unknown) };
}

interface NamedCache {
  /** The engine of its rows. */
  readonly name: string;
  readonly bytes: () => number | undefined;
}

function cacheOf(cache: string, settings: SuiteSettings): NamedCache {
  if (cache === "same") return { name: NAME, bytes: () => settings.cacheBytes };
  if (cache === "default") return { name: `${NAME}-default`, bytes: dbBenchCacheBytes };
  const given = parseBytes("--db-bench-cache", cache, { min: 0 });
  return { name: `${NAME}-${cache}`, bytes: () => given };
}
