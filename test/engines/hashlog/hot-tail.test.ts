// Goal: a value that nobody could have read from a file yet is replaced in place, and this shows in
// nothing but the bytes written: not in snapshots, not after a refused write, and not after a crash
// in the middle of a write, which still leaves a prefix of the writes.

import { describe, expect, it } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine } from "../../../engines/engine.ts";
import { hashlogModule } from "../../../engines/hashlog/module.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, contents, inTempDir, open, seeded, smallFiles, text } from "../support/stores.ts";

const settings = smallFiles(hashlogModule);
const value = (step: number) => `${step}`.padStart(60, ".");
const state = (model: Map<string, string>) => JSON.stringify([...model].sort());

describe("hot tail", () => {
  it("replaces at memory what is not written yet, and only that", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { durability: "memory", settings });
      await engine.put(bytes("hot"), bytes(value(0)));
      const before = engine.stats().diskBytes!;
      for (let step = 1; step <= 1000; step++) await engine.put(bytes("hot"), bytes(value(step)));
      expect(engine.stats().diskBytes).toBe(before);
      expect(text(await engine.get(bytes("hot")))).toBe(value(1000));
      await engine.put(bytes("hot"), bytes("of another length"));
      expect(engine.stats().diskBytes).toBeGreaterThan(before);
      await engine.flush();
      const flushed = engine.stats().diskBytes!;
      await engine.put(bytes("hot"), bytes("of another LENGTH"));
      expect(engine.stats().diskBytes, "what is written is not touched").toBeGreaterThan(flushed);
      await engine.close();
      const again = await open(hashlogModule, dir, { settings });
      expect([...(await contents(again))]).toEqual([["hot", "of another LENGTH"]]);
      await again.close();
    });
  });

  it.each<[Durability, "one" | "tick"]>([
    ["os", "one"],
    ["sync", "one"],
  ])("writes each put at %s, one by one", async (durability, writeGrouping) => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { durability, writeGrouping, settings });
      await engine.put(bytes("hot"), bytes(value(0)));
      const before = engine.stats().diskBytes!;
      await engine.put(bytes("hot"), bytes(value(1)));
      expect(engine.stats().diskBytes).toBeGreaterThan(before + 60);
      await engine.close();
    });
  });

  it("leaves what a snapshot and a cursor see", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(hashlogModule, dir, { durability: "memory", settings });
      for (let i = 0; i < 100; i++) await engine.put(bytes(`key${i}`), bytes(value(i)));
      const snapshot = engine.snapshot();
      for (let i = 0; i < 100; i++) await engine.put(bytes(`key${i}`), bytes(value(1000 + i)));
      for (let i = 0; i < 100; i++) {
        expect(text(await engine.get(bytes(`key${i}`), snapshot))).toBe(value(i));
        expect(text(await engine.get(bytes(`key${i}`)))).toBe(value(1000 + i));
      }
      snapshot.close();
      await engine.close();
    });
  });

  it.each<Durability>(["memory", "os", "group"])(
    "leaves a prefix when the process dies in the middle of a write, at %s",
    { timeout: 120_000 },
    async (durability) => {
      const { operations } = await killedAt(durability, Number.POSITIVE_INFINITY, 0);
      let torn = 0;
      for (let at = 4; at <= operations; at++) {
        torn += (await killedAt(durability, at, (at % 10) / 10)).torn;
      }
      expect(operations).toBeGreaterThan(20);
      expect(torn, "some writes were torn").toBeGreaterThan(0);
    },
  );

  it("undoes what was replaced in a group that was refused", async () => {
    for (let failAt = 4; failAt < 40; failAt++) {
      await inTempDir(async (dir) => {
        const fault = { failAt, code: "ENOSPC", partial: 0.5, only: "write" };
        const fileSystem = new FaultyFileSystem(fault);
        const options = { settings, fileSystem, writeGrouping: "tick" } as const;
        const engine = await open(hashlogModule, dir, options);
        const random = seeded(failAt);
        const model = new Map<string, string>();
        for (let step = 0; step < 200; step += 8) {
          const keys = Array.from({ length: 8 }, () => `key${random(3)}`);
          const group = keys.map((key, i) => engine.put(bytes(key), bytes(value(step + i))));
          for (const [i, result] of (await Promise.allSettled(group)).entries()) {
            if (result.status === "fulfilled") model.set(keys[i]!, value(step + i));
          }
          expect(state(await contents(engine)), `write ${failAt}, step ${step}`).toBe(state(model));
        }
        await engine.close();
        const again = await open(hashlogModule, dir, { settings });
        expect(state(await contents(again)), `write ${failAt}`).toBe(state(model));
        await again.close();
      });
    }
  });

  it("answers what was written lately from memory, and from files what was not", async () => {
    await inTempDir(async (dir) => {
      const cacheBytes = 512 * 1024;
      const large = { segmentSizeBytes: 1024 * 1024 };
      const engine = await open(hashlogModule, dir, { settings: large, cacheBytes });
      const count = 8000;
      for (let i = 0; i < count; i++) await engine.put(bytes(`key${i}`), bytes(value(i)));
      const hitsOf = async (from: number, to: number) => {
        const before = engine.stats().cacheHits!;
        for (let i = from; i < to; i++) {
          expect(text(await engine.get(bytes(`key${i}`)))).toBe(value(i));
        }
        return engine.stats().cacheHits! - before;
      };
      expect(await hitsOf(count - 2000, count)).toBe(2000);
      expect(await hitsOf(0, 2000)).toBe(0);
      expect(engine.stats().memoryBytes!.tail).toBeLessThanOrEqual(cacheBytes + 128 * 1024);
      await engine.compact();
      expect(await hitsOf(count - 2000, count), "what was moved is elsewhere").toBe(0);
      expect(engine.stats().memoryBytes!.tail).toBeLessThanOrEqual(2 * 128 * 1024);
      expect((await contents(engine)).size).toBe(count);
      await engine.close();
    });
  });
});

