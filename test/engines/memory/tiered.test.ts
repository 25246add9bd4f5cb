// Goal: values that do not fit into memory are read from their files, verified, and nothing that
// is read depends on where a value is. Method: stores many times larger than their budget.

import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { WriteBatch } from "../../../engines/batch.ts";
import type { Durability, Engine } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { hashKey } from "../../../engines/index/hash.ts";
import { memoryModule } from "../../../engines/memory/module.ts";
import { completeOptions } from "../../../engines/options.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { bytes, contents, inTempDir, open, seeded, text } from "../support/stores.ts";
import { TINY_SETTINGS, engine as tinyModule } from "./tiny-memory.ts";

const COUNT = 1200;
const key = (i: number) => `key${String(i).padStart(5, "0")}`;
const newValue = (i: number) => `${i}:${"v".repeat(200)}`;

async function fill(engine: Engine): Promise<void> {
  for (let i = 0; i < COUNT; i++) await engine.put(bytes(key(i)), bytes(newValue(i)));
}

const logsOf = (dir: string) => fs.readdirSync(dir).filter((name) => name.endsWith(".log"));
const misses = (engine: Engine) => engine.stats().cacheMisses!;
const hits = (engine: Engine) => engine.stats().cacheHits!;

describe("a store larger than its budget", () => {
  it("reads every value, keeps within the budget, and says how it went", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(tinyModule, dir);
      await fill(engine);
      const withinBudget = () =>
        expect(engine.stats().memoryBytes!.values).toBeLessThanOrEqual(TINY_SETTINGS.memoryBytes);
      withinBudget();
      for (let i = 0; i < COUNT; i++)
        expect(text(await engine.get(bytes(key(i))))).toBe(newValue(i));
      expect(hits(engine) + misses(engine)).toBe(COUNT);
      expect(misses(engine)).toBeGreaterThan(COUNT / 2);
      expect(engine.stats().bytesRead!.get).toBeGreaterThan(misses(engine) * 200);
      expect(await engine.get(bytes("absent"))).toBeUndefined();
      expect(misses(engine) + hits(engine), "an absent key is neither").toBe(COUNT);
      withinBudget();
      await engine.close();
      const again = await open(tinyModule, dir);
      expect(again.stats().memoryBytes!.values).toBeLessThanOrEqual(TINY_SETTINGS.memoryBytes);
      expect(await contents(again)).toEqual(new Map(range().map((i) => [key(i), newValue(i)])));
      await again.close();
    });
  });

  it("keeps a value that is read often in memory, and a scan leaves no trace", async () => {
    await inTempDir(async (dir) => {
      const engine = await open(tinyModule, dir);
      await fill(engine);
      const hot = range().filter((i) => i % 12 === 0);
      for (let round = 0; round < 5; round++) {
        for (const i of hot) await engine.get(bytes(key(i)));
        for (let i = 0; i < 100; i++) await engine.get(bytes(key((round * 100 + i) % COUNT)));
      }
      const before = misses(engine);
      const { values } = engine.stats().memoryBytes!;
      expect((await contents(engine)).size).toBe(COUNT);
      expect(engine.stats().bytesRead!.scan).toBeGreaterThan(100_000);
      expect(misses(engine), "a scan is no miss").toBe(before);
      expect(engine.stats().memoryBytes!.values).toBe(values);
      for (const i of hot) await engine.get(bytes(key(i)));
      expect(misses(engine) - before).toBeLessThan(hot.length / 10);
      await engine.close();
    });
  });

  it("answers gets from where it would have without the scans between them", async () => {
    const outcome = (withScans: boolean) =>
      inTempDir(async (dir) => {
        const engine = await open(tinyModule, dir);
        const random = seeded(11);
        await fill(engine);
        for (let i = 0; i < 4000; i++) {
          await engine.get(bytes(key(random(random(COUNT) + 1))));
          if (withScans && i % 250 === 0) await contents(engine);
        }
        const counts = [hits(engine), misses(engine)];
        await engine.close();
        return counts;
      });
    expect(await outcome(true)).toEqual(await outcome(false));
  });

  it("finds damage of a value that is not in memory, and names file and offset", async () => {
    await inTempDir(async (dir) => {
      const settings = { ...TINY_SETTINGS, fileSizeBytes: 2 ** 20, snapshotLogBytes: 2 ** 20 };
      const engine = await open(memoryModule, dir, { settings });
      await fill(engine);
      const [name] = logsOf(dir);
      const content = fs.readFileSync(path.join(dir, name!));
      const at = content.indexOf(`0:${"v".repeat(200)}`);
      content[at + 50]! ^= 4;
      fs.writeFileSync(path.join(dir, name!), content);
      let error: unknown;
      try {
        await engine.get(bytes(key(0)));
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(EngineError);
      expect(error).toMatchObject({ code: "ENGINE_CORRUPTION", file: path.join(dir, name!) });
      expect((error as EngineError).offset).toBe(at - key(0).length - 20);
      expect(() => engine.scan().next()).toThrow(/damaged at offset/);
      await expect(engine.compact()).rejects.toMatchObject({ code: "ENGINE_CORRUPTION" });
      expect(text(await engine.get(bytes(key(1))))).toBe(newValue(1));
      await engine.close();
    });
  });

  it("reads the old value after a write that failed, whatever was in memory", async () => {
    await inTempDir(async (dir) => {
      const fileSystem = new FaultyFileSystem();
      const engine = await open(tinyModule, dir, { fileSystem });
      await engine.put(bytes("key"), bytes("old"));
      const refused = [
        () => engine.put(bytes("key"), bytes("new")),
        () => engine.delete(bytes("key")),
        () => engine.put(bytes("other"), bytes("new")),
        () => engine.batch(new WriteBatch().put(bytes("key"), bytes("new")).delete(bytes("key"))),
      ];
      for (const write of refused) {
        fileSystem.failNext("write", "ENOSPC");
        expect(write).toThrow(/ENOSPC/);
        expect(text(await engine.get(bytes("key")))).toBe("old");
        expect(await engine.get(bytes("other"))).toBeUndefined();
      }
      await engine.close();
    });
  });

  it("keeps keys of one hash apart", async () => {
    const first = new Map<number, string>();
    let pair: [string, string] | undefined;
    for (let i = 0; pair === undefined; i++) {
      const hash = hashKey(bytes(key(i)));
      if (first.has(hash)) pair = [first.get(hash)!, key(i)];
      else first.set(hash, key(i));
    }
    await inTempDir(async (dir) => {
      const engine = await open(tinyModule, dir);
      for (const name of pair) await engine.put(bytes(name), bytes(`of ${name}`));
      for (const name of pair) expect(text(await engine.get(bytes(name)))).toBe(`of ${name}`);
      expect([...(await contents(engine)).values()]).toEqual(
        pair.map((name) => `of ${name}`).sort(),
      );
      await engine.delete(bytes(pair[0]));
      expect(await engine.get(bytes(pair[0]))).toBeUndefined();
      expect([...(await contents(engine)).keys()]).toEqual([pair[1]]);
      await engine.close();
    });
  });

  it("times a sample of gets, from memory and from files apart", async () => {
    await inTempDir(async (dir) => {
      let now = 0;
      const fileSystem = new FaultyFileSystem();
      const clock = { now: () => (now += 7) };
      const options = completeOptions({ dir, fileSystem, clock, settings: TINY_SETTINGS });
      const engine = await memoryModule.open(options);
      await fill(engine);
      expect(engine.stats().hitLatencyNs).toBeUndefined();
      expect(engine.stats().missLatencyNs).toBeUndefined();
      for (let i = 0; i < 640; i++) await engine.get(bytes(key(COUNT - 1)));
      expect(engine.stats().hitLatencyNs).toBe(7);
      for (let i = 0; i < 640; i++) await engine.get(bytes(key(i)));
      expect(engine.stats().missLatencyNs).toBe(7);
      await engine.close();
    });
  });

  it("refuses settings out of range", async () => {
    await inTempDir(async (dir) => {
      for (const settings of [{ memoryBytes: 1000 }, { fileSizeBytes: 1 }, { unheardOf: 1 }]) {
        await expect(open(memoryModule, dir, { settings })).rejects.toMatchObject({
          code: "ENGINE_OPTION",
        });
      }
    });
  });
});

