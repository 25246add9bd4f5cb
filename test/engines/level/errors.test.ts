// Errors of the engine in the words of Level, with the engine's own as their cause.

import path from "node:path";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../../engines/errors.ts";
import { RingbenchLevel } from "../../../engines/level/level.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { inTempDir } from "../support/stores.ts";
import { failure, LEVEL_ENGINES, withLevel } from "./databases.ts";

const LOCATION = path.resolve("level");

describe.each(LEVEL_ENGINES)("errors of a database on %s", (engine) => {
  it("damage is LEVEL_CORRUPTION, with the file and the offset in the cause", async () => {
    const fileSystem = new MemoryFileSystem();
    const db = new RingbenchLevel(LOCATION, { engine, fileSystem });
    await db.put("key", "a value to be found");
    await db.close();
    const damaged = new MemoryFileSystem(flipBit(fileSystem.files(), "value to be found"));
    const broken = new RingbenchLevel(LOCATION, { engine, fileSystem: damaged });
    const error = await failure(async () => {
      await broken.open();
      await broken.get("key");
    });
    // It may find the damage again when it closes, and lets go of the folder all the same.
    await broken.close().catch(() => broken.close());
    // An engine that reads all of it when it opens does not open.
    const cause = error.code === "LEVEL_DATABASE_NOT_OPEN" ? (error.cause as Error) : error;
    expect(cause).toMatchObject({ name: "LevelError", code: "LEVEL_CORRUPTION" });
    expect(cause.cause).toBeInstanceOf(EngineError);
    expect(cause.cause).toMatchObject({
      code: "ENGINE_CORRUPTION",
      file: expect.stringContaining(LOCATION),
      offset: expect.any(Number),
    });
  });

  it("says whether the key or the value is too long, and changes nothing", async () => {
    await withLevel(engine, {}, async (db) => {
      const { maxKeyBytes, maxValueBytes } = db.engine.supports;
      const longKey = "k".repeat(maxKeyBytes + 1);
      const longValue = Buffer.alloc(maxValueBytes + 1);
      const binary = { valueEncoding: "buffer" } as const;
      const good = { type: "put", key: "good", value: "1" } as const;
      const badKey = { type: "put", key: longKey, value: "1" } as const;
      const badValue = { type: "put", key: "k", value: longValue, ...binary } as const;
      const keyCalls = [
        () => db.put(longKey, "1"),
        () => db.get(longKey),
        () => db.getSync(longKey),
        () => db.del(longKey),
        () => db.has(longKey),
        () => db.batch([good, badKey]),
        () => db.batch().put("good", "1").put(longKey, "1").write(),
      ];
      for (const call of keyCalls) {
        expect(await failure(call)).toMatchObject({
          code: "LEVEL_INVALID_KEY",
          cause: { code: "ENGINE_LIMIT" },
        });
      }
      const valueCalls = [
        () => db.put("k", longValue, binary),
        () => db.batch<string, string | Buffer>([good, badValue], {}),
        () => db.batch().put("good", "1").put("k", longValue, binary).write(),
      ];
      for (const call of valueCalls) {
        expect(await failure(call)).toMatchObject({
          code: "LEVEL_INVALID_VALUE",
          cause: { code: "ENGINE_LIMIT" },
        });
      }
      expect(await db.keys().all()).toEqual([]);
      await db.put("k".repeat(maxKeyBytes), "longest");
      expect(await db.get("k".repeat(maxKeyBytes))).toBe("longest");
    });
  });

  it("a full disk is LEVEL_IO_ERROR, and the write may be tried again", async () => {
    await inTempDir(async (dir) => {
      const fileSystem = new FaultyFileSystem();
      const db = new RingbenchLevel(path.join(dir, "data"), { engine, fileSystem });
      await db.put("before", "1");
      fileSystem.failNext("write", "ENOSPC");
      const error = await failure(() => db.put("refused", "1"));
      expect(error).toMatchObject({ code: "LEVEL_IO_ERROR", cause: { code: "ENGINE_NO_SPACE" } });
      await db.put("after", "1");
      expect(await db.keys().all()).toEqual(["after", "before"]);
      await db.close();
    });
  });

  it("a failed sync is LEVEL_IO_ERROR, then LEVEL_READONLY until it is opened again", async () => {
    await inTempDir(async (dir) => {
      const fileSystem = new FaultyFileSystem();
      const db = new RingbenchLevel(path.join(dir, "data"), { engine, fileSystem });
      await db.put("before", "1", { sync: true });
      fileSystem.failNext("sync", "EIO");
      const error = await failure(() => db.put("refused", "1", { sync: true }));
      expect(["LEVEL_IO_ERROR", "LEVEL_READONLY"]).toContain(error.code);
      expect(await failure(() => db.put("next", "1"))).toMatchObject({ code: "LEVEL_READONLY" });
      expect(await db.get("before")).toBe("1");
      await db.close().catch(() => db.close());
      expect(db.status).toBe("closed");
      await db.open();
      await db.put("next", "1");
      expect(await db.getMany(["before", "next"])).toEqual(["1", "1"]);
      await db.close();
    });
  });

  it("refuses a snapshot of another database", async () => {
    await withLevel(engine, {}, async (db) => {
      await withLevel(engine, {}, async (other) => {
        const snapshot = other.snapshot();
        const stranger = { ref() {}, unref() {} } as never;
        for (const given of [snapshot, stranger]) {
          const reads = [
            () => db.get("a", { snapshot: given }),
            () => db.iterator({ snapshot: given }).next(),
            () => db.clear({ snapshot: given }),
          ];
          for (const read of reads) {
            expect(await failure(read)).toMatchObject({ code: "LEVEL_NOT_SUPPORTED" });
          }
        }
      });
    });
  });
});

/** The files with one bit of the text changed, in the one file that holds it. */
function flipBit(files: ReadonlyMap<string, Uint8Array>, text: string): Map<string, Uint8Array> {
  const changed = new Map<string, Uint8Array>();
  let found = 0;
  for (const [name, bytes] of files) {
    const copy = Buffer.from(bytes);
    const at = copy.indexOf(text);
    if (at >= 0) {
      copy[at]! ^= 1;
      found++;
    }
    changed.set(name, copy);
  }
  expect(found, "files that hold the text").toBe(1);
  return changed;
}
