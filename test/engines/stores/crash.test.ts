// Goal: whatever operation the process dies at, the store opens again with a prefix of the writes
// that holds every acknowledged one. Method: a fixed run of writes, merges and snapshots is counted
// once, then repeated with a kill at every single changing operation of the file system.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine, EngineModule } from "../../../engines/engine.ts";
import { PowerLossFileSystem } from "../support/power-loss.ts";
import {
  bytes,
  contents,
  inTempDir,
  OWN_ENGINES,
  open,
  seeded,
  smallFiles,
  stride,
} from "../support/stores.ts";

interface Progress {
  /** The state after each write, in order; index 0 is the empty store. */
  readonly states: Map<string, string>[];
  acknowledged: number;
}

/** Writes that overwrite, delete and batch, over several files, with a merge in between. */
async function run(engine: Engine, progress: Progress): Promise<void> {
  const random = seeded(7);
  for (let step = 0; step < 60; step++) {
    const next = new Map(progress.states.at(-1));
    const key = `key${random(12)}`;
    const action = random(8);
    let done: void | Promise<void>;
    if (action === 0) {
      next.delete(key);
      progress.states.push(next);
      done = engine.delete(bytes(key));
    } else if (action === 1) {
      const other = `key${random(12)}`;
      next.set(key, `batch${step}`).delete(other);
      progress.states.push(next);
      done = engine.batch(
        new WriteBatch().put(bytes(key), bytes(`batch${step}`)).delete(bytes(other)),
      );
    } else {
      const value = `${step}:${"x".repeat(random(4000) + 2000)}`;
      next.set(key, value);
      progress.states.push(next);
      done = engine.put(bytes(key), bytes(value));
    }
    await done;
    progress.acknowledged = progress.states.length - 1;
    if (step % 25 === 24) await engine.compact();
  }
}

type End = "kill" | "power loss";

async function crashAt(
  module: EngineModule,
  durability: Durability,
  crashAtOperation: number,
  partial: number,
  end: End = "kill",
): Promise<number> {
  return await inTempDir(async (dir) => {
    const fileSystem = new PowerLossFileSystem({ crashAt: crashAtOperation, partial });
    const progress: Progress = { states: [new Map()], acknowledged: 0 };
    const settings = smallFiles(module);
    try {
      const engine = await open(module, dir, { durability, fileSystem, settings });
      await run(engine, progress);
      await engine.close();
    } catch (error) {
      if (!fileSystem.crashed) throw error;
    }
    if (end === "kill") fileSystem.bury();
    else fileSystem.losePower(dir);
    const crash = `crash at ${crashAtOperation}, partial ${partial}`;
    const what = `${module.name} at ${durability}, ${crash}`;
    const engine = await open(module, dir, { durability, settings });
    const found = await contents(engine);
    const matches = progress.states.findLastIndex(
      (state) => JSON.stringify([...state].sort()) === JSON.stringify([...found].sort()),
    );
    expect(matches, `${what}: not a prefix`).toBeGreaterThanOrEqual(0);
    const promised = durability === "memory" ? 0 : progress.acknowledged;
    expect(matches, `${what}: acknowledged writes are missing`).toBeGreaterThanOrEqual(promised);
    expect((await engine.verify()).problems, what).toEqual([]);
    const manifest = fs.readFileSync(path.join(dir, "MANIFEST"), "utf8");
    const orphans = fs
      .readdirSync(dir)
      .filter((name) => /\.(log|snap|hint|tmp)$/.test(name))
      .filter((name) => !manifest.includes(name.replace(/hint$/, "log")));
    expect(orphans, `${what}: files that nothing refers to`).toEqual([]);
    await engine.put(bytes("after"), bytes("crash"));
    await engine.close();
    const again = await open(module, dir, { durability, settings });
    expect(await contents(again), what).toEqual(new Map(found).set("after", "crash"));
    await again.close();
    return fileSystem.crashed ? -1 : fileSystem.operations;
  });
}

describe.each(OWN_ENGINES)("$name after a kill at every operation", (module) => {
  it.each<Durability>(["memory", "os", "group", "sync"])(
    "keeps a prefix with every acknowledged write at %s",
    { timeout: 240_000 },
    async (durability) => {
      const operations = await crashAt(module, durability, Number.POSITIVE_INFINITY, 0);
      expect(operations).toBeGreaterThan(30);
      const step = stride(durability === "os" ? 1 : 3);
      for (let operation = 1; operation <= operations; operation += step) {
        await crashAt(module, durability, operation, (operation % 4) * 0.3);
      }
    },
  );
});

describe.each(OWN_ENGINES)("$name after a power loss at every operation", (module) => {
  it.each<Durability>(["group", "sync"])(
    "keeps a prefix with every acknowledged write at %s",
    { timeout: 240_000 },
    async (durability) => {
      const never = Number.POSITIVE_INFINITY;
      const operations = await crashAt(module, durability, never, 0, "power loss");
      expect(operations).toBeGreaterThan(30);
      for (let operation = 1; operation <= operations; operation += stride(2)) {
        await crashAt(module, durability, operation, (operation % 4) * 0.3, "power loss");
      }
    },
  );

  it.each<Durability>(["memory", "os"])(
    "keeps all that was before a flush, at %s",
    async (level) => {
      await inTempDir(async (dir) => {
        const fileSystem = new PowerLossFileSystem();
        const settings = smallFiles(module);
        const engine = await open(module, dir, { durability: level, fileSystem, settings });
        for (let i = 0; i < 100; i++) await engine.put(bytes(`key${i}`), bytes("v".repeat(3000)));
        await engine.flush();
        fileSystem.losePower(dir);
        const again = await open(module, dir, { durability: level, settings });
        expect((await contents(again)).size).toBe(100);
        await again.close();
      });
    },
  );
});
