// Goal: damage, and reads that fail, are met with an error that says where, by whoever meets
// them; the rest of the store stays readable, a compaction keeps what it could not read, and a
// cursor passes nothing over. Method: bytes of tables are changed, and reads fail, while the
// store is open.

import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import type { File, OpenMode } from "../../../engines/io/filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, contents, text } from "../support/stores.ts";
import { openTiny, tablesOf } from "./tiny-levels.ts";

const KEYS = 300;
const key = (i: number) => bytes(`key${String(i).padStart(4, "0")}`);
const value = (i: number) => bytes(`${i}:${"v".repeat(400)}`);

/** A read of a table fails when it is told to. */
class ReadFaults extends MemoryFileSystem {
  /** Reads of tables up to the one that fails; 0: none does. */
  failAt = 0;
  reads = 0;

  override openSync(filePath: string, mode: OpenMode): File {
    const file = super.openSync(filePath, mode);
    if (!filePath.endsWith(".sst") || mode !== "read") return file;
    return new Proxy(file, {
      get: (target, name) => {
        if (name === "readSync") {
          return (...args: Parameters<File["readSync"]>) => {
            this.reads++;
            if (--this.failAt === 0)
              throw Object.assign(new Error("EIO: planted"), { code: "EIO" });
            return target.readSync(...args);
          };
        }
        const member: unknown = Reflect.get(target, name);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  }
}

/** Some hundred keys in the tables of several levels, and a few in the memtable. */
async function filled(fileSystem: MemoryFileSystem): Promise<Engine> {
  const engine = await openTiny(fileSystem);
  for (let i = 0; i < KEYS; i++) await engine.put(key((i * 7) % KEYS), value((i * 7) % KEYS));
  await engine.compact();
  return engine;
}

/** Where the value of the key stands, in whichever table. */
function placeOf(fileSystem: MemoryFileSystem, i: number): { file: string; offset: number } {
  for (const file of tablesOf(fileSystem)) {
    const offset = Buffer.from(fileSystem.readFileSync(file)).indexOf(value(i));
    if (offset >= 0) return { file, offset };
  }
  throw new Error(`key ${i} is in no table`);
}

function flip(fileSystem: MemoryFileSystem, file: string, offset: number): void {
  const opened = fileSystem.openSync(file, "write");
  const byte = new Uint8Array(1);
  opened.readSync(byte, 0, 1, offset);
  byte[0] = byte[0]! ^ 0x10;
  opened.writeSync(byte, 0, 1, offset);
  opened.closeSync();
}

function expectDamage(error: unknown, file: string, offset: number, what: string): void {
  expect(error, what).toBeInstanceOf(EngineError);
  expect(error, what).toMatchObject({ code: "ENGINE_CORRUPTION", file });
  const at = (error as EngineError).offset!;
  expect(at, `${what}: the offset of the block`).toBeLessThanOrEqual(offset);
  expect(at, `${what}: the offset of the block`).toBeGreaterThan(offset - 1200);
}

async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("damage in a block of lsm", () => {
  it("is refused by get, scan, verify and compact, and the rest is there", async () => {
    const fileSystem = new MemoryFileSystem();
    const engine = await filled(fileSystem);
    const { file, offset } = placeOf(fileSystem, 150);
    flip(fileSystem, file, offset + 20);
    expectDamage(await thrownBy(() => engine.get(key(150))), file, offset, "get");
    for (const reverse of [false, true]) {
      const cursor = engine.scan({ reverse });
      const seen: string[] = [];
      const error = await thrownBy(async () => {
        for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
          for (let i = 0; i < chunk.count; i++) seen.push(text(chunk.key(i))!);
        }
      });
      expectDamage(error, file, offset, "scan");
      const order = reverse ? (i: number) => KEYS - 1 - i : (i: number) => i;
      expect(seen, "what came before the damage").toEqual(seen.map((_, i) => text(key(order(i)))));
      expectDamage(await thrownBy(() => cursor.next()), file, offset, "the same cursor again");
      await cursor.close();
    }
    const { problems } = await engine.verify();
    expect(problems.map((problem) => problem.file)).toEqual([file]);
    await engine.put(key(3), bytes("new"));
    await engine.delete(key(151));
    const before = tablesOf(fileSystem);
    expectDamage(await thrownBy(() => engine.compact()), file, offset, "compact");
    for (const table of before) expect(fileSystem.existsSync(table), `${table} is kept`).toBe(true);
    expect(text(await engine.get(key(3)))).toBe("new");
    expect(text(await engine.get(key(299)))).toBe(text(value(299)));
    expectDamage(await thrownBy(() => engine.get(key(150))), file, offset, "get, later");
    await engine.close();
    const again = await openTiny(fileSystem);
    expect(text(await again.get(key(3)))).toBe("new");
    expectDamage(await thrownBy(() => again.get(key(150))), file, offset, "get, reopened");
    await again.close();
  });

  it("does not stop writes before level 0 is full, and is their error then", async () => {
    const fileSystem = new MemoryFileSystem();
    const engine = await filled(fileSystem);
    const { file, offset } = placeOf(fileSystem, 150);
    flip(fileSystem, file, offset);
    const codes: string[] = [];
    let written = 0;
    for (let i = 0; i < 1500; i++) {
      const error = await thrownBy(() => engine.put(key(i % KEYS), bytes("w".repeat(3000))));
      if (error === undefined) written++;
      else codes.push((error as EngineError).code);
    }
    expect(written).toBeGreaterThan(200);
    expect(new Set(codes)).toEqual(new Set(["ENGINE_CORRUPTION"]));
    await engine.close();
    expect(fileSystem.existsSync(file)).toBe(true);
  });

  it("ends a checkpoint of a table that became shorter", async () => {
    const fileSystem = new MemoryFileSystem();
    const engine = await filled(fileSystem);
    const [file] = tablesOf(fileSystem);
    const opened = fileSystem.openSync(file!, "write");
    opened.truncateSync(100);
    opened.closeSync();
    const error = await thrownBy(() => engine.checkpoint("/copy"));
    expect(error).toMatchObject({ code: "ENGINE_CORRUPTION", file });
    await engine.close();
  });
});

describe("a read that fails", () => {
  it("is an error of that scan, which passes nothing over when it goes on", async () => {
    const fileSystem = new ReadFaults();
    await (await filled(fileSystem)).close();
    let failed = 0;
    for (let failAt = 1; failAt < 60; failAt++) {
      for (const reverse of [false, true]) {
        const engine = await openTiny(fileSystem);
        const cursor = engine.scan({ reverse });
        fileSystem.failAt = failAt;
        const seen: string[] = [];
        const codes: string[] = [];
        for (let attempt = 0; attempt < 3; attempt++) {
          const error = await thrownBy(async () => {
            for (
              let chunk = await cursor.next();
              chunk !== undefined;
              chunk = await cursor.next()
            ) {
              for (let i = 0; i < chunk.count; i++) seen.push(text(chunk.key(i))!);
            }
          });
          if (error !== undefined) codes.push((error as EngineError).code);
        }
        fileSystem.failAt = 0;
        const what = `read ${failAt}, ${codes}`;
        const order = reverse ? (i: number) => KEYS - 1 - i : (i: number) => i;
        expect(seen, what).toEqual(seen.map((_, i) => text(key(order(i)))));
        if (codes.length === 0) expect(seen.length, what).toBe(KEYS);
        else failed++;
        expect(new Set(codes).size, what).toBeLessThanOrEqual(1);
        if (codes.length > 0) expect(codes[0], what).toBe("ENGINE_IO");
        await cursor.close();
        await engine.close();
      }
    }
    expect(failed).toBeGreaterThan(50);
  });

  it("in an input of a compaction keeps the inputs, and the next one succeeds", async () => {
    for (let failAt = 1; failAt < 40; failAt += 3) {
      const fileSystem = new ReadFaults();
      const engine = await filled(fileSystem);
      for (let i = 0; i < 50; i++) await engine.put(key(i), bytes("new"));
      const before = tablesOf(fileSystem);
      fileSystem.failAt = failAt;
      const error = await thrownBy(() => engine.compact());
      fileSystem.failAt = 0;
      expect(error, `read ${failAt}`).toMatchObject({ code: "ENGINE_IO" });
      for (const table of before) expect(fileSystem.existsSync(table)).toBe(true);
      await engine.compact();
      const found = await contents(engine);
      expect(found.size).toBe(KEYS);
      expect(found.get(text(key(7))!)).toBe("new");
      expect(tablesOf(fileSystem).map((name) => path.basename(name))).not.toContain(
        path.basename(before[0]!),
      );
      await engine.close();
    }
  });
});