async function step(
  engine: Engine,
  random: (below: number) => number,
  number: number,
  model: Map<string, string>,
): Promise<void> {
  const key = `key${random(6)}`;
  if (random(12) === 0) {
    model.delete(key);
    await engine.delete(bytes(key));
  } else if (random(8) === 0) {
    model.set(key, value(number)).set("both", value(number));
    const batch = new WriteBatch().put(bytes(key), bytes(value(number)));
    await engine.batch(batch.put(bytes("both"), bytes(value(number))));
  } else {
    model.set(key, value(number));
    await engine.put(bytes(key), bytes(value(number)));
  }
}

async function killedAt(
  durability: Durability,
  crashAt: number,
  partial: number,
): Promise<{ operations: number; torn: number }> {
  return await inTempDir(async (dir) => {
    const fileSystem = new FaultyFileSystem({ crashAt, partial });
    const states = [state(new Map())];
    let acknowledged = 0;
    const random = seeded(5);
    const model = new Map<string, string>();
    const options = { durability, settings, fileSystem, writeGrouping: "tick" } as const;
    try {
      const engine = await open(hashlogModule, dir, options);
      for (let number = 0; number < 240; number += 12) {
        const group: Promise<void>[] = [];
        for (let i = 0; i < 12; i++) {
          group.push(step(engine, random, number + i, model));
          states.push(state(model));
        }
        await Promise.all(group);
        acknowledged = states.length - 1;
        if (durability === "memory" && number % 60 === 48) await engine.flush();
      }
      await engine.close();
    } catch (error) {
      if (!fileSystem.crashed) throw error;
    }
    fileSystem.bury();
    const what = `${durability}, killed at operation ${crashAt}, ${partial} written, seed 5`;
    const engine = await open(hashlogModule, dir, { durability, settings });
    const found = states.lastIndexOf(state(await contents(engine)));
    expect(found, `${what}: a prefix`).toBeGreaterThanOrEqual(0);
    const promised = durability === "memory" ? 0 : acknowledged;
    expect(found, `${what}: what was acknowledged`).toBeGreaterThanOrEqual(promised);
    const torn = Number(Number(engine.stats().recovery!.tornBytes) > 0);
    await engine.close();
    return { operations: fileSystem.operations, torn };
  });
}
