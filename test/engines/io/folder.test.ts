// Goal: a new store is where it was made after a loss of power, whatever its making was cut off
// by. Method: the changing operations and the end of each process, one by one, on a MemoryDisk.

import { describe, expect, it } from "vitest";
import type { Durability } from "../../../engines/engine.ts";
import type { FileSystem } from "../../../engines/io/filesystem.ts";
import { claimFolder, makeFolder } from "../../../engines/io/folder.ts";
import { MemoryDisk } from "../../../engines/io/memory-disk.ts";
import { replaced } from "../support/replaced.ts";
import { bytes, contents, OWN_ENGINES, open } from "../support/stores.ts";

const DIR = "/srv/app/stores/one";
const IDENTITY = { engine: "hashlog", format: 1 };

/** A file system that says which folders it syncs, and refuses some as the system does. */
function recording(base: FileSystem, refused = "", code = ""): [FileSystem, string[]] {
  const synced: string[] = [];
  const syncDirSync = (dir: string): void => {
    if (dir === refused) throw Object.assign(new Error(`${code}: planned`), { code });
    synced.push(dir);
    base.syncDirSync(dir);
  };
  const makeDirSync = (dir: string): void => {
    synced.push(`make ${dir}`);
    base.makeDirSync(dir);
  };
  return [replaced(base, { syncDirSync, makeDirSync }), synced];
}

describe.each(OWN_ENGINES)("a new store of $name", (module) => {
  it.each<Durability>(["group", "sync"])(
    "in new folders is there after a loss of power, with what was acknowledged at %s",
    async (durability) => {
      const disk = new MemoryDisk();
      const fileSystem = disk.mount();
      const engine = await open(module, DIR, { durability, fileSystem });
      await engine.put(bytes("key"), bytes("value"));
      disk.losePower();
      const again = await open(module, DIR, { durability, fileSystem: disk.mount() });
      expect(await contents(again)).toEqual(new Map([["key", "value"]]));
      await again.close();
    },
  );

  it("is there after a loss of power when its making was cut off anywhere before", async () => {
    for (let operation = 1; ; operation++) {
      const disk = new MemoryDisk();
      disk.crashAt(operation);
      const options = { durability: "sync" } as const;
      await open(module, DIR, { ...options, fileSystem: disk.mount() }).catch(() => {});
      if (!disk.hasCrashed) {
        expect(operation, "folders made and synced, a mark, a manifest").toBeGreaterThan(12);
        return;
      }
      disk.kill();
      const engine = await open(module, DIR, { ...options, fileSystem: disk.mount() });
      await engine.put(bytes("key"), bytes("value"));
      disk.losePower();
      const again = await open(module, DIR, { ...options, fileSystem: disk.mount() });
      const found = await contents(again);
      expect(found, `cut off at ${operation}`).toEqual(new Map([["key", "value"]]));
      await again.close();
    }
  });
});

describe("the folders of a store", () => {
  it("are made from the top, each synced before the next, and once", () => {
    const [fileSystem, synced] = recording(new MemoryDisk().mount());
    claimFolder(fileSystem, DIR, IDENTITY, false).release();
    const made = ["/srv", "/srv/app", "/srv/app/stores", DIR];
    const steps = made.flatMap((dir) => [`make ${dir}`, dir.slice(0, dir.lastIndexOf("/")) || "/"]);
    expect(synced).toEqual(["/", ...steps, DIR]);
    synced.length = 0;
    claimFolder(fileSystem, DIR, IDENTITY, false).release();
    expect(synced, "a store that is there").toEqual([]);
  });

  it.each(["EACCES", "EPERM", "EROFS"])("may be in one that is not ours to sync: %s", (code) => {
    const disk = new MemoryDisk(new Map([["/srv/user/file", bytes("")]]));
    const [fileSystem] = recording(disk.mount(), "/srv", code);
    makeFolder(fileSystem, "/srv/user/store");
    expect(fileSystem.existsSync("/srv/user/store")).toBe(true);
  });

  it("are not made when a device fails, nor where we make folders and cannot sync them", () => {
    const files = new Map([["/srv/user/file", bytes("")]]);
    const cases: [string, string][] = [
      ["/srv", "EIO"],
      ["/srv/user", "EACCES"],
    ];
    for (const [refused, code] of cases) {
      const [fileSystem] = recording(new MemoryDisk(files).mount(), refused, code);
      const claim = () => claimFolder(fileSystem, "/srv/user/store", IDENTITY, false);
      expect(claim, refused).toThrow(
        expect.objectContaining({ code: "ENGINE_IO", file: "/srv/user/store" }),
      );
    }
  });
});
