// What both sides of an exchange have of their own node: one keyspace.

import type { MaybePromise } from "../../engines/engine.ts";
import { EngineError } from "../../engines/errors.ts";
import { hashKey } from "../../engines/index/hash.ts";
import type { ReplicationRule } from "../ring/ring-node.ts";
import type { Runtime } from "../runtime.ts";
import { VersioningError } from "../versioning/errors.ts";
import type { EntryPage } from "./entry-scan.ts";
import type { PlanName } from "./messages.ts";
import type { Partition, Span } from "./partition.ts";
import { turnOf } from "./turn.ts";
import type { VersionIndex } from "./version-index.ts";

/** The replica, as anti-entropy needs it. */
export interface VersionStore {
  /** The versions of a key for others; undefined when nothing is stored. Throws EngineError. */
  read(key: Uint8Array): MaybePromise<Uint8Array | undefined>;
  /** Takes versions in, and tells the index. Throws EngineError and VersioningError. */
  merge(key: Uint8Array, set: Uint8Array): MaybePromise<void>;
}

export interface Local {
  readonly runtime: Runtime;
  readonly keyspace: string;
  readonly store: VersionStore;
  readonly index: VersionIndex;
  readonly plan: () => PlanName;
}

/** Entries between two turns of others. */
const SLICE_ENTRIES = 2048;

/** A number for N by data centre, whatever the order in which they are named. */
export function ruleNumber(rule: ReplicationRule): number {
  const text = JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1)));
  return hashKey(new TextEncoder().encode(text));
}

/**
 * Shows the entries of the index at some offsets, in order, until `visit` says false. A page is
 * valid during the visit only. Throws EngineError.
 */
export async function visitEntries(
  { runtime, index }: Pick<Local, "runtime" | "index">,
  partition: Partition,
  spans: readonly Span[],
  visit: (offset: number, page: EntryPage, i: number) => boolean,
): Promise<void> {
  const scan = await index.scan(partition, spans);
  let entries = 0;
  try {
    for (let page = await scan.next(); page !== undefined; page = await scan.next()) {
      for (let i = 0; i < page.count; i++) {
        if (!visit(partition.offsetOf(page.position(i)), page, i)) return;
      }
      entries += page.count;
      if (entries < SLICE_ENTRIES) continue;
      entries = 0;
      await turnOf(runtime);
    }
  } finally {
    await scan.close();
  }
}

/** Takes in all sets beside each other, since they may share a sync; says how many failed. */
export async function mergeAll(
  { runtime, store }: Local,
  keys: readonly Uint8Array[],
  sets: readonly Uint8Array[],
): Promise<number> {
  let failed = 0;
  const fail = (error: unknown): void => {
    if (!(error instanceof EngineError) && !(error instanceof VersioningError)) throw error;
    runtime.probes.mark("a repair could not be stored");
    failed++;
  };
  const waiting: Promise<void>[] = [];
  for (let i = 0; i < keys.length; i++) {
    try {
      const merged = store.merge(keys[i]!, sets[i]!);
      if (merged !== undefined) waiting.push(merged.catch(fail));
    } catch (error) {
      fail(error);
    }
  }
  await Promise.all(waiting);
  return failed;
}
