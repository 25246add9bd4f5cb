// Closing while something is under way, and what nobody refers to. After segfault-test,
// cleanup-hanging-iterators-test, iterator-gc-test, clear-gc-test and chained-batch-gc-test of
// classic-level.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { AbstractIterator } from "abstract-level";
import { describe, expect, it } from "vitest";
import type { Engine, EngineModule, EngineOptions } from "../../../engines/engine.ts";
import { RingbenchLevel } from "../../../engines/level/level.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { failure, LEVEL_ENGINES, withLevel } from "./databases.ts";

type Call = (db: RingbenchLevel) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  "get()": (db) => db.get("key"),
  "getMany()": (db) => db.getMany(["key", "key"]),
  "put()": (db) => db.put("key2", "value"),
  "put() with sync": (db) => db.put("key2", "value", { sync: true }),
  "del()": (db) => db.del("key"),
  "del() with sync": (db) => db.del("key", { sync: true }),
  "batch([])": (db) => db.batch([{ type: "del", key: "key" }]),
  "batch([]) with sync": (db) => db.batch([{ type: "del", key: "key" }], { sync: true }),
  "batch()": (db) => db.batch().del("key").write(),
  "batch() with sync": (db) => db.batch().del("key").write({ sync: true }),
  "clear()": (db) => db.clear(),
  "compactRange()": (db) => db.compactRange("a", "z"),
  "all of them": (db) =>
    Promise.all(
      Object.values(CALLS)
        .slice(0, -1)
        .map((call) => call(db)),
    ),
};

describe.each(LEVEL_ENGINES)("close() of a database on %s", (engine) => {
  describe.each(["os", "group"] as const)("at %s", (durability) => {
    it.each(Object.entries(CALLS))("waits for a pending %s", async (_name, call) => {
      await withLevel(engine, { durability }, async (db) => {
        await db.put("key", "value");
        let finished = false;
        void call(db).then(() => {
          finished = true;
        });
        await db.close();
        expect(finished).toBe(true);
      });
    });
  });

  it("closes iterators and snapshots that were left open, in whatever state", async () => {
    await withLevel(engine, {}, async (db) => {
      await fill(db, 5);
      const snapshot = db.snapshot();
      const iterators: { next(): Promise<unknown> }[] = [];
      for (let i = 0; i < 50; i++) {
        const unread = db.iterator();
        const read = db.values({ snapshot });
        const ended = db.keys();
        await read.next();
        await ended.nextv(10);
        iterators.push(unread, read, ended);
        void db.iterator().next();
      }
      await db.close();
      for (const iterator of iterators) {
        const error = await failure(() => iterator.next());
        expect(error.code).toBe("LEVEL_ITERATOR_NOT_OPEN");
      }
      await db.open();
      const error = await failure(() => db.get("0", { snapshot }));
      expect(error.code).toBe("LEVEL_SNAPSHOT_NOT_OPEN");
    });
  });

  it("leaves no snapshot of the engine open, and an iterator neither", async () => {
    const counted = await countSnapshots(engine);
    await withLevel(engine, { engine: counted.module }, async (db) => {
      await fill(db, 10);
      await db.iterator().all();
      await db.keys({ limit: 2 }).all();
      for await (const _ of db.values()) break;
      await db.clear({ limit: 1 });
      expect(counted.open()).toBe(0);
      const snapshot = db.snapshot();
      const iterator = db.iterator({ snapshot });
      db.iterator();
      expect(counted.open()).toBe(2);
      await iterator.close();
      expect(counted.open()).toBe(2);
      await db.close();
      expect(counted.open()).toBe(0);
      await db.open();
    });
  });

  it("ends an iteration that goes on and on", async () => {
    await withLevel(engine, {}, async (db) => {
      await fill(db, 5000);
      const iterator = db.iterator();
      const reading = failure(async () => {
        for (;;) {
          if ((await iterator.next()) === undefined) iterator.seek("0");
        }
      });
      await db.close();
      expect((await reading).code).toBe("LEVEL_ITERATOR_NOT_OPEN");
    });
  });

  it("a database lives as long as its iterator, a batch until it is written", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const iterator = await unreferenced(engine);
    collectGarbage();
    expect(await iterator.nextv(2000)).toHaveLength(1000);
    const { db } = iterator;
    const writing = writeMany(db);
    collectGarbage();
    await writing;
    const clearing = db.clear();
    collectGarbage();
    await clearing;
    expect(await db.keys().all()).toEqual([]);
    await db.close();
  });
});

/** The engine's module, and how many snapshots are open in what it opened. */
async function countSnapshots(
  name: string,
): Promise<{ readonly module: EngineModule; open(): number }> {
  const module = await loadEngine(name);
  let count = 0;
  const open = async (options: EngineOptions): Promise<Engine> => {
    const engine = await module.open(options);
    const take = engine.snapshot.bind(engine);
    engine.snapshot = () => {
      const snapshot = take();
      const close = snapshot.close.bind(snapshot);
      count++;
      snapshot.close = () => {
        count--;
        close();
      };
      return snapshot;
    };
    return engine;
  };
  return { module: { ...module, open }, open: () => count };
}

/** An iterator whose database nobody else refers to. */
async function unreferenced(
  engine: string,
): Promise<AbstractIterator<RingbenchLevel, string, string>> {
  const db = new RingbenchLevel("level", { engine, fileSystem: new MemoryFileSystem() });
  await fill(db, 1000);
  return db.iterator() as AbstractIterator<RingbenchLevel, string, string>;
}

async function fill(db: RingbenchLevel, count: number): Promise<void> {
  const keys = Array.from({ length: count }, (_, i) => String(i));
  await db.batch(keys.map((key) => ({ type: "put", key, value: `value ${key}` })));
}

/** The batch is written, and nobody refers to it. */
function writeMany(db: RingbenchLevel): Promise<void> {
  const batch = db.batch();
  for (let i = 0; i < 1000; i++) batch.put(`more ${i}`, "value");
  return batch.write({ sync: true });
}