describe("random calls on a tiny budget", () => {
  it.each<[number, Durability, "one" | "tick"]>([
    [1, "memory", "one"],
    [2, "os", "one"],
    [3, "os", "tick"],
    [4, "group", "tick"],
  ])("seed %i at %s, writes by %s: are those of a Map", async (seed, durability, writeGrouping) => {
    await inTempDir(async (dir) => {
      const random = seeded(seed);
      const options = { durability, writeGrouping };
      let engine = await open(tinyModule, dir, options);
      const model = new Map<string, string>();
      let snapshot = engine.snapshot();
      let snapshotState = new Map(model);
      let background: Promise<unknown> = Promise.resolve();
      for (let step = 0; step < 4000; step++) {
        const what = `seed ${seed}, step ${step}`;
        const name = key(random(400));
        const value = `${step}:${"x".repeat(random(500))}`;
        const action = random(40);
        if (action < 14) {
          model.set(name, value);
          void engine.put(bytes(name), bytes(value));
        } else if (action < 18) {
          model.delete(name);
          void engine.delete(bytes(name));
        } else if (action < 21) {
          const other = key(random(400));
          model.set(name, "batch");
          model.set(other, value);
          model.delete(name);
          const batch = new WriteBatch().put(bytes(name), bytes("batch"));
          void engine.batch(batch.put(bytes(other), bytes(value)).delete(bytes(name)));
          if (name === other) model.delete(name);
        } else if (action < 38) {
          expect(text(await engine.get(bytes(name))), what).toBe(model.get(name));
          const old = text(await engine.get(bytes(name), snapshot));
          expect(old, `${what}, in the past`).toBe(snapshotState.get(name));
        } else if (action === 38 && random(10) === 0) {
          background = engine.compact();
          if (random(2) === 0) await background;
        } else if (random(20) === 0) {
          expect(await contents(engine), what).toEqual(model);
          snapshot.close();
          if (random(2) === 0) {
            await background;
            await engine.close();
            engine = await open(tinyModule, dir, options);
          }
          snapshot = engine.snapshot();
          snapshotState = new Map(model);
        }
      }
      await background;
      expect((await engine.verify()).problems).toEqual([]);
      const copy = path.join(dir, "copy");
      await engine.checkpoint(copy);
      await engine.close();
      for (const folder of [dir, copy]) {
        const again = await open(tinyModule, folder, options);
        expect(await contents(again), folder).toEqual(model);
        await again.close();
      }
    });
  });
});

function range(): number[] {
  return Array.from({ length: COUNT }, (_, i) => i);
}
