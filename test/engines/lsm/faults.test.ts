// Goal: background work that fails or is cut off loses nothing that was acknowledged, says what
// happened, leaves no file behind, and goes on when the cause is gone. Method: a run through
// several levels is repeated with an end, or an error, at one changing call of the file system
// after the other.

import { describe, expect, it } from "vitest";
import type { Durability, Engine } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { type Files, MemoryFileSystem } from "../support/memory-filesystem.ts";
import { PowerLossFileSystem } from "../support/power-loss.ts";
import { bytes, contents, seeded } from "../support/stores.ts";
import { expectOnlyListed, levelsByName, openTiny, settle } from "./tiny-levels.ts";

const NEVER = Number.POSITIVE_INFINITY;
const STEPS = 260;
const KEYS = 90;
const TEST_MS_MAX = 900_000;

/** How many of the places that could be tried are, in an everyday run. */
const PLACES = process.env.RINGBENCH_NIGHTLY === "1" ? NEVER : 20;

/** Places from `first` to `last`, spread evenly and shifted by `shift`. */
function places(first: number, last: number, shift: number): number[] {
  const step = Math.max(1, Math.ceil((last - first + 1) / PLACES));
  const chosen: number[] = [];
  for (let at = first + (shift % step); at <= last; at += step) chosen.push(at);
  return chosen;
}

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

function leave(fileSystem: PowerLossFileSystem, end: End, seed: number): Files {
  if (end === "kill") return fileSystem.kill();
  const random = seeded(seed);
  return end === "torn" ? fileSystem.losePower(() => random(2) === 0) : fileSystem.losePower();
}

