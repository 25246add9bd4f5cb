// Goal: background work that fails loses nothing that was acknowledged, says what happened,
// leaves no file behind, and goes on when the cause is gone. Method: a run through several
// levels is repeated with an error at one changing call of the file system after the other.

import { describe, expect, it } from "vitest";
import type { Durability, Engine } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import type { File, OpenMode } from "../../../engines/io/filesystem.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, contents, seeded } from "../support/stores.ts";
import { places } from "./places.ts";
import { expectOnlyListed, openTiny, settle, settled } from "./tiny-levels.ts";

const STEPS = 260;
const KEYS = 90;
const TEST_MS_MAX = 900_000;

/** Remembers which call it was that failed. */
class OneFault extends FaultyFileSystem {
  failed = "none";

  override step(name: string, before?: () => void): void {
    try {
      super.step(name, before);
    } catch (error) {
      this.failed = name;
      throw error;
    }
  }
}

/** Has no room for tables, though for logs, when it is told so. */
class NoTables extends MemoryFileSystem {
  isFull = false;

  override openSync(filePath: string, mode: OpenMode): File {
    if (this.isFull && mode === "create" && filePath.endsWith(".sst")) {
      throw Object.assign(new Error("ENOSPC: planted"), { code: "ENOSPC" });
    }
    return super.openSync(filePath, mode);
  }
}

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
        const fileSystem = new OneFault({ failAt, code, partial: 0.5 }, memory);
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
          // What could not be removed is removed at the next open.
          if (fileSystem.failed !== "remove") expectOnlyListed(memory, `${what}, going on`);
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

  it.each<[Durability, "one" | "tick"]>([
    ["os", "one"],
    ["os", "tick"],
    ["group", "tick"],
    ["sync", "one"],
  ])(
    "at %s, by %s, takes no more writes when nobody knows which manifest holds",
    async (level, by) => {
      const options = { durability: level, writeGrouping: by };
      const counted = new FaultyFileSystem({ only: "syncDir" }, new MemoryFileSystem());
      await (await openTiny(counted, options)).close();
      let readOnly = 0;
      for (let failAt = counted.operations; failAt < 40; failAt++) {
        const what = `sync ${failAt} of the folder`;
        const memory = new MemoryFileSystem();
        const fileSystem = new FaultyFileSystem({ failAt, code: "EIO", only: "syncDir" }, memory);
        const engine = await openTiny(fileSystem, options);
        const value = bytes("v".repeat(30_000));
        const kept: string[] = [];
        const codes: string[] = [];
        for (let i = 10; i < 40; i++) {
          try {
            await settled(engine.put(bytes(`key${i}`), value), `${what}, write ${i}`);
            kept.push(`key${i}`);
          } catch (error) {
            if (!(error instanceof EngineError)) throw error;
            codes.push(error.code);
          }
          // Of the work that a write makes due some is done before the next one, some beside it.
          for (let turn = i % 9; turn > 0; turn--) await undefined;
        }
        await settle();
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
        const found = [...(await contents(again)).keys()];
        expect(found, what).toEqual(kept);
        await settle();
        expectOnlyListed(memory, what);
        await again.close();
      }
      expect(readOnly).toBeGreaterThan(5);
    },
  );

  it("refuses those who wait for a flush that fails, and goes on once there is room", async () => {
    const fileSystem = new NoTables();
    const engine = await openTiny(fileSystem);
    const value = bytes("v".repeat(10_000));
    const kept: string[] = [];
    for (const isFull of [true, false, true, false]) {
      fileSystem.isFull = isFull;
      const codes: string[] = [];
      const writes = Array.from({ length: 30 }, async (_, i) => {
        const key = `${String(kept.length).padStart(4, "0")}.${i}`;
        try {
          await engine.put(bytes(key), value);
          kept.push(key);
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          codes.push(error.code);
        }
      });
      for (const write of writes) await settled(write, "a writer");
      if (isFull) expect(codes.length).toBeGreaterThan(5);
      expect(new Set(codes)).toEqual(new Set(isFull ? ["ENGINE_NO_SPACE"] : []));
      expect([...(await contents(engine)).keys()].sort()).toEqual([...kept].sort());
    }
    await engine.close();
    const again = await openTiny(fileSystem);
    expect((await contents(again)).size).toBe(kept.length);
    await again.close();
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
