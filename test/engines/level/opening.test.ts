// Opening and not opening. After mkdir-test, lock-test and location-test of classic-level.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { EngineError } from "../../../engines/errors.ts";
import { LevelError, RingbenchLevel } from "../../../engines/level/level.ts";
import { loadEngine } from "../../../engines/registry.ts";
import { inTempDir } from "../support/stores.ts";
import { LEVEL_ENGINES, openFailure } from "./databases.ts";

const NOT_OPEN = "LEVEL_DATABASE_NOT_OPEN";

describe.each(LEVEL_ENGINES)("a database on %s", (engine) => {
  it("makes the folder, with those above it, and keeps what was written", async () => {
    await inTempDir(async (dir) => {
      const location = path.join(dir, "above", "data");
      const db = new RingbenchLevel(location, { engine });
      await db.put("a", "1");
      await db.close();
      const again = new RingbenchLevel(location, { engine, createIfMissing: false });
      expect(await again.get("a")).toBe("1");
      expect(again.location).toBe(location);
      expect(again.engine.name).toBe(engine);
      await again.close();
      expect(() => again.engine).toThrow(expect.objectContaining({ code: NOT_OPEN }));
    });
  });

  it("makes nothing without createIfMissing", async () => {
    await inTempDir(async (dir) => {
      const location = path.join(dir, "above", "data");
      const cause = await openFailure(location, { engine, createIfMissing: false });
      expect(cause.code).toBe("LEVEL_DATABASE_NOT_FOUND");
      expect(cause.message).toContain(location);
      expect((cause.cause as EngineError).code).toBe("ENGINE_NOT_FOUND");
      expect(fs.readdirSync(dir)).toEqual([]);
    });
  });

  it("with errorIfExists refuses data, and leaves them as they were", async () => {
    await inTempDir(async (dir) => {
      const location = path.join(dir, "data");
      const first = new RingbenchLevel(location, { engine, errorIfExists: true });
      await first.put("a", "1");
      await first.close();
      const before = digest(location);
      const cause = await openFailure(location, { engine, errorIfExists: true });
      expect(cause.code).toBe("LEVEL_DATABASE_EXISTS");
      expect(digest(location)).toEqual(before);
    });
  });

  it("is locked for a second one in this process", async () => {
    await inTempDir(async (location) => {
      const db = new RingbenchLevel(location, { engine });
      await db.open();
      const cause = await openFailure(location, { engine });
      expect(cause.code).toBe("LEVEL_LOCKED");
      expect((cause.cause as EngineError).code).toBe("ENGINE_LOCKED");
      await db.close();
      const next = new RingbenchLevel(location, { engine });
      await next.open();
      await next.close();
    });
  });

  it("is locked for another process", async () => {
    await inTempDir(async (location) => {
      const db = new RingbenchLevel(location, { engine });
      await db.open();
      const module = new URL("../../../engines/level/level.ts", import.meta.url).href;
      const script = `
        import { RingbenchLevel } from ${JSON.stringify(module)};
        const db = new RingbenchLevel(${JSON.stringify(location)}, { engine: "${engine}" });
        await db.open().catch((error) => console.log(error.code, error.cause.code));
      `;
      const args = ["--input-type=module", "-e", script];
      const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
      expect(stdout.trim()).toBe("LEVEL_DATABASE_NOT_OPEN LEVEL_LOCKED");
      expect(status).toBe(0);
      await db.close();
    });
  });

  it("says what the engine says of an option or a folder that it cannot use", async () => {
    await inTempDir(async (dir) => {
      const option = await openFailure(path.join(dir, "a"), {
        engine,
        settings: { colour: "red" },
      });
      expect(option.code).toBe("LEVEL_INVALID_OPTION");
      expect(option.message).toContain("colour");
      fs.writeFileSync(path.join(dir, "letter.txt"), "not ours");
      const folder = await openFailure(dir, { engine });
      expect(folder.code).toBe("LEVEL_WRONG_FOLDER");
      expect(folder.message).toContain("letter.txt");
    });
  });
});

describe("the engine of a database", () => {
  it("must be given, and the location too", () => {
    const create = (location: unknown, options: unknown) =>
      new RingbenchLevel(location as string, options as { engine: string });
    for (const location of ["", undefined, 1]) {
      expect(() => create(location, { engine: "hashlog" })).toThrow(TypeError);
    }
    for (const options of [undefined, {}, { engine: 1 }, { engine: {} }]) {
      expect(() => create("data", options)).toThrow(TypeError);
    }
  });

  it("may be one of the user's own; the manifest says what that one can", async () => {
    await inTempDir(async (location) => {
      const hashlog = await loadEngine("hashlog");
      const plain = {
        ...hashlog,
        supports: { ...hashlog.supports, snapshot: false, synchronous: false, persistent: false },
      };
      const db = new RingbenchLevel(location, { engine: plain });
      expect(db.supports).toMatchObject({
        implicitSnapshots: false,
        explicitSnapshots: false,
        snapshots: false,
        getSync: false,
        permanence: false,
      });
      await db.put("a", "1");
      expect(await db.get("a")).toBe("1");
      await db.close();
    });
  });

  it("is refused by its name when it cannot do what the manifest promised", async () => {
    await inTempDir(async (location) => {
      const cause = await openFailure(location, { engine: "null" });
      expect(cause.code).toBe("LEVEL_NOT_SUPPORTED");
      expect(cause.message).toContain("engine null lacks persistent");
    });
  });

  it("is refused when there is none of that name", async () => {
    await inTempDir(async (location) => {
      const cause = await openFailure(location, { engine: "hashlgo" });
      expect(cause).toBeInstanceOf(LevelError);
      expect(cause.code).toBe("LEVEL_NOT_SUPPORTED");
      expect(cause.message).toContain('the nearest is "hashlog"');
    });
  });
});

/** Every file of the folder with its bytes. */
function digest(dir: string): Record<string, string> {
  const names = fs.readdirSync(dir).sort();
  return Object.fromEntries(
    names.map((name) => [name, fs.readFileSync(path.join(dir, name)).toString("hex")]),
  );
}
