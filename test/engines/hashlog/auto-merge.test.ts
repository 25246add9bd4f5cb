// Goal: merges that go on by themselves never bring a deleted key back, nor an old value, nor lose
// one, wherever the process dies (bitcask issue 82, badger issue 2310). Method: a seeded run of
// overwrites and deletes over many small segments is killed at operations all along the way; what
// is found must be the acknowledged state, or that with the write that was under way. Then the
// store goes on, is merged again, and is opened without its hints.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine } from "../../../engines/engine.ts";
import { hashlogModule } from "../../../engines/hashlog/module.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import {
  bytes,
  contents,
  inTempDir,
  open,
  seeded,
  smallFiles,
  stride,
  text,
} from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";

const settings = smallFiles(hashlogModule);
const KEYS = 40;

type Model = Map<string, string>;

interface Progress {
  acknowledged: Model;
  /** With the write that is under way. */
  next: Model;
}

/** One random write, told to `progress` before it is made and after it was acknowledged. */
async function write(
  engine: Engine,
  random: (below: number) => number,
  step: number,
  progress: Progress,
): Promise<void> {
  const next = new Map(progress.acknowledged);
  const key = `key${random(KEYS)}`;
  const value = `${step}:${"x".repeat(800 + random(1200))}`;
  const action = random(10);
  progress.next = next;
  if (action < 3) {
    next.delete(key);
    await engine.delete(bytes(key));
  } else if (action === 3) {
    const other = `key${random(KEYS)}`;
    next.set(key, value).delete(other);
    await engine.batch(new WriteBatch().put(bytes(key), bytes(value)).delete(bytes(other)));
  } else {
    next.set(key, value);
    await engine.put(bytes(key), bytes(value));
  }
  progress.acknowledged = next;
}

/** Keys, with the steps and the lengths of their values: enough to tell any two states apart. */
function sorted(model: Model): string {
  const parts = [...model].map(([key, value]) => `${key}=${parseInt(value, 10)}/${value.length}`);
  return parts.sort().join(" ");
}

describe("automatic merge", () => {
  it.each<Durability>(["os", "group"])(
    "brings nothing back after a kill, at %s",
    { timeout: 240_000 },
    async (durability) => {
      const operations = await killedAt(durability, Number.POSITIVE_INFINITY);
      expect(operations).toBeGreaterThan(200);
      const step = stride(Math.ceil(operations / 40));
      for (let at = 5; at <= operations; at += step) await killedAt(durability, at);
    },
  );

  it("keeps the state over many openings, clean and not, with and without hints", async () => {
    await inTempDir(async (dir) => {
      const random = seeded(21);
      const empty: Model = new Map();
      const progress: Progress = { acknowledged: empty, next: empty };
      let merges = 0;
      for (let round = 0; round < 30; round++) {
        const fileSystem = new FaultyFileSystem();
        const engine = await open(hashlogModule, dir, { settings, fileSystem });
        const what = `round ${round}`;
        expect(sorted(await contents(engine)), what).toBe(sorted(progress.acknowledged));
        for (let i = 0; i < 150; i++) await write(engine, random, round * 1000 + i, progress);
        merges += Number(engine.stats().bytesRead!.merge! > 0);
        if (round % 7 === 3) await engine.compact();
        if (round % 3 === 0) fileSystem.bury();
        else await engine.close();
        if (round % 4 === 1) removeHints(dir);
      }
      expect(merges).toBeGreaterThan(10);
    });
  });

  it("forgets nothing when a group of writes is refused while a merge goes on", async () => {
    for (let failAt = 30; failAt <= 330; failAt += stride(10)) {
      await inTempDir(async (dir) => {
        const fault = { failAt, code: "ENOSPC", partial: 0.5, only: "write" };
        const fileSystem = new FaultyFileSystem(fault);
        const options = { settings, fileSystem, writeGrouping: "tick" } as const;
        const engine = await open(hashlogModule, dir, options);
        const random = seeded(failAt);
        const model: Model = new Map();
        const what = `write ${failAt} refused, seed ${failAt}`;
        for (let step = 0; step < 500; step += 5) {
          const keys = Array.from({ length: 5 }, () => `key${random(KEYS)}`);
          const value = `${step}:${"x".repeat(800 + random(1200))}`;
          const group = keys.map(async (key) => engine.put(bytes(key), bytes(value)));
          for (const [i, result] of (await Promise.allSettled(group)).entries()) {
            if (result.status === "fulfilled") model.set(keys[i]!, value);
          }
        }
        expect(sorted(await contents(engine)), what).toBe(sorted(model));
        await engine.close();
        const again = await open(hashlogModule, dir, { settings });
        expect(sorted(await contents(again)), what).toBe(sorted(model));
        await again.close();
      });
    }
  });

  it.each<Durability>(["memory", "os"])(
    "when the power goes, at %s, gives what was flushed and a prefix, or says that it cannot",
    { timeout: 120_000 },
    async (durability) => {
      const whole = await withoutPowerAt(durability, Number.POSITIVE_INFINITY);
      expect(whole.operations).toBeGreaterThan(100);
      const step = stride(Math.ceil(whole.operations / 40));
      let opened = 0;
      let refused = 0;
      for (let at = 3; at <= whole.operations; at += step) {
        if ((await withoutPowerAt(durability, at)).isOpened) opened++;
        else refused++;
      }
      // Neither level promises anything for this; most of the time it goes well.
      expect(opened).toBeGreaterThan(2 * refused);
    },
  );

  it("leaves snapshots what they were, and gives the space back after them", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { settings });
      const random = seeded(4);
      const empty: Model = new Map();
      const progress: Progress = { acknowledged: empty, next: empty };
      for (let i = 0; i < 300; i++) await write(engine, random, i, progress);
      const state = new Map(progress.acknowledged);
      const snapshot = engine.snapshot();
      for (let i = 300; i < 1500; i++) await write(engine, random, i, progress);
      for (let i = 0; i < KEYS; i++) {
        const found = text(await engine.get(bytes(`key${i}`), snapshot));
        expect(found).toBe(state.get(`key${i}`));
      }
      const pinned = engine.stats().diskBytes!;
      snapshot.close();
      expect(engine.stats().diskBytes!).toBeLessThan(pinned);
      expect(sorted(await contents(engine))).toBe(sorted(progress.acknowledged));
      await engine.close();
    });
  });
});

