// Goal: whatever is written, read, opened again, flushed and compacted in whatever order, the
// engine answers like a sorted map, through all of its levels. Method: seeded random operations
// (random-run.ts) on a store whose levels are a few tables each.

import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFileSystem } from "../../../engines/io/node-filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { inTempDir, seeded } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";
import { Run, type RunParts } from "./random-run.ts";
import type { RunTally } from "./run-tally.ts";
import type { Settings } from "./tiny-levels.ts";

const NIGHTLY = process.env.RINGBENCH_NIGHTLY === "1";
const SEEDS = NIGHTLY ? 12 : 1;
const STEPS = NIGHTLY ? 6000 : 2000;

async function runSeed(
  parts: Omit<RunParts, "random" | "label">,
  seed: number,
  steps: number,
): Promise<RunTally> {
  const label = `seed ${seed}, ${JSON.stringify(parts.settings)}, ${parts.background}`;
  const run = await Run.start({ ...parts, random: seeded(seed), label });
  await run.steps(steps);
  return run.tally;
}

describe("lsm against a sorted map", () => {
  it.each<Settings>([
    { compress: false },
    { compress: true, blockBytes: 64, filterBitsPerKey: 0 },
    { compress: false, blockBytes: 512, levelBaseBytes: 8192, level0Trigger: 3 },
    { tiered: true },
    { tiered: true, level0Trigger: 3, compress: false, filterBitsPerKey: 0 },
  ])("answers the same, inline, with %o", async (settings) => {
    let deepest = 0;
    let moves = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const fileSystem = new MemoryFileSystem();
      const parts = { fileSystem, dir: STORE_DIR, settings, background: "inline" } as const;
      const tally = await runSeed(parts, seed, STEPS);
      const what = `seed ${seed}: ${JSON.stringify(tally)}`;
      expect(tally.flushes, what).toBeGreaterThan(20);
      expect(tally.merges, what).toBeGreaterThan(10);
      expect(tally.reopenings, what).toBeGreaterThan(2);
      expect(tally.stalls, what).toBeGreaterThan(0);
      deepest = Math.max(deepest, tally.deepest);
      moves += tally.moves;
    }
    if (settings.tiered === true) return;
    expect(deepest, "levels that had tables").toBeGreaterThanOrEqual(3);
    expect(moves, "tables that went deeper as they were").toBeGreaterThan(0);
  });

  it.each<Settings>([{}, { tiered: true }])("and on a worker, with %o", async (settings) => {
    await inTempDir(async (temporary) => {
      const dir = path.join(temporary, "store");
      const parts = { fileSystem: nodeFileSystem, dir, settings, background: "worker" } as const;
      const tally = await runSeed(parts, 77, NIGHTLY ? 20_000 : 500);
      expect(tally.merges, JSON.stringify(tally)).toBeGreaterThan(2);
    });
  });
});
