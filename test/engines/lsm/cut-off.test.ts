// Goal: a process that ends, or a machine that loses power, in the middle of a flush or a
// compaction loses nothing that was acknowledged, and the next open leaves no file of it.
// Method: a run through several levels is repeated with its end at one changing call of the file
// system after the other.

import { describe, expect, it } from "vitest";
import type { Durability, Engine } from "../../../engines/engine.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { Random } from "../../../workloads/random.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, contents, seeded } from "../support/stores.ts";
import { places } from "./places.ts";
import { expectOnlyListed, levelsByName, openTiny, settle } from "./tiny-levels.ts";

const NEVER = Number.POSITIVE_INFINITY;
const STEPS = 260;
const KEYS = 90;
const TEST_MS_MAX = 900_000;

interface Progress {
  readonly states: ReadonlyMap<string, string>[];
  acknowledged: number;
}

/** One write after the other, some of them deletes; background work runs between them. */
async function writeSteps(engine: Engine, progress: Progress): Promise<void> {
  const random = seeded(31);
  for (let step = 0; step < STEPS; step++) {
    const next = new Map(progress.states.at(-1));
    const key = `key${String(random(KEYS)).padStart(3, "0")}`;
    const isDelete = random(5) === 0;
    const value = `${step}:${"x".repeat(random(2500))}`;
    if (isDelete) next.delete(key);
    else next.set(key, value);
    progress.states.push(next);
    await (isDelete ? engine.delete(bytes(key)) : engine.put(bytes(key), bytes(value)));
    progress.acknowledged = progress.states.length - 1;
    // Work that was begun gets on by a few steps, to be cut off in the middle.
    for (let turn = random(6); turn > 0; turn--) await undefined;
    if (step === 200) await engine.compact();
  }
  await settle();
}

function sameContent(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

type End = "kill" | "power loss" | "torn";

function leave(disk: MemoryDisk, end: End, seed: number): void {
  if (end === "kill") disk.kill();
  else disk.losePower(end === "torn" ? new Random(seed) : undefined);
}

async function crashAt(durability: Durability, operation: number, end: End) {
  const disk = new MemoryDisk();
  disk.crashAt(operation, operation === NEVER ? 0 : (operation % 4) * 0.3);
  const fileSystem = disk.mount();
  const progress: Progress = { states: [new Map()], acknowledged: 0 };
  let deepest = 0;
  try {
    const engine = await openTiny(fileSystem, { durability });
    await writeSteps(engine, progress);
    deepest = Math.max(...levelsByName(fileSystem).values());
    await engine.close();
  } catch (error) {
    if (!disk.hasCrashed) throw error;
  }
  await settle();
  const { operations } = disk;
  leave(disk, end, operation === NEVER ? 0 : operation);
  return { disk, progress, operations, deepest };
}

describe("lsm cut off in its background work", () => {
  it.each<[Durability, End]>([
    ["os", "kill"],
    ["group", "power loss"],
    ["group", "torn"],
    ["sync", "torn"],
  ])(
    "at %s, by a %s at a changing call, keeps a prefix with what was acknowledged",
    { timeout: TEST_MS_MAX },
    async (durability, end) => {
      const { operations, deepest } = await crashAt(durability, NEVER, end);
      expect(operations).toBeGreaterThan(200);
      expect(deepest, "levels that were reached").toBeGreaterThanOrEqual(2);
      for (const operation of places(1, operations, end.length)) {
        const what = `${durability}, ${end} at operation ${operation} of ${operations}`;
        const { disk, progress } = await crashAt(durability, operation, end);
        const fileSystem = new FaultyFileSystem({}, disk.mount());
        const engine = await openTiny(fileSystem, { durability });
        const found = await contents(engine);
        const state = progress.states.findLastIndex((each) => sameContent(each, found));
        expect(state, `${what}: not a prefix`).toBeGreaterThanOrEqual(progress.acknowledged);
        expect((await engine.verify()).problems, what).toEqual([]);
        await engine.compact();
        await settle();
        expectOnlyListed(fileSystem, what);
        expect(sameContent(await contents(engine), found), `${what}: after compact`).toBe(true);
        await engine.close();
        expect(fileSystem.openFiles, `${what}: files left open`).toBe(0);
      }
    },
  );
});
