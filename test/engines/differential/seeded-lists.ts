// The lists of one test file, one after the other: their seeds, their engines, what they leave out.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "vitest";
import type { EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { engineNames, loadEngine } from "../../../engines/registry.ts";
import { open } from "../support/stores.ts";
import { compareEngines } from "./comparison.ts";
import type { KeyLimits } from "./key-pool.ts";
import { operationList } from "./operation-list.ts";
import { explainDivergence } from "./report.ts";

/** Of each of the two files; the one with the keys that all engines take has all of them. */
const OPERATIONS = process.env.RINGBENCH_NIGHTLY === "1" ? 1_000_000 : 10_000;
const OPERATIONS_PER_LIST = 2000;
export const LISTS_MS_MAX = 60 * 60 * 1000;

/** All engines but `null` that can be opened here; the others are named. */
export async function presentEngines(): Promise<EngineModule[]> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "ringbench-differential-"));
  const present: EngineModule[] = [];
  for (const name of engineNames().filter((one) => one !== "null")) {
    const module = await loadEngine(name);
    try {
      await (await open(module, path.join(dir, name))).close();
      present.push(module);
    } catch (error) {
      if (!(error instanceof EngineError && error.code === "ENGINE_UNAVAILABLE")) throw error;
      process.stdout.write(`the differential test leaves ${name} out: ${error.message}\n`);
    }
  }
  fs.rmSync(dir, { recursive: true, force: true });
  return present;
}

/** The keys that all of them take. */
function commonLimits(modules: readonly EngineModule[]): KeyLimits {
  return {
    minKeyBytes: Math.max(...modules.map(({ supports }) => supports.minKeyBytes)),
    maxKeyBytes: Math.min(...modules.map(({ supports }) => supports.maxKeyBytes)),
  };
}

/** Seeds from `first` on; one that is given from outside is the only one. */
function seedsFrom(first: number): number[] {
  const given = process.env.RINGBENCH_DIFFERENTIAL_SEED;
  if (given !== undefined) return [Number(given)];
  return Array.from({ length: OPERATIONS / OPERATIONS_PER_LIST }, (_, i) => first + i);
}

/** Fails with the shortest list that shows it when an engine is not as the model. */
export async function compareLists(
  modules: readonly EngineModule[],
  firstSeed: number,
): Promise<void> {
  const limits = commonLimits(modules);
  const leftOut = new Map<string, number>();
  const seeds = seedsFrom(firstSeed);
  for (const seed of seeds) {
    const operations = operationList(seed, limits, OPERATIONS_PER_LIST);
    const result = await compareEngines(modules, operations, seed);
    for (const [name, count] of result.leftOut) {
      leftOut.set(name, (leftOut.get(name) ?? 0) + count);
    }
    const { divergence } = result;
    if (divergence !== undefined) {
      expect.fail(await explainDivergence(divergence, operations, seed));
    }
  }
  const counts = [...leftOut].map(([name, count]) => `${name} ${count}`).join(", ");
  process.stdout.write(
    `${seeds.length * OPERATIONS_PER_LIST} operations on ` +
      `${modules.map(({ name }) => name).join(", ")}; ` +
      `left out, as the manifest says: ${counts || "none"}\n`,
  );
}