/** Returns how many operations there were, when none was the last. */
async function killedAt(durability: Durability, crashAt: number): Promise<number> {
  return await inTempDir(async (dir) => {
    const fileSystem = new FaultyFileSystem({ crashAt, partial: (crashAt % 4) * 0.3 });
    const empty: Model = new Map();
    const progress: Progress = { acknowledged: empty, next: empty };
    const random = seeded(9);
    try {
      const engine = await open(hashlogModule, dir, { durability, settings, fileSystem });
      for (let step = 0; step < 500; step++) await write(engine, random, step, progress);
      if (!Number.isFinite(crashAt)) {
        expect(engine.stats().bytesRead!.merge!, "merges took place").toBeGreaterThan(100_000);
      }
      await engine.close();
    } catch (error) {
      if (!fileSystem.crashed) throw error;
    }
    fileSystem.bury();
    const what = `${durability}, killed at operation ${crashAt}, seed 9`;
    let engine = await open(hashlogModule, dir, { durability, settings });
    const found = await contents(engine);
    const allowed = [sorted(progress.acknowledged), sorted(progress.next)];
    expect(allowed.includes(sorted(found)), what).toBe(true);
    const after: Progress = { acknowledged: found, next: found };
    for (let step = 500; step < 620; step++) await write(engine, random, step, after);
    expect(sorted(await contents(engine)), `${what}, then gone on`).toBe(
      sorted(after.acknowledged),
    );
    await engine.close();
    removeHints(dir);
    engine = await open(hashlogModule, dir, { durability, settings });
    expect(sorted(await contents(engine)), `${what}, without hints`).toBe(
      sorted(after.acknowledged),
    );
    await engine.close();
    return fileSystem.operations;
  });
}

async function withoutPowerAt(
  durability: Durability,
  crashAt: number,
): Promise<{ operations: number; isOpened: boolean }> {
  const disk = new MemoryDisk();
  disk.crashAt(crashAt);
  const fileSystem = disk.mount();
  const empty: Model = new Map();
  const progress: Progress = { acknowledged: empty, next: empty };
  const states = [sorted(empty)];
  let flushed = 0;
  const random = seeded(31);
  try {
    const engine = await open(hashlogModule, STORE_DIR, { durability, settings, fileSystem });
    for (let step = 0; step < 1200; step++) {
      const before = progress.next;
      const writing = write(engine, random, step, progress);
      if (progress.next !== before) states.push(sorted(progress.next));
      await writing;
      if (step % 60 !== 59) continue;
      await engine.flush();
      flushed = states.length - 1;
    }
    await engine.close();
  } catch (error) {
    if (!disk.hasCrashed) throw error;
  }
  const { operations } = disk;
  disk.losePower();
  const left = disk.mount();
  const what = `${durability}, power lost at operation ${crashAt}, seed 31`;
  let engine: Engine;
  try {
    engine = await open(hashlogModule, STORE_DIR, { durability, settings, fileSystem: left });
  } catch (error) {
    expect(error, what).toMatchObject({ code: "ENGINE_CORRUPTION" });
    return { operations, isOpened: false };
  }
  const found = states.lastIndexOf(sorted(await contents(engine)));
  expect(found, `${what}: a prefix`).toBeGreaterThanOrEqual(0);
  expect(found, `${what}: what was flushed`).toBeGreaterThanOrEqual(flushed);
  await engine.close();
  return { operations, isOpened: true };
}

function removeHints(dir: string): void {
  for (const name of fs.readdirSync(dir)) {
    if (name.endsWith(".hint")) fs.rmSync(path.join(dir, name));
  }
}
