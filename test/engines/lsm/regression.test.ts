// Mistakes that stores of this kind have made (LevelDB issues 178, 200 and 320; told in own
// words), and those that this one made once. Each is the shortest run that shows it.

import { describe, expect, it } from "vitest";
import type { Engine } from "../../../engines/engine.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, contents, text } from "../support/stores.ts";
import { levelsByName, openTiny, settle } from "./tiny-levels.ts";

const key = (i: number) => bytes(`key${String(i).padStart(4, "0")}`);
const LONG = new Uint8Array(2000).fill(0x76);

async function keysOf(engine: Engine, options: Parameters<Engine["scan"]>[0]): Promise<string[]> {
  const cursor = engine.scan(options);
  const seen: string[] = [];
  for (let chunk = await cursor.next(); chunk !== undefined; chunk = await cursor.next()) {
    for (let i = 0; i < chunk.count; i++) seen.push(text(chunk.key(i))!);
  }
  await cursor.close();
  return seen;
}

describe("lsm does not", () => {
  it("bring deleted keys back when it is compacted by hand (178)", async () => {
    const engine = await openTiny(new MemoryFileSystem());
    for (let i = 0; i < 300; i++) await engine.put(key(i), LONG);
    await engine.compact();
    for (let i = 0; i < 300; i++) await engine.put(key(i), LONG);
    for (let i = 0; i < 200; i++) await engine.delete(key(i));
    for (let round = 0; round < 3; round++) {
      await engine.compact();
      expect((await contents(engine)).size).toBe(100);
      expect(await engine.get(key(0))).toBeUndefined();
      await engine.put(bytes(`another${round}`), LONG);
      await engine.delete(bytes(`another${round}`));
    }
    await engine.close();
  });

  it("split the versions of a key over tables, however many a snapshot keeps", async () => {
    const fileSystem = new MemoryFileSystem();
    const engine = await openTiny(fileSystem);
    const snapshots = Array.from({ length: 40 }, () => {
      engine.put(key(5), LONG);
      return engine.snapshot();
    });
    await engine.put(key(4), LONG);
    await engine.put(key(6), LONG);
    await engine.compact();
    expect(levelsByName(fileSystem).size, "tables of 4 KiB, but for that key").toBeLessThan(5);
    await engine.delete(key(5));
    await engine.compact();
    expect(await engine.get(key(5))).toBeUndefined();
    expect(await engine.get(key(5), snapshots[0])).toEqual(LONG);
    expect((await contents(engine)).size).toBe(2);
    await engine.close();
  });

  it("lose a neighbour where a scan turns round between memtable and tables (200)", async () => {
    const engine = await openTiny(new MemoryFileSystem());
    await engine.put(bytes("1"), bytes("b"));
    await engine.put(bytes("2"), bytes("c"));
    await engine.put(bytes("3"), bytes("d"));
    await engine.compact();
    await engine.put(bytes("2"), bytes("e"));
    await engine.delete(bytes("3"));
    expect(await keysOf(engine, { gte: bytes("2") })).toEqual(["2"]);
    expect(await keysOf(engine, { lte: bytes("2"), reverse: true })).toEqual(["2", "1"]);
    expect(await keysOf(engine, { lt: bytes("2"), reverse: true })).toEqual(["1"]);
    expect(await keysOf(engine, { gt: bytes("1") })).toEqual(["2"]);
    expect(await keysOf(engine, { reverse: true })).toEqual(["2", "1"]);
    await engine.close();
  });

  it("lose keys in a small loop of puts, deletes and snapshots (320)", async () => {
    const engine = await openTiny(new MemoryFileSystem());
    const model = new Map<string, string>();
    for (let round = 0; round < 4000; round++) {
      const name = text(key((round * 7919) % 300))!;
      if (round % 3 === 2) {
        model.delete(name);
        await engine.delete(bytes(name));
      } else {
        const value = `${round}${"v".repeat(round % 400)}`;
        model.set(name, value);
        await engine.put(bytes(name), bytes(value));
      }
      if (round % 97 === 0) engine.snapshot().close();
      if (round % 500 !== 0) continue;
      for (let i = 0; i < 300; i++) {
        const each = text(key(i))!;
        expect(text(await engine.get(bytes(each))), `round ${round}`).toBe(model.get(each));
      }
    }
    expect(await contents(engine)).toEqual(new Map([...model].sort()));
    await engine.close();
  });

  it("drop a delete while what it hides is below, beyond the range of level 0", async () => {
    const fileSystem = new MemoryFileSystem();
    const engine = await openTiny(fileSystem);
    for (let i = 0; i < 60; i++) await engine.put(key(i), LONG);
    await engine.compact();
    expect(Math.min(...levelsByName(fileSystem).values())).toBeGreaterThan(1);
    // A delete that gets down to level 1, and then writes far away from it, table after table.
    await engine.delete(key(1));
    for (let round = 0; round < 40; round++) {
      for (let i = 50; i < 60; i++) {
        await engine.put(key(i), LONG);
        await engine.put(key(i - round), LONG.subarray(0, 10));
        await engine.delete(key(1));
      }
      await settle();
      expect(await engine.get(key(1)), `round ${round}`).toBeUndefined();
      expect((await keysOf(engine, { lt: key(3) })).includes("key0001")).toBe(false);
    }
    await engine.close();
  });

  it("bring deleted keys back when it is tiered after it was leveled", async () => {
    const fileSystem = new MemoryFileSystem();
    const leveled = await openTiny(fileSystem);
    for (let i = 0; i < 60; i++) await leveled.put(key(i), LONG);
    await leveled.compact();
    await leveled.close();
    const engine = await openTiny(fileSystem, { settings: { tiered: true } });
    for (let i = 0; i < 30; i++) await engine.delete(key(i));
    for (let round = 0; round < 300; round++) await engine.put(key(50 + (round % 10)), LONG);
    await settle();
    expect((await contents(engine)).size).toBe(30);
    await engine.compact();
    expect((await contents(engine)).size).toBe(30);
    await engine.close();
  });

  it("take a write after a reopening for older than what is in tables", async () => {
    const fileSystem = new MemoryFileSystem();
    const first = await openTiny(fileSystem);
    // The snapshot makes the table keep the sequences; the log is empty at the close.
    first.snapshot();
    for (let i = 0; i < 50; i++) await first.put(key(i % 5), bytes(`old${i}`));
    await first.compact();
    await first.close();
    const engine = await openTiny(fileSystem);
    const snapshot = engine.snapshot();
    for (let i = 0; i < 5; i++) await engine.put(key(i), bytes("new"));
    await engine.compact();
    expect([...(await contents(engine)).values()]).toEqual(["new", "new", "new", "new", "new"]);
    expect(text(await engine.get(key(4), snapshot))).toBe("old49");
    await engine.close();
  });

  it("flush a memtable that has nothing in it", async () => {
    const fileSystem = new MemoryFileSystem();
    await (await openTiny(fileSystem)).close();
    for (const durability of ["group", "sync", "os"] as const) {
      const engine = await openTiny(fileSystem, { durability });
      await engine.compact();
      await engine.close();
    }
    expect(levelsByName(fileSystem).size).toBe(0);
  });
});
