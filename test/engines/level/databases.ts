// The engines below the databases under test, and how tests open one.

import path from "node:path";
import { expect } from "vitest";
import {
  LevelError,
  RingbenchLevel,
  type RingbenchLevelOptions,
} from "../../../engines/level/level.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";

/** The engines of our own, by name. */
export const LEVEL_ENGINES = ["hashlog", "memory", "lsm"] as const;

type Options<K, V> = Partial<RingbenchLevelOptions<K, V>>;

/** Runs with an open database whose files are in memory, and closes it whatever happens. */
export async function withLevel<T, K = string, V = string>(
  engine: string,
  options: Options<K, V>,
  run: (db: RingbenchLevel<K, V>) => Promise<T>,
): Promise<T> {
  const fileSystem = new MemoryFileSystem();
  const db = new RingbenchLevel<K, V>(path.resolve("level"), { engine, fileSystem, ...options });
  await db.open();
  try {
    return await run(db);
  } finally {
    await db.close();
  }
}

/** Why it does not open: what abstract-level gives as the cause. Fails when it opens. */
export async function openFailure(
  location: string,
  options: RingbenchLevelOptions<string, string>,
): Promise<LevelError> {
  const db = new RingbenchLevel(location, options);
  const error = await failure(() => db.open());
  expect(error.code).toBe("LEVEL_DATABASE_NOT_OPEN");
  expect(error.cause).toBeInstanceOf(LevelError);
  await db.close();
  return error.cause as LevelError;
}

/** What it throws. Fails when it throws nothing. */
export async function failure(run: () => unknown): Promise<LevelError> {
  try {
    await run();
  } catch (error) {
    return error as LevelError;
  }
  return expect.fail("it was to fail");
}