async function crashAt(durability: Durability, operation: number, end: End) {
  const fault = { crashAt: operation, partial: operation === NEVER ? 0 : (operation % 4) * 0.3 };
  const fileSystem = new PowerLossFileSystem(fault);
  const progress: Progress = { states: [new Map()], acknowledged: 0 };
  let deepest = 0;
  try {
    const engine = await openTiny(fileSystem, { durability });
    await writeSteps(engine, progress);
    deepest = Math.max(...levelsByName(fileSystem).values());
    await engine.close();
  } catch (error) {
    if (!fileSystem.crashed) throw error;
  }
  await settle();
  const { operations } = fileSystem;
  return { files: leave(fileSystem, end, operation), progress, operations, deepest };
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
        const { files, progress } = await crashAt(durability, operation, end);
        const fileSystem = new PowerLossFileSystem({}, files);
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

interface Failing {
  readonly engine: Engine;
  readonly acknowledged: Map<string, string>;
  readonly codes: Set<string>;
}

/** Writes on through errors; every one must be an EngineError. */
async function writeThrough({ engine, acknowledged, codes }: Failing, steps: number, seed: number) {
  const random = seeded(seed);
  const note = (error: unknown) => {
    expect(error, String(error)).toBeInstanceOf(EngineError);
    codes.add((error as EngineError).code);
  };
  for (let step = 0; step < steps; step++) {
    const key = `key${String(random(KEYS)).padStart(3, "0")}`;
    const value = `${seed}.${step}:${"x".repeat(random(2500))}`;
    const isDelete = random(5) === 0;
    try {
      await (isDelete ? engine.delete(bytes(key)) : engine.put(bytes(key), bytes(value)));
      if (isDelete) acknowledged.delete(key);
      else acknowledged.set(key, value);
    } catch (error) {
      note(error);
    }
    if (step % 100 === 99) await engine.compact().catch(note);
  }
  await settle();
}

describe("lsm when one call fails", () => {
  it.each(["ENOSPC", "EIO"])(
    "with %s, refuses, loses nothing, and goes on without being opened again",
    { timeout: TEST_MS_MAX },
    async (code) => {
      const whole = new FaultyFileSystem({}, new MemoryFileSystem());
      const plain = await openTiny(whole);
      const first = whole.operations + 1;
      await writeThrough({ engine: plain, acknowledged: new Map(), codes: new Set() }, STEPS, 5);
      const last = whole.operations;
      await plain.close();
      const seen = new Set<string>();
      for (const failAt of places(first, last, code.length)) {
        const what = `${code} at operation ${failAt} of ${last}`;
        const memory = new MemoryFileSystem();
        const fileSystem = new FaultyFileSystem({ failAt, code, partial: 0.5 }, memory);
        const acknowledged = new Map<string, string>();
        const codes = new Set<string>();
        const engine = await openTiny(fileSystem);
        await writeThrough({ engine, acknowledged, codes }, STEPS, 5);
        expect(await contents(engine), what).toEqual(acknowledged);
        if (!codes.has("ENGINE_READ_ONLY")) {
          const later = new Set<string>();
          await writeThrough({ engine, acknowledged, codes: later }, 60, 6);
          expect([...later], `${what}: goes on`).toEqual([]);
          await engine.compact();
          await settle();
          expect(await contents(engine), what).toEqual(acknowledged);
          expect((await engine.verify()).problems, what).toEqual([]);
        }
        await engine.close().catch((error) => expect(error, what).toBeInstanceOf(EngineError));
        expect(fileSystem.openFiles, `${what}: files left open`).toBe(0);
        fileSystem.bury();
        const again = await openTiny(memory);
        expect(await contents(again), `${what}: after reopening`).toEqual(acknowledged);
        await settle();
        expectOnlyListed(memory, what);
        await again.close();
        for (const each of codes) seen.add(each);
      }
      expect([...seen].sort()).toEqual(
        [code === "EIO" ? "ENGINE_IO" : "ENGINE_NO_SPACE", "ENGINE_READ_ONLY"].sort(),
      );
    },
  );

  it("takes no more writes when nobody knows which manifest holds", async () => {
    const counted = new FaultyFileSystem({ only: "syncDir" }, new MemoryFileSystem());
    await (await openTiny(counted)).close();
    let readOnly = 0;
    for (let failAt = counted.operations; failAt < 40; failAt++) {
      const what = `sync ${failAt} of the folder`;
      const memory = new MemoryFileSystem();
      const fileSystem = new FaultyFileSystem({ failAt, code: "EIO", only: "syncDir" }, memory);
      const engine = await openTiny(fileSystem);
      const value = bytes("v".repeat(30_000));
      const kept: string[] = [];
      const codes: string[] = [];
      for (let i = 10; i < 40; i++) {
        try {
          await engine.put(bytes(`key${i}`), value);
          kept.push(`key${i}`);
        } catch (error) {
          codes.push((error as EngineError).code);
        }
        await settle();
      }
      const first = codes.indexOf("ENGINE_READ_ONLY");
      if (first >= 0) {
        readOnly++;
        expect(new Set(codes.slice(first)), what).toEqual(new Set(["ENGINE_READ_ONLY"]));
      }
      expect([...(await contents(engine)).keys()], what).toEqual(kept);
      await engine.close().catch(() => {});
      expect(fileSystem.openFiles, `${what}: files left open`).toBe(0);
      fileSystem.bury();
      const again = await openTiny(memory);
      expect([...(await contents(again)).keys()], what).toEqual(kept);
      await settle();
      expectOnlyListed(memory, what);
      await again.close();
    }
    expect(readOnly).toBeGreaterThan(5);
  });

  it("leaves no logs behind when a full disk refuses one memtable after the other", async () => {
    const memory = new MemoryFileSystem();
    const fileSystem = new FaultyFileSystem({}, memory);
    const engine = await openTiny(fileSystem);
    const value = bytes("v".repeat(30_000));
    await engine.put(bytes("a"), value);
    await engine.put(bytes("b"), value);
    const before = memory.listSync("/store").filter((name) => name.endsWith(".log")).length;
    for (let i = 0; i < 20; i++) {
      fileSystem.failNext("rename", "ENOSPC");
      await expect(async () => engine.put(bytes("c"), value)).rejects.toMatchObject({
        code: "ENGINE_NO_SPACE",
      });
    }
    const logs = memory.listSync("/store").filter((name) => name.endsWith(".log"));
    expect(logs.length).toBe(before);
    await engine.put(bytes("c"), value);
    expect((await contents(engine)).size).toBe(3);
    await engine.close();
  });
});
