// Goal: dead space stays within its bound under any steady overwrite, at every step, while writers
// do nothing but write. Method: a store of many small segments is overwritten several times its
// size in different orders; the figure is read again and again on the way.

import { describe, expect, it } from "vitest";
import type { Engine, EngineEvent } from "../../../engines/engine.ts";
import { hashlogModule } from "../../../engines/hashlog/module.ts";
import { completeOptions } from "../../../engines/options.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, contents, inTempDir, open, seeded, smallFiles } from "../support/stores.ts";

const settings = smallFiles(hashlogModule);
const KEYS = 3000;
const value = (i: number) => bytes(`${i}:${"v".repeat(380 + (i % 40))}`);
const key = (i: number) => bytes(`key${String(i).padStart(6, "0")}`);

/** Which key is written at a step. */
type Order = (step: number) => number;

function orders(): [string, Order][] {
  const random = seeded(11);
  const skewed = seeded(12);
  return [
    ["at random", () => random(KEYS)],
    ["in order, again and again", (step) => step % KEYS],
    [
      "nine of ten to a tenth of the keys",
      () => (skewed(10) > 0 ? skewed(KEYS / 10) : skewed(KEYS)),
    ],
  ];
}

async function fill(engine: Engine): Promise<void> {
  for (let i = 0; i < KEYS; i++) await engine.put(key(i), value(i));
}

describe("space amplification", () => {
  it.each(orders())("is at most 1.5 at every step: overwritten %s", async (_name, order) => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings });
      await fill(engine);
      const newest = new Map<string, string>();
      let highest = 0;
      for (let step = 0; step < 8 * KEYS; step++) {
        const i = order(step);
        void engine.put(key(i), value(step));
        newest.set(`key${String(i).padStart(6, "0")}`, `${step}:`);
        if (step % 20 === 0) highest = Math.max(highest, engine.stats().spaceAmplification!);
      }
      expect(highest).toBeLessThanOrEqual(1.5);
      const stats = engine.stats();
      expect(stats.recovery?.mergeFailure).toBeUndefined();
      expect(stats.writeAmplification).toBeLessThan(4.5);
      const found = await contents(engine);
      expect(found.size).toBe(KEYS);
      for (const [name, start] of newest) expect(found.get(name)?.startsWith(start)).toBe(true);
      await engine.close();
    });
  });

  it("stays bounded while keys come and go, and tombstones with them", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings });
      await fill(engine);
      let highest = 0;
      const short = bytes("short");
      for (let step = 0; step < 30 * KEYS; step++) {
        void engine.put(bytes(`passing${step}`), short);
        if (step >= 10) void engine.delete(bytes(`passing${step - 10}`));
        if (step % 100 === 0) highest = Math.max(highest, engine.stats().spaceAmplification!);
      }
      // A merge that takes tombstones out writes the whole store anew, beside the old one.
      expect(highest).toBeLessThan(2.5);
      expect(engine.stats().keys).toBe(KEYS + 10);
      await engine.close();
    });
  });

  it("comes back to its bound in a store that was left without merges", async () => {
    await inTempDir(async (dir) => {
      const manual = await open(hashlogModule, dir, {
        settings: { ...settings, autoMerge: false },
      });
      await fill(manual);
      for (let step = 0; step < 4 * KEYS; step++) void manual.put(key(step % KEYS), value(step));
      expect(manual.stats().spaceAmplification).toBeGreaterThan(4);
      await manual.close();
      const engine = await open(hashlogModule, dir, { settings });
      for (let step = 0; step < KEYS; step++) void engine.put(key(step), value(step));
      expect(engine.stats().spaceAmplification).toBeLessThanOrEqual(1.5);
      await engine.close();
    });
  });

  it("tells the beginning and the end of each merge, in pairs", async () => {
    await inTempDir(async (dir) => {
      const events: EngineEvent[] = [];
      const onEvent = (event: EngineEvent) => events.push(event);
      const fileSystem = new FaultyFileSystem();
      const engine = await hashlogModule.open(
        completeOptions({ dir, fileSystem, settings, onEvent }),
      );
      await fill(engine);
      const random = seeded(5);
      for (let step = 0; step < 2 * KEYS; step++) void engine.put(key(random(KEYS)), value(step));
      await engine.compact();
      await engine.close();
      const merges = events.filter((event) => event.kind === "merge");
      const begun = merges.filter((event) => event.phase === "begin");
      const ended = merges.filter((event) => event.phase === "end");
      expect(begun.length).toBeGreaterThan(10);
      expect(ended.map(({ id }) => id)).toEqual(begun.map(({ id }) => id));
      expect(new Set(begun.map(({ id }) => id)).size).toBe(begun.length);
      for (const event of begun) expect(event.detail).toMatch(/segments|key order/);
      expect(ended.reduce((sum, event) => sum + event.bytes!, 0)).toBeGreaterThan(100_000);
    });
  });

  it("refuses a bound for merges that are switched off", async () => {
    await inTempDir(async (dir) => {
      const contradictory = { autoMerge: false, spacePercentMax: 200 };
      await expect(open(hashlogModule, dir, { settings: contradictory })).rejects.toMatchObject({
        code: "ENGINE_OPTION",
      });
    });
  });
});
