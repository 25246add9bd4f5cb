// Goal: a write that fails changes nothing and is followed by working writes; a sync that fails is
// final. Method: each write, sync and file creation in turn fails with ENOSPC or EIO, half written.

import { describe, expect, it } from "vitest";
import type { Durability, EngineModule } from "../../../engines/engine.ts";
import { EngineError } from "../../../engines/errors.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { FaultyFileSystem } from "../support/faulty-filesystem.ts";
import { MemoryFileSystem } from "../support/memory-filesystem.ts";
import { bytes, contents, OWN_ENGINES, open, smallFiles, stride } from "../support/stores.ts";
import { STORE_DIR } from "../support/tiny-store.ts";

const WRITES = 40;

/** Runs writes against a file system with one fault; returns what was acknowledged. */
async function runWithFault(
  module: EngineModule,
  durability: Durability,
  writeGrouping: "one" | "tick",
  fileSystem: FaultyFileSystem,
): Promise<{ acknowledged: Map<string, string>; codes: string[] }> {
  const options = { durability, writeGrouping, fileSystem, settings: smallFiles(module) };
  const engine = await open(module, STORE_DIR, options);
  const acknowledged = new Map<string, string>();
  const codes: string[] = [];
  for (let i = 0; i < WRITES; i += 4) {
    const group = [0, 1, 2, 3].map(async (j) => {
      // Overwrites free a place for the next value, new keys take one: both, in turn.
      const key = (i + j) % 3 === 2 ? `new${i + j}` : `key${(i + j) % 11}`;
      const value = `${i + j}:${"v".repeat(3000)}`;
      await engine.put(bytes(key), bytes(value));
      acknowledged.set(key, value);
    });
    for (const result of await Promise.allSettled(group)) {
      if (result.status === "fulfilled") continue;
      expect(result.reason, String(result.reason)).toBeInstanceOf(EngineError);
      codes.push((result.reason as EngineError).code);
    }
    expect(await contents(engine), "what was refused is not visible").toEqual(acknowledged);
  }
  await engine.close().catch((error: EngineError) => codes.push(error.code));
  fileSystem.bury();
  return { acknowledged, codes };
}

async function reopened(
  module: EngineModule,
  fileSystem: FileSystem,
): Promise<Map<string, string>> {
  const settings = smallFiles(module);
  const engine = await open(module, STORE_DIR, { fileSystem, settings });
  const found = await contents(engine);
  await engine.close();
  return found;
}

describe.each(OWN_ENGINES)("$name with a full disk", (module) => {
  it.each<[Durability, "one" | "tick"]>([
    ["os", "one"],
    ["os", "tick"],
    ["group", "tick"],
    ["sync", "one"],
  ])("at %s, writes by %s: refuses one write, keeps the rest, goes on", async (level, grouping) => {
    let refusals = 0;
    for (let failAt = 8; failAt < 70; failAt += stride(2)) {
      const memory = new MemoryFileSystem();
      const fault = { failAt, code: "ENOSPC", partial: 0.5, only: "write" };
      const fileSystem = new FaultyFileSystem(fault, memory);
      const { acknowledged, codes } = await runWithFault(module, level, grouping, fileSystem);
      for (const code of codes) expect(code).toBe("ENGINE_NO_SPACE");
      refusals += codes.length;
      expect(await reopened(module, memory), `write ${failAt}`).toEqual(acknowledged);
    }
    expect(refusals).toBeGreaterThan(0);
  });
});

describe.each(OWN_ENGINES)("$name when a sync fails", (module) => {
  it.each<Durability>(["group", "sync"])(
    "at %s takes no more writes until reopened",
    async (level) => {
      const memory = new MemoryFileSystem();
      const fileSystem = new FaultyFileSystem({ failAt: 6, code: "EIO", only: "sync" }, memory);
      const options = { durability: level, fileSystem, settings: smallFiles(module) };
      const engine = await open(module, STORE_DIR, options);
      const codes: string[] = [];
      const acknowledged = new Map<string, string>();
      for (let i = 0; i < 10; i++) {
        try {
          await engine.put(bytes(`key${i}`), bytes(`value${i}`));
          acknowledged.set(`key${i}`, `value${i}`);
        } catch (error) {
          codes.push((error as EngineError).code);
        }
      }
      expect(codes[0]).toBe("ENGINE_IO");
      expect(codes.length).toBeGreaterThan(3);
      for (const code of codes.slice(1)) expect(code).toBe("ENGINE_READ_ONLY");
      for (const [key, value] of acknowledged) {
        expect(await engine.get(bytes(key))).toEqual(bytes(value));
      }
      await engine.close().catch(() => {});
      fileSystem.bury();
      const found = await reopened(module, memory);
      for (const [key, value] of acknowledged) expect(found.get(key)).toBe(value);
    },
  );
});

