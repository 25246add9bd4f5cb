// What a write and a read promise beside what the published suite asks: how safe a write is, whose
// the bytes are, what becomes of text, and that long work lets others have a turn.

import { describe, expect, it } from "vitest";
import type { RingbenchLevel } from "../../../engines/level/level.ts";
import { failure, LEVEL_ENGINES, withLevel } from "./databases.ts";

const BINARY = { keyEncoding: "view", valueEncoding: "view" } as const;

describe.each(LEVEL_ENGINES)("a database on %s", (engine) => {
  const syncCalls: Readonly<Record<string, (db: RingbenchLevel, sync: boolean) => Promise<void>>> =
    {
      put: (db, sync) => db.put("a", "1", { sync }),
      del: (db, sync) => db.del("a", { sync }),
      batch: (db, sync) => db.batch([{ type: "put", key: "a", value: "1" }], { sync }),
      "chained batch": (db, sync) => db.batch().put("a", "1").write({ sync }),
      clear: (db, sync) => db.clear({ sync }),
      "put in a sublevel": (db, sync) => db.sublevel("x").put("a", "1", { sync } as object),
    };

  it.each(Object.entries(syncCalls))("%s with sync is synced at any level", async (_, call) => {
    for (const durability of ["memory", "os"] as const) {
      await withLevel(engine, { durability }, async (db) => {
        await db.put("a", "0");
        const before = db.engine.stats().syncs!;
        await call(db, false);
        expect(db.engine.stats().syncs, `${durability} without sync`).toBe(before);
        await db.put("a", "0");
        await call(db, true);
        expect(db.engine.stats().syncs, `${durability} with sync`).toBeGreaterThan(before);
      });
    }
  });

  it("sync costs nothing more where every write is synced", async () => {
    await withLevel(engine, { durability: "sync" }, async (db) => {
      const before = db.engine.stats().syncs!;
      await db.put("a", "1", { sync: true });
      expect(db.engine.stats().syncs).toBe(before + 1);
    });
  });

  it("takes what it needs of its arguments at once", async () => {
    await withLevel<void, Uint8Array, Uint8Array>(engine, { ...BINARY }, async (db) => {
      const key = Buffer.from("b");
      const value = Buffer.from("1");
      const bound = Buffer.from("a");
      const put = db.put(key, value);
      const batch = db.batch().put(Buffer.from("c"), value);
      const iterator = db.iterator({ gte: bound });
      const seeking = db.keys();
      seeking.seek(bound);
      for (const bytes of [key, value, bound]) bytes.fill(0xff);
      await put;
      await batch.write();
      expect(String(await db.get(Buffer.from("b")))).toBe("49");
      expect(String(await db.get(Buffer.from("c")))).toBe("49");
      expect((await iterator.all()).map(String)).toEqual(["98,49"]);
      expect((await seeking.all()).map(String)).toEqual(["98"]);
    });
  });

  it("hands out bytes that belong to the caller", async () => {
    await withLevel<void, Uint8Array, Uint8Array>(engine, { ...BINARY }, async (db) => {
      // Several chunks of a cursor, which are in one memory.
      const keys = Array.from({ length: 2000 }, (_, i) => Buffer.from(`key ${10_000 + i}`));
      for (const key of keys) await db.put(key, Buffer.from(`value of ${key}`));
      const expected = keys.flatMap((key) => [String(key), `value of ${key}`]);
      for (const encoding of ["view", "buffer"]) {
        const entries = await db.iterator({ keyEncoding: encoding, valueEncoding: encoding }).all();
        expect(entries.flat().map((bytes) => Buffer.from(bytes).toString())).toEqual(expected);
      }
      const read = async (): Promise<Uint8Array[]> => [
        (await db.get(keys[0]!))!,
        db.getSync(keys[0]!)!,
        ...((await db.getMany(keys)) as Uint8Array[]),
        ...(await db.iterator().all()).flat(),
        ...(await db.keys().all()),
        ...(await db.values().all()),
      ];
      const first = await read();
      const texts = first.map(String);
      for (const bytes of first) bytes.fill(0);
      expect((await read()).map(String)).toEqual(texts);
    });
  });

  it("keeps text as UTF-8, of any length", async () => {
    await withLevel(engine, {}, async (db) => {
      const units = ["x", "ü", "€", "\u{1F600}"];
      const lengths = [0, 1, 255, 256, 257, 5461, 5462, 16_383, 16_384, 16_385];
      const texts = units.flatMap((unit) => lengths.map((length) => unit.repeat(length)));
      texts.push("\uFEFFwith a mark", "\u0000", "a\u0000b");
      for (const text of texts) {
        const key = text.slice(0, 16_000);
        await db.put(key, text);
        expect(db.getSync(key) === text, `${text.length} of ${text.slice(0, 2)}`).toBe(true);
        expect(await db.get(key, { valueEncoding: "buffer" })).toEqual(Buffer.from(text));
        expect((await db.iterator({ gte: key, limit: 1 }).next())![1] === text).toBe(true);
      }
      await db.put("lone", "\uD83D");
      expect(await db.get("lone")).toBe("\uFFFD");
    });
  });

  it("lets others have a turn during a long iteration and a long clear", async () => {
    await withLevel(engine, {}, async (db) => {
      const batch = db.batch();
      for (let i = 0; i < 20_000; i++) batch.put(String(i), "");
      await batch.write();
      const works: Readonly<Record<string, () => Promise<unknown>>> = {
        "for await": async () => {
          for await (const _ of db.iterator());
        },
        all: () => db.keys().all(),
        clear: () => db.clear(),
      };
      for (const [name, work] of Object.entries(works)) {
        expect(await countTurns(work), name).toBeGreaterThan(10);
      }
    });
  });

  it("compactRange() gives back the space of what was deleted", async () => {
    await withLevel(engine, {}, async (db) => {
      for (let i = 0; i < 500; i++) await db.put(String(i), "x".repeat(1000));
      await db.clear();
      const before = db.engine.stats().diskBytes!;
      await db.compactRange("0", "9");
      expect(db.engine.stats().diskBytes).toBeLessThan(before / 10);
      const missing = db.compactRange as (start: string) => Promise<void>;
      expect(await failure(() => missing.call(db, "0"))).toBeInstanceOf(TypeError);
      await db.close();
      const closed = await failure(() => db.compactRange("0", "9"));
      expect(closed.code).toBe("LEVEL_DATABASE_NOT_OPEN");
      const opening = db.open();
      await db.compactRange("0", "9");
      await opening;
    });
  });
});

/** How often the event loop came round while the work was done. */
async function countTurns(work: () => Promise<unknown>): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  let turns = 0;
  port2.onmessage = () => {
    turns++;
    port1.postMessage(0);
  };
  port1.postMessage(0);
  await work();
  port2.onmessage = null;
  port1.close();
  return turns;
}
