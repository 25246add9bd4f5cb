// The writes of the crash cases: operation n is the same in the process that is killed and in
// the one that judges.
//
// Each operation puts a key of its own that no later operation up to the last deletes without
// putting its own, so the largest such key that is found tells which prefix survived. Every
// fifth is a batch that also overwrites, and deletes what an earlier one put.

import { WriteBatch } from "../batch.ts";
import type { Engine, MaybePromise } from "../engine.ts";
import { pattern, text } from "./bytes.ts";
import { type CaseContext, collect, expectState, type OpenOverrides } from "./context.ts";
import { expect } from "./expect.ts";
import { Model } from "./model.ts";

const OWN_PREFIX = "op ";
/** How far beyond the last acknowledged operation a writer may have come. */
const AHEAD_MAX = 20_000;

function ownKey(n: number): Uint8Array {
  return text(`${OWN_PREFIX}${String(n).padStart(9, "0")}`);
}

/** The number of the operation whose own key this is; -1 for any other key. */
function operationOf(key: Uint8Array): number {
  const name = new TextDecoder().decode(key);
  return name.startsWith(OWN_PREFIX) ? Number(name.slice(OWN_PREFIX.length)) : -1;
}

function ownValue(n: number): Uint8Array {
  return pattern(n, n % 97 === 50 ? 20_000 : (n * 37) % 300);
}

function isBatch(n: number): boolean {
  return n % 5 === 4;
}

/** Asks the engine for operation n; keys and values are built anew each time. */
export function applyToEngine(engine: Engine, n: number): MaybePromise<void> {
  if (!isBatch(n) || !engine.supports.atomicBatch) return engine.put(ownKey(n), ownValue(n));
  return engine.batch(
    new WriteBatch()
      .put(text("head"), text(String(n)))
      .put(text(`slot ${n % 13}`), pattern(n, 40))
      .delete(ownKey(n - 2))
      .put(ownKey(n), ownValue(n)),
  );
}

/** The state after operations 0 to `last`, inclusive; -1: nothing. */
function stateAfter(last: number, atomicBatch: boolean): Model {
  const records = new Map<string, { key: Uint8Array; value: Uint8Array }>();
  const put = (key: Uint8Array, value: Uint8Array) => {
    records.set(new TextDecoder().decode(key), { key, value });
  };
  for (let n = 0; n <= last; n++) {
    put(ownKey(n), ownValue(n));
    if (!isBatch(n) || !atomicBatch) continue;
    put(text("head"), text(String(n)));
    put(text(`slot ${n % 13}`), pattern(n, 40));
    records.delete(new TextDecoder().decode(ownKey(n - 2)));
  }
  const names = [...records.keys()].sort();
  return new Model(names.map((name) => records.get(name)!));
}

/** The largest operation whose own key is there; probes by `get`, up to `last`. */
async function lastByProbing(engine: Engine, last: number): Promise<number> {
  for (let n = last; n >= 0; n--) {
    if ((await engine.get(ownKey(n))) !== undefined) return n;
  }
  return -1;
}

async function lastOperation(engine: Engine, acknowledged: number): Promise<number> {
  if (!engine.supports.scan) return await lastByProbing(engine, acknowledged + AHEAD_MAX);
  let last = -1;
  for (const { key } of await collect(engine, { keysOnly: true })) {
    last = Math.max(last, operationOf(key));
  }
  return last;
}

/** What was asked of an engine before it ended, and how to open it again. */
export interface Survivors {
  readonly dir: string;
  readonly overrides: OpenOverrides;
  /** The largest operation that was acknowledged, or -1. */
  readonly acknowledged: number;
  /** The level promises nothing: any prefix will do. */
  readonly promisesNothing: boolean;
  /** For the message: which round it was, and what happened. */
  readonly at: string;
}

/**
 * Opens the folder twice: both times it must hold a prefix of the operations with every
 * acknowledged one in it. Returns the last operation of the prefix, or -1.
 */
export async function expectPrefix(context: CaseContext, survivors: Survivors): Promise<number> {
  const { dir, overrides, acknowledged, at } = survivors;
  let engine = await context.open(dir, overrides);
  const last = await lastOperation(engine, acknowledged);
  expect(
    survivors.promisesNothing || last >= acknowledged,
    () => `${at}: operation ${acknowledged} was acknowledged, but only ${last} came back`,
  );
  const state = stateAfter(last, context.supports.atomicBatch);
  await expectState(engine, state, `${at}: not the first ${last + 1} operations`);
  await engine.close();
  engine = await context.open(dir, overrides);
  await expectState(engine, state, `${at}: reopened once more`);
  await engine.close();
  return last;
}