describe.each(OWN_ENGINES)("$name when any one call fails", (module) => {
  it("keeps what was acknowledged, and opens again with exactly that", async () => {
    let failures = 0;
    let readOnly = 0;
    let operations = 60;
    for (let failAt = 20; failAt <= operations; failAt += stride(2)) {
      const memory = new MemoryFileSystem();
      const code = failAt % 4 < 2 ? "ENOSPC" : "EIO";
      const fileSystem = new FaultyFileSystem({ failAt, code, partial: 0.5 }, memory);
      const engine = await open(module, STORE_DIR, { fileSystem, settings: smallFiles(module) });
      const acknowledged = new Map<string, string>();
      const attempt = async (run: () => void | Promise<void>, done: () => void) => {
        try {
          await run();
          done();
        } catch (error) {
          expect(error, String(error)).toBeInstanceOf(EngineError);
          failures++;
          if ((error as EngineError).code === "ENGINE_READ_ONLY") readOnly++;
        }
      };
      for (let i = 0; i < 90; i++) {
        const key = i % 3 === 2 ? `new${i}` : `key${i % 11}`;
        const value = `${i}:${"v".repeat(2500)}`;
        if (i % 7 === 6) {
          await attempt(
            () => engine.delete(bytes(key)),
            () => acknowledged.delete(key),
          );
        } else {
          await attempt(
            () => engine.put(bytes(key), bytes(value)),
            () => acknowledged.set(key, value),
          );
        }
        if (i % 30 === 29) {
          await attempt(
            () => engine.compact(),
            () => {},
          );
        }
      }
      const what = `${module.name}, operation ${failAt}, ${code}`;
      expect(await contents(engine), what).toEqual(acknowledged);
      await engine.close().catch((error) => expect(error, what).toBeInstanceOf(EngineError));
      operations = Math.max(operations, fileSystem.operations);
      fileSystem.bury();
      expect(await reopened(module, memory), `${what}: after reopening`).toEqual(acknowledged);
    }
    expect(failures).toBeGreaterThan(10);
    expect(readOnly, "a folder that could not be synced ends writing").toBeGreaterThan(0);
  });
});

describe.each(OWN_ENGINES)("$name closed on a full disk", (module) => {
  it("says so, lets go of everything, and opens again with a prefix", async () => {
    const settings = smallFiles(module);
    const memory = new MemoryFileSystem();
    const options = { durability: "memory", settings } as const;
    const first = await open(module, STORE_DIR, { ...options, fileSystem: memory });
    await first.put(bytes("kept"), bytes("value"));
    await first.close();
    const fileSystem = new FaultyFileSystem({}, memory);
    const engine = await open(module, STORE_DIR, { ...options, fileSystem });
    await engine.put(bytes("lost"), bytes("value"));
    fileSystem.failNext("write", "ENOSPC");
    await expect(engine.close()).rejects.toMatchObject({ code: "ENGINE_NO_SPACE" });
    expect(fileSystem.openFiles).toBe(0);
    const again = await open(module, STORE_DIR, { ...options, fileSystem: memory });
    expect([...(await contents(again)).keys()]).toEqual(["kept"]);
    await again.close();
  });
});

describe.each(OWN_ENGINES)("$name closed after a failed sync", (module) => {
  it.each<Durability>(["memory", "os", "group", "sync"])(
    "at %s says so, however often it is asked, and lets go of everything",
    async (durability) => {
      const settings = smallFiles(module);
      const memory = new MemoryFileSystem();
      const first = await open(module, STORE_DIR, { durability, settings, fileSystem: memory });
      await first.put(bytes("kept"), bytes("value"));
      await first.close();
      const fileSystem = new FaultyFileSystem({}, memory);
      const engine = await open(module, STORE_DIR, { durability, settings, fileSystem });
      fileSystem.failNext("sync", "EIO");
      const flushing = expect(engine.flush()).rejects.toMatchObject({ code: "ENGINE_IO" });
      // The sync is under way: at `memory` this is acknowledged at once, and never written.
      const writing = Promise.resolve(engine.put(bytes("late"), bytes("value")));
      const isAcknowledged = writing.then(
        () => true,
        () => false,
      );
      await flushing;
      expect(await isAcknowledged).toBe(durability === "memory" || durability === "os");
      const closing = [engine.close(), engine.close()];
      await Promise.allSettled(closing);
      for (const close of [...closing, engine.close()]) {
        await expect(close).rejects.toMatchObject({ code: "ENGINE_READ_ONLY" });
      }
      expect(fileSystem.openFiles).toBe(0);
      const again = await open(module, STORE_DIR, { durability, settings, fileSystem: memory });
      const found = [...(await contents(again)).keys()];
      if (durability === "memory") expect(found, "what close spoke of").toEqual(["kept"]);
      else expect(found).toContain("kept");
      await again.close();
    },
  );
});
